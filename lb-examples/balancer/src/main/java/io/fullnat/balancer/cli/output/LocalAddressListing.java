// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `ipvsadm -G`: local addresses in DPVS's columns. TOTAL counts those that the service lists;
/// those that drain follow, marked after the last column. CONFLICTS counts the connections that
/// found no port at the address.
///
/// @param key of one service, empty for all
/// @param cpu whose counts: 1 is the first worker, 0 is all
/// @param json whether JSON is wanted instead
public record LocalAddressListing(Optional<ServiceKey> key, int cpu, boolean json)
        implements Request.Listing {
    private static final String INDENT = " ".repeat(30);

    private record Row(ServiceKey key, LocalAddressStatus status) {}

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<ServiceStatus> services = Lookup.services(operations, key, cpu);
        if (json) {
            List<Row> rows = new ArrayList<>();
            services.forEach(service -> rows.addAll(rows(service)));
            ListingJson.print(out, "localAddresses", rows, LocalAddressListing::toJson);
            return;
        }
        if (services.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        text.append(Column.left("VIP:VPORT", 20) + " " + Column.left("TOTAL", 8) + " ")
                .append(row("SNAT_IP", "CONFLICTS", "CONNS"))
                .append('\n');
        for (ServiceStatus service : services) {
            long listed = service.service().localAddresses().size();
            text.append(Column.left(service.service().key().name(), 20) + " ")
                    .append(Column.left(listed, 8) + " ")
                    .append('\n');
            for (LocalAddressStatus local : service.localAddresses()) {
                text.append(INDENT)
                        .append(
                                row(
                                        local.address().address(),
                                        local.ports().misses(),
                                        local.connections()))
                        .append(local.draining() ? " draining" : "")
                        .append('\n');
            }
        }
        out.print(text);
    }

    private static List<Row> rows(ServiceStatus service) {
        ServiceKey key = service.service().key();
        return service.localAddresses().stream().map(local -> new Row(key, local)).toList();
    }

    private static String row(Object address, Object conflicts, Object connections) {
        return Column.left(address, 20)
                + " "
                + Column.left(conflicts, 10)
                + " "
                + Column.left(connections, 10);
    }

    private static ObjectNode toJson(Row row) {
        ObjectNode node = ListingJson.object();
        node.set("service", ListingJson.service(row.key));
        return node.setAll(ServiceJson.local(row.status));
    }
}
