// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import java.util.Map;

/// A service, with what rows are sorted by. Immutable and thread-safe.
///
/// @param status the service
/// @param connections of its servers, established or not
/// @param serversUp how many of its servers are up
/// @param fullestPercent of the pairs of its local addresses and servers
/// @param conditions that last about the service
public record ServiceRow(
        ServiceStatus status, long connections, int serversUp, int fullestPercent, int conditions) {
    /// By what services are sorted.
    static final Map<String, Listing.Order<ServiceRow>> ORDERS = orders();

    static ServiceRow of(ServiceStatus status, Map<String, Integer> conditions) {
        long connections = 0;
        int up = 0;
        for (RealServerStatus server : status.realServers()) {
            connections += server.activeConnections() + server.inactiveConnections();
            up += server.health().up() ? 1 : 0;
        }
        int fullest = 0;
        for (LocalAddressStatus local : status.localAddresses()) {
            fullest = Math.max(fullest, local.ports().fullestPercent());
        }
        int lasting =
                conditions.isEmpty()
                        ? 0
                        : conditions.getOrDefault(status.service().key().toString(), 0);
        return new ServiceRow(status, connections, up, fullest, lasting);
    }

    /// What names it.
    ///
    /// @return its key
    public ServiceKey key() {
        return status.service().key();
    }

    private int down() {
        return status.realServers().size() - serversUp;
    }

    private static Map<String, Listing.Order<ServiceRow>> orders() {
        Map<String, Listing.Order<ServiceRow>> orders =
                Listing.byTraffic(
                        ServiceRow::connections,
                        row -> row.status.rates(),
                        row -> row.status.handshakes());
        orders.put("down", new Listing.Order<>(row -> row.down() + row.conditions));
        orders.put("fullest", new Listing.Order<>(ServiceRow::fullestPercent));
        return orders;
    }

    /// What a search looks into.
    String text() {
        VirtualService service = status.service();
        StringBuilder text = new StringBuilder(service.key().toString());
        text.append('\n')
                .append(service.policy().description())
                .append('\n')
                .append(service.scheduler());
        service.frontends().forEach(frontend -> text.append('\n').append(frontend));
        service.realServers()
                .forEach(server ->
                        text.append('\n')
                                .append(server.endpoint())
                                .append(' ')
                                .append(server.description()));
        service.localAddresses().forEach(local -> text.append('\n').append(local.address()));
        return text.toString();
    }
}
