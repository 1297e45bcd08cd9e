// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

/// How metrics are written.
enum Format {
    /// Prometheus' text format 0.0.4.
    TEXT("text/plain; version=0.0.4; charset=utf-8"),
    /// OpenMetrics 1.0.0, as text.
    OPEN_METRICS("application/openmetrics-text; version=1.0.0; charset=utf-8");

    private final String type;

    Format(String type) {
        this.type = type;
    }

    /// The header `Content-Type`.
    String type() {
        return type;
    }

    ExpositionFormatWriter writer() {
        return switch (this) {
            case TEXT -> PrometheusTextFormatWriter.create();
            case OPEN_METRICS -> OpenMetricsTextFormatWriter.create();
        };
    }
}
