// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `ipvsadm -B` and `-W`: the clients that services keep out or admit, in DPVS's columns.
///
/// @param key of one service, empty for all
/// @param action which rules
/// @param json whether JSON is wanted instead
public record AccessListing(Optional<ServiceKey> key, AccessRule.Action action, boolean json)
        implements Request.Listing {
    private record Row(ServiceKey key, AccessRule rule) {}

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<Row> rows = new ArrayList<>();
        for (ServiceStatus status : Lookup.services(operations, key)) {
            for (AccessRule rule : status.service().accessRules()) {
                if (rule.action() == action) {
                    rows.add(new Row(status.service().key(), rule));
                }
            }
        }
        if (json) {
            ListingJson.print(out, "accessRules", rows, AccessListing::toJson);
            return;
        }
        String subject = action == AccessRule.Action.DENY ? "BLACKLIST" : "WHITELIST";
        StringBuilder text = new StringBuilder(row("PROTO", "VIP:VPORT", subject));
        for (Row row : rows) {
            text.append(row(row.key.protocol(), row.key.name(), clients(row.rule.clients())));
        }
        out.print(text);
    }

    /// A single address without its length, as DPVS has it.
    public static String clients(Clients clients) {
        return clients instanceof Clients.Network(IpPrefix prefix)
                ? address(prefix)
                : clients.toString();
    }

    private static String address(IpPrefix prefix) {
        return prefix.length() == prefix.address().bitLength()
                ? prefix.address().toString()
                : prefix.toString();
    }

    private static String row(Object protocol, Object service, Object clients) {
        return Column.left(protocol, 8)
                + " "
                + Column.left(service, 30)
                + " "
                + Column.left(clients, 30)
                + "\n";
    }

    private static ObjectNode toJson(Row row) {
        ObjectNode node = ListingJson.object();
        node.set("service", ListingJson.service(row.key));
        return node.setAll(ServiceJson.rule(row.rule));
    }
}
