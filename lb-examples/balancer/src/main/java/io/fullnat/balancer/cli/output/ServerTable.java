// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.Figures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// `server list`.
///
/// @param key of one service, empty for all
/// @param json whether JSON is wanted instead
public record ServerTable(Optional<ServiceKey> key, boolean json) implements Request.Listing {
    private static final List<String> NAMES = List.of("SERVICE", "SERVER");
    private static final List<String> FIGURES = List.of("ACTIVE", "INACT", "TOTAL", "CPS");

    private record Row(ServiceKey key, RealServerStatus status) {}

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<ServiceStatus> services = Lookup.services(operations, key);
        if (json) {
            ListingJson.print(out, "realServers", rows(services), ServerTable::toJson);
        } else {
            out.print(text(services));
        }
    }

    static String text(List<ServiceStatus> services) {
        return text(rows(services));
    }

    /// The sorry servers of services, under a headline.
    ///
    /// @return empty if there is none
    static String sorry(List<ServiceStatus> services) {
        List<Row> rows = new ArrayList<>();
        for (ServiceStatus service : services) {
            service.sorryServer()
                    .ifPresent(server -> rows.add(new Row(service.service().key(), server)));
        }
        return rows.isEmpty() ? "" : "\nsorry server:\n" + text(rows);
    }

    private static String text(Collection<Row> rows) {
        AttributeColumns<RealServer> columns =
                new AttributeColumns<>(
                        ServerAttributes.ALL,
                        rows.stream().map(row -> row.status.server()).toList());
        List<RealServerStatus> servers = rows.stream().map(Row::status).toList();
        AnswerColumns answers = new AnswerColumns(servers);
        HealthColumns health = new HealthColumns(servers);
        return Column.table(
                columns.titles(NAMES, joined(FIGURES, answers.titles(), health.titles())),
                rows.stream()
                        .map(row ->
                                columns.row(
                                        row.status.server(),
                                        names(row),
                                        joined(
                                                figures(row),
                                                answers.cells(row.status),
                                                health.cells(row.status.health()))))
                        .toList());
    }

    private static List<String> joined(
            List<String> figures, List<String> answers, List<String> health) {
        return Stream.of(figures, answers, health).flatMap(List::stream).toList();
    }

    private static List<Row> rows(List<ServiceStatus> services) {
        List<Row> rows = new ArrayList<>();
        for (ServiceStatus service : services) {
            service.realServers()
                    .forEach(server -> rows.add(new Row(service.service().key(), server)));
        }
        return rows;
    }

    private static List<String> names(Row row) {
        return List.of(row.key.toString(), row.status.server().endpoint().toString());
    }

    private static List<String> figures(Row row) {
        return List.of(
                Figures.count(row.status.activeConnections()),
                Figures.count(row.status.inactiveConnections()),
                Figures.count(row.status.traffic().connections()),
                Figures.count(row.status.rates().connections()));
    }

    private static ObjectNode toJson(Row row) {
        ObjectNode node = ListingJson.object();
        node.set("service", ListingJson.service(row.key));
        return node.setAll(ServiceJson.server(row.status));
    }
}
