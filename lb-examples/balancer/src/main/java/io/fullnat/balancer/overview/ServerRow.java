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
    static final Map<String, Comparator<ServerRow>> ORDERS = orders();

    /// Its connections, established or not.
    ///
    /// @return how many
    public long connections() {
        return status.activeConnections() + status.inactiveConnections();
    }

    private static Map<String, Comparator<ServerRow>> orders() {
        Comparator<ServerRow> name =
                Comparator.comparing((ServerRow row) -> row.status.server().endpoint())
                        .thenComparing(ServerRow::service);
        Map<String, Comparator<ServerRow>> orders =
                Listing.byTraffic(name, ServerRow::connections, row -> row.status.rates());
        orders.put("weight", Listing.most(row -> row.status.server().weight(), name));
        orders.put("down", Listing.most(row -> row.status.health().up() ? 0 : 1, name));
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
