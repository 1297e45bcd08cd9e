// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.Figures;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/// `service list` and `service show`.
///
/// @param key of one service, which is then shown with all that belongs to it; empty for a list
/// @param json whether JSON is wanted instead
public record ServiceTable(Optional<ServiceKey> key, boolean json) implements Request.Listing {
    private static final List<String> TITLES =
            List.of(
                    "SERVICE", "SCHED", "RS", "LADDRS", "RULES", "CONNS", "CPS", "IN-BPS",
                    "OUT-BPS");

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<ServiceStatus> services = Lookup.services(operations, key);
        if (json) {
            ListingJson.print(out, "services", services, ServiceJson::of);
            return;
        }
        out.print(Column.table(TITLES, services.stream().map(ServiceTable::row).toList()));
        if (key.isPresent()) {
            services.forEach(status -> out.print("\n" + settings(status.service()) + "\n"));
            out.print("\n" + ServerTable.text(services));
            out.print("\n" + LocalAddressTable.text(services));
            out.print("\n" + AccessTable.text(services, rule -> true));
        }
    }

    private static String settings(VirtualService service) {
        return service.connectionTimeout()
                        .map(timeout -> "timeout " + timeout.toSeconds() + "s, ")
                        .orElse("")
                + service.policy();
    }

    private static List<String> row(ServiceStatus status) {
        long connections =
                status.realServers().stream()
                        .mapToLong(
                                server -> server.activeConnections() + server.inactiveConnections())
                        .sum();
        return List.of(
                status.service().key().toString(),
                status.service().scheduler(),
                Integer.toString(status.service().realServers().size()),
                Integer.toString(status.service().localAddresses().size()),
                Integer.toString(status.service().accessRules().size()),
                Figures.count(connections),
                Figures.count(status.rates().connections()),
                Figures.count(status.rates().inBytes()),
                Figures.count(status.rates().outBytes()));
    }
}
