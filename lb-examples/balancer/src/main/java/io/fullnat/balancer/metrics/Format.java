// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;

/// How metrics are written.
enum Format {
    /// Prometheus' text format 0.0.4.
    TEXT("text/plain; version=0.0.4; charset=utf-8", PrometheusTextFormatWriter.create()),
    /// OpenMetrics 1.0.0, as text.
    OPEN_METRICS(
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            OpenMetricsTextFormatWriter.create());

    private final String type;
    private final ExpositionFormatWriter writer;

    Format(String type, ExpositionFormatWriter writer) {
        this.type = type;
        this.writer = writer;
    }

    /// The header `Content-Type`.
    String type() {
        return type;
    }

    ExpositionFormatWriter writer() {
        return writer;
    }
}
