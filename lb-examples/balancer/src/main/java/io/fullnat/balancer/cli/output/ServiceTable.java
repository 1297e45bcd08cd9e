// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.ServiceAttributes;
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
    private static final List<String> NAMES = List.of("SERVICE");
    private static final List<String> FIGURES =
            List.of("RS", "LADDRS", "RULES", "CONNS", "CPS", "IN-BPS", "OUT-BPS");

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<ServiceStatus> services = Lookup.services(operations, key);
        if (json) {
            ListingJson.print(out, "services", services, ServiceJson::of);
            return;
        }
        AttributeColumns<VirtualService> columns =
                new AttributeColumns<>(
                        ServiceAttributes.ALL,
                        services.stream().map(ServiceStatus::service).toList());
        out.print(
                Column.table(
                        columns.titles(NAMES, FIGURES),
                        services.stream()
                                .map(status ->
                                        columns.row(
                                                status.service(),
                                                List.of(status.service().key().toString()),
                                                figures(status)))
                                .toList()));
        if (key.isPresent()) {
            services.forEach(status ->
                    out.print("\n" + ServiceAttributes.settings(status.service()) + "\n"));
            out.print("\n" + ServerTable.text(services));
            out.print("\n" + LocalAddressTable.text(services));
            out.print("\n" + AccessTable.text(services, rule -> true));
        }
    }

    private static List<String> figures(ServiceStatus status) {
        long connections =
                status.realServers().stream()
                        .mapToLong(
                                server -> server.activeConnections() + server.inactiveConnections())
                        .sum();
        return List.of(
                Integer.toString(status.service().realServers().size()),
                Integer.toString(status.service().localAddresses().size()),
                Integer.toString(status.service().accessRules().size()),
                Figures.count(connections),
                Figures.count(status.rates().connections()),
                Figures.count(status.rates().inBytes()),
                Figures.count(status.rates().outBytes()));
    }
}
