// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.health.Announcement;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `service list` and `service show`.
///
/// @param key of one service, which is then shown with all that belongs to it; empty for a list
/// @param json whether JSON is wanted instead
public record ServiceTable(Optional<ServiceKey> key, boolean json) implements Request.Listing {
    private static final List<String> NAMES = List.of("SERVICE");
    private static final List<String> FIGURES =
            List.of("RS", "LADDRS", "RULES", "CONNS", "CPS", "IN-BPS", "OUT-BPS");

    /// With what the network was told of the address, if it was told of any.
    private static final List<String> ANNOUNCED =
            Stream.concat(FIGURES.stream(), Stream.of("VIP")).toList();

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
        boolean announced =
                services.stream()
                        .anyMatch(each -> each.health().announcement() != Announcement.NONE);
        out.print(
                Column.table(
                        columns.titles(NAMES, announced ? ANNOUNCED : FIGURES),
                        services.stream()
                                .map(status ->
                                        columns.row(
                                                status.service(),
                                                List.of(status.service().key().toString()),
                                                figures(status, announced)))
                                .toList()));
        if (key.isPresent()) {
            services.forEach(status -> {
                out.print("\n" + ServiceAttributes.settings(status.service()) + "\n");
                out.print(refusals(status));
            });
            out.print("\n" + ServerTable.text(services));
            out.print(ServerTable.sorry(services));
            out.print("\n" + LocalAddressTable.text(services));
            out.print("\n" + AccessTable.text(services, rule -> true));
        }
    }

    /// What a service has refused, and how much waits half-open, where that is known; else nothing.
    private static String refusals(ServiceStatus status) {
        StringBuilder text = new StringBuilder();
        status.halfOpen()
                .ifPresent(count -> text.append("\nhalf-open ").append(count).append("\n"));
        if (!status.refused().isEmpty()) {
            text.append("\nrefused packets: ")
                    .append(
                            status.refused().entrySet().stream()
                                    .map(each -> each.getKey() + " " + each.getValue())
                                    .collect(Collectors.joining(", ")))
                    .append("\n");
        }
        return text.toString();
    }

    private static List<String> figures(ServiceStatus status, boolean announced) {
        long connections =
                Stream.concat(status.realServers().stream(), status.sorryServer().stream())
                        .mapToLong(
                                server -> server.activeConnections() + server.inactiveConnections())
                        .sum();
        List<String> figures =
                List.of(
                        Integer.toString(status.service().realServers().size()),
                        Integer.toString(status.service().localAddresses().size()),
                        Integer.toString(status.service().accessRules().size()),
                        Figures.count(connections),
                        Figures.count(status.rates().connections()),
                        Figures.count(status.rates().inBytes()),
                        Figures.count(status.rates().outBytes()));
        return announced
                ? Stream.concat(figures.stream(), Stream.of(status.health().announcement().word()))
                        .toList()
                : figures;
    }
}
