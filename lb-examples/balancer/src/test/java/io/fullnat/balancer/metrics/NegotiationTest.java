// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients say that they take, and what they get.
class NegotiationTest {
    /// As Prometheus 2.42 and 3 say it, and what others do.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/openmetrics-text",
                "Application/OpenMetrics-Text; Version=1.0.0",
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                        + "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                        + "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;"
                        + "escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;"
                        + "q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;"
                        + "version=0.0.4;q=0.2,*/*;q=0.1",
                "application/openmetrics-text; version=\"1.0.0\"",
            })
    void openMetrics(String accept) {
        assertThat(Negotiation.format(accept)).isEqualTo(Format.OPEN_METRICS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*/*",
                "text/plain",
                "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "application/openmetrics-text;version=2.0.0,text/plain",
                "application/openmetrics-text;q=0",
                "application/openmetrics-text;q=0.2,text/plain;version=0.0.4;q=0.3",
                "application/json",
                ",;,q=;;",
            })
    void text(String accept) {
        assertThat(Negotiation.format(accept)).isEqualTo(Format.TEXT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip|true",
                "gzip, deflate, br|true",
                "br;q=1.0, GZIP;q=0.5|true",
                "*|true",
                "*;q=0|false",
                "gzip;q=0, *|false",
                "identity|false",
                "''|false",
            })
    void gzip(String acceptEncoding, boolean is) {
        assertThat(Negotiation.gzip(acceptEncoding)).isEqualTo(is);
    }

    /// The names of the types are exact: Prometheus 3 refuses others.
    @Test
    void typesAreThoseOfTheFormats() throws Exception {
        assertThat(Format.TEXT.type()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(Format.OPEN_METRICS.type())
                .isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
        for (Format format : Format.values()) {
            assertThat(format.writer().getContentType()).isEqualTo(format.type());
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            format.writer().write(out, new Samples(name -> true).snapshots());
            assertThat(out).hasToString(format == Format.TEXT ? "" : "# EOF\n");
        }
    }
}
