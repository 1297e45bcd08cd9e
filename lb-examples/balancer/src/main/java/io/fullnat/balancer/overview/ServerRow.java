// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import java.util.Comparator;
import java.util.Map;

/// A real server of one service. Immutable and thread-safe.
///
/// @param service of which service
/// @param status the server
public record ServerRow(ServiceKey service, RealServerStatus status) {
    /// By what servers are sorted.
    static final Map<String, Listing.Order<ServerRow>> ORDERS = orders();

    /// In the order of their names.
    static final Comparator<ServerRow> BY_NAME =
            Comparator.comparing((ServerRow row) -> row.status.server().endpoint())
                    .thenComparing(ServerRow::service);

    /// Its connections, established or not.
    ///
    /// @return how many
    public long connections() {
        return status.activeConnections() + status.inactiveConnections();
    }

    private static Map<String, Listing.Order<ServerRow>> orders() {
        Map<String, Listing.Order<ServerRow>> orders =
                Listing.byTraffic(
                        ServerRow::connections,
                        row -> row.status.rates(),
                        row -> row.status.handshakes());
        orders.put("weight", new Listing.Order<>(row -> row.status.server().weight()));
        orders.put("down", new Listing.Order<>(row -> row.status.health().up() ? 0 : 1));
        return orders;
    }

    /// What a search looks into.
    String text() {
        return status.server().endpoint()
                + "\n"
                + status.server().description()
                + "\n"
                + service
                + "\n"
                + (status.health().up() ? "up" : "down")
                + "\n"
                + status.health().reason();
    }
}
