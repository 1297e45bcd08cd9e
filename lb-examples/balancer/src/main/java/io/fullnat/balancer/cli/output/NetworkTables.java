// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.text.Figures;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Addresses, routes, neighbours and links as tables.
public final class NetworkTables {
    private NetworkTables() {}

    public static void addresses(Operations operations, Optional<String> device, PrintWriter out) {
        List<AddressStatus> addresses = AddressListing.find(operations, device);
        List<String> names =
                List.of(
                        "ADDRESS",
                        "DEV",
                        "STATE",
                        "SERVICES",
                        "CONNS",
                        "FREE",
                        "HIGH",
                        "FULL",
                        "MISSES");
        // Who has an own address is a column of its own only if somebody has: it makes lines long.
        boolean duplicates = addresses.stream().anyMatch(each -> each.heldBy().isPresent());
        boolean ending = addresses.stream().anyMatch(NetworkTables::ends);
        out.print(
                Column.table(
                        with(names, ending, "VALID", "PREFERRED", duplicates, "HELD-BY"),
                        addresses.stream()
                                .map(each -> {
                                    AddressLifetime left = each.address().lifetime();
                                    return with(
                                            cells(each),
                                            ending,
                                            AddressLifetime.word(left.validSeconds()),
                                            AddressLifetime.word(left.preferredSeconds()),
                                            duplicates,
                                            holder(each));
                                })
                                .toList()));
    }

    private static boolean ends(AddressStatus status) {
        return !status.address().lifetime().isForever();
    }

    private static List<String> with(
            List<String> cells,
            boolean ending,
            String valid,
            String preferred,
            boolean duplicates,
            String holder) {
        List<String> all = new ArrayList<>(cells);
        if (ending) {
            all.addAll(List.of(valid, preferred));
        }
        if (duplicates) {
            all.add(holder);
        }
        return all;
    }

    private static String holder(AddressStatus status) {
        return status.heldBy().map(MacAddress::toString).orElse("-");
    }

    private static List<String> cells(AddressStatus status) {
        return List.of(
                status.address().prefix().toString(),
                status.address().device(),
                state(status),
                Integer.toString(status.services()),
                Figures.count(status.connections()),
                Figures.count(status.ports().free()),
                Figures.count(status.ports().highWater()),
                status.ports().fullestPercent() + "%",
                Figures.count(status.ports().misses()));
    }

    private static String state(AddressStatus status) {
        if (status.state() != AddressStatus.State.VALID) {
            return status.state().name().toLowerCase(Locale.ROOT);
        }
        if (status.isDeprecated()) {
            return "deprecated";
        }
        if (status.address().kernel()) {
            return "kernel";
        }
        if (status.generated()) {
            return "generated";
        }
        return status.isDraining() ? "draining" : status.explicit() ? "added" : "local";
    }

    public static void routes(Operations operations, Optional<String> device, PrintWriter out) {
        out.print(
                Column.table(
                        List.of("NETWORK", "VIA", "DEVICE", "MTU", "KIND"),
                        RouteListing.find(operations, device).stream()
                                .map(row ->
                                        List.of(
                                                row.destination().toString(),
                                                row.gateway().map(IpAddress::toString).orElse("-"),
                                                row.device(),
                                                Integer.toString(row.mtu()),
                                                row.isConnected() ? "connected" : "static"))
                                .toList()));
    }

    public static void neighbours(Operations operations, Optional<String> device, PrintWriter out) {
        out.print(
                Column.table(
                        List.of("WORKER", "ADDRESS", "MAC", "DEVICE", "STATE"),
                        NeighbourListing.find(operations, device).stream()
                                .map(known ->
                                        List.of(
                                                Integer.toString(known.worker()),
                                                known.address().toString(),
                                                known.mac().map(MacAddress::toString).orElse("-"),
                                                known.device(),
                                                known.state().name().toLowerCase(Locale.ROOT)))
                                .toList()));
    }

    public static void links(Operations operations, Optional<String> name, PrintWriter out) {
        out.print(
                Column.table(
                        List.of(
                                "PORT",
                                "LINK",
                                "MAC",
                                "MTU",
                                "QUEUES",
                                "RECEIVED",
                                "SENT",
                                "MISSED",
                                "ERRORS"),
                        LinkListing.find(operations, name).stream()
                                .map(NetworkTables::cells)
                                .toList()));
    }

    private static List<String> cells(LinkListing.Row row) {
        PortStatistics counted = row.port().statistics();
        return List.of(
                row.port().name(),
                row.port().link().up() ? "up" : "down",
                row.port().mac().toString(),
                Integer.toString(row.port().mtu()),
                Integer.toString(row.port().queueCount()),
                Figures.count(counted.receivedPackets()),
                Figures.count(counted.sentPackets()),
                Figures.count(counted.missed() + counted.noBuffer()),
                Figures.count(counted.receiveErrors() + counted.sendErrors()));
    }
}
