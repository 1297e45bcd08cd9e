// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Persistence templates, as rows of a list of connections: the client's port is 0, the state
/// `NONE`, and there is no local address. They belong to all workers, so to none.
///
/// @param filter which ones
/// @param json whether JSON is wanted instead
public record TemplateListing(TemplateFilter filter, boolean json) implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        filter.service().ifPresent(key -> Lookup.services(operations, filter.service()));
        long[] printed = new long[1];
        operations
                .control()
                .templates(
                        filter,
                        template -> {
                            if (json) {
                                out.print(printed[0] == 0 ? "{\"templates\": [\n  " : ",\n  ");
                                out.print(ListingJson.text(toJson(template), false));
                            } else {
                                out.print(row(template));
                                out.print('\n');
                            }
                            printed[0]++;
                            return !out.checkError();
                        });
        if (json) {
            out.print(printed[0] == 0 ? "{\"templates\": []}\n" : "\n]}\n");
        }
    }

    /// How many there are of each service with persistence, and of all.
    ///
    /// @param json whether JSON is wanted instead
    /// @return a listing
    public static Request.Listing count(boolean json) {
        return (operations, out) -> {
            TemplateCounts counts = operations.control().templateCounts();
            List<Map.Entry<ServiceKey, Integer>> services =
                    counts.byService().entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .toList();
            if (json) {
                ObjectNode node =
                        ListingJson.object()
                                .put("capacity", counts.capacity())
                                .put("total", counts.total());
                node.set(
                        "services",
                        ListingJson.array(
                                services,
                                each ->
                                        ListingJson.service(each.getKey())
                                                .put("templates", each.getValue())));
                out.print(ListingJson.text(node, true) + "\n");
                return;
            }
            List<List<String>> rows = new ArrayList<>();
            services.forEach(each ->
                    rows.add(List.of(each.getKey().toString(), each.getValue().toString())));
            out.print(Column.table(List.of("SERVICE", "TEMPLATES"), rows));
            out.print(counts.total() + " of " + counts.capacity() + "\n");
        };
    }

    private static String row(TemplateInfo template) {
        IpAddress client = template.client().address();
        return "[0]"
                + Column.left(ListingJson.name(template.service().protocol()), 3)
                + " "
                + Column.left(template.secondsLeft() + "s", 6)
                + " "
                + Column.left("NONE", 11)
                + " "
                + Column.left(new Endpoint(client, 0), 18)
                + " "
                + Column.left(template.service().name(), 18)
                + " "
                + Column.left(client.bitLength() == 32 ? "0.0.0.0:0" : "[::]:0", 18)
                + " "
                + template.server();
    }

    private static ObjectNode toJson(TemplateInfo template) {
        ObjectNode node =
                ListingJson.object()
                        .put("protocol", ListingJson.name(template.service().protocol()))
                        .put("client", template.client().toString())
                        .put("secondsLeft", template.secondsLeft())
                        .put("proved", template.proved());
        node.set("virtual", ListingJson.virtual(template.service()));
        node.set("server", ListingJson.endpoint(template.server()));
        return node;
    }
}
