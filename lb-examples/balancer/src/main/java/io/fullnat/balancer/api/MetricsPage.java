// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.metrics.Metrics;
import io.fullnat.balancer.metrics.Scrape;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/// `/metrics`: what Prometheus scrapes. Thread-safe.
final class MetricsPage implements Page {
    static final String PATH = "/metrics";
    private static final String NAME = "name[]";

    private final Metrics metrics;

    MetricsPage(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public Reply get(ApiRequest request) {
        Scrape scrape =
                metrics.scrape(request.accept(), request.acceptEncoding(), names(request.query()))
                        .orElseThrow(() ->
                                new Failure(
                                        503,
                                        ErrorCode.CAPACITY,
                                        "others are scraping; ask again later"));
        return new Reply.Stream(scrape.type(), scrape.encoding(), new Body(scrape));
    }

    /// Those that are wanted, as the exporters of Prometheus are asked for them.
    private static List<String> names(String query) {
        List<String> names = new ArrayList<>();
        for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 0 || !Router.decoded(pair.substring(0, equals)).equals(NAME)) {
                throw Failure.invalid(
                        "the only query parameter is "
                                + NAME
                                + ", as in ?name%5B%5D=fullnat_services");
            }
            names.add(Router.decoded(pair.substring(equals + 1)));
        }
        return names;
    }

    private record Body(Scrape scrape) implements Reply.Body {
        @Override
        public void write(OutputStream out) throws IOException {
            scrape.write(out);
        }

        @Override
        public void close() {
            scrape.close();
        }
    }
}
