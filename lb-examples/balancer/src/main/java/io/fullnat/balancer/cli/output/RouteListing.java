// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// `dpip route show`: routes in DPVS's words: own addresses, then static routes and connected
/// networks, the longest prefix first.
///
/// @param device of one device, empty for all
/// @param family of one family, empty for both
/// @param json whether JSON is wanted instead
public record RouteListing(Optional<String> device, Optional<String> family, boolean json)
        implements Request.Listing {
    /// A route, or a network that an address makes reachable.
    ///
    /// @param source the address that connects the network, empty for a static route
    record Row(
            IpPrefix destination,
            Optional<IpAddress> gateway,
            Optional<IpAddress> source,
            String device,
            int mtu) {
        boolean isConnected() {
            return source.isPresent();
        }

        boolean isIpv6() {
            return destination.address() instanceof Ipv6Address;
        }
    }

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<Row> rows = find(operations, device).stream().filter(this::isWanted).toList();
        if (json) {
            ListingJson.print(out, "routes", rows, RouteListing::toJson);
            return;
        }
        StringBuilder text = new StringBuilder();
        List<Row> hosts = hosts(operations).stream().filter(this::isWanted).toList();
        List<Row> sorted =
                rows.stream()
                        .sorted(
                                Comparator.comparingInt((Row row) -> -row.destination.length())
                                        .thenComparing(row -> row.destination.address()))
                        .toList();
        for (boolean v6 : new boolean[] {false, true}) {
            hosts.stream()
                    .filter(row -> row.isIpv6() == v6)
                    .forEach(row -> append(text, row, "host"));
            sorted.stream()
                    .filter(row -> row.isIpv6() == v6)
                    .forEach(row -> append(text, row, row.gateway.isPresent() ? "global" : "link"));
        }
        out.print(text);
    }

    private boolean isWanted(Row row) {
        return family.map(row.destination.address().family()::equals).orElse(true);
    }

    /// What DPVS shows for each own address: a route to the host itself.
    private List<Row> hosts(Operations operations) {
        return operations.control().status().addresses().stream()
                .map(AddressStatus::address)
                .filter(address -> !address.kernel())
                .filter(address -> device.map(address.device()::equals).orElse(true))
                .map(address ->
                        new Row(
                                new IpPrefix(
                                        address.prefix().address(),
                                        address.prefix().address().bitLength()),
                                Optional.empty(),
                                Optional.empty(),
                                address.device(),
                                mtu(operations, address.device())))
                .toList();
    }

    /// Whether a network of an address is routed: link-local ones are on every link.
    private static boolean bringsRoute(InterfaceAddress address) {
        IpAddress own = address.prefix().address();
        return !address.kernel()
                && address.prefix().length() < own.bitLength()
                && !(own instanceof Ipv6Address v6 && v6.isLinkLocal());
    }

    static List<Row> find(Operations operations, Optional<String> device) {
        Lookup.requireDevice(operations, device);
        BalancerStatus status = operations.control().status();
        List<Row> rows = new ArrayList<>();
        for (Route route : status.routes()) {
            rows.add(
                    new Row(
                            route.destination(),
                            route.gateway(),
                            Optional.empty(),
                            route.device(),
                            mtu(operations, route.device())));
        }
        status.addresses().stream()
                .map(address -> address.address())
                .filter(RouteListing::bringsRoute)
                .forEach(address ->
                        rows.add(
                                new Row(
                                        address.prefix().network(),
                                        Optional.empty(),
                                        Optional.of(address.prefix().address()),
                                        address.device(),
                                        mtu(operations, address.device()))));
        return rows.stream().filter(row -> device.map(row.device()::equals).orElse(true)).toList();
    }

    private static int mtu(Operations operations, String device) {
        int dot = device.lastIndexOf('.');
        return operations.io().ports().stream()
                .filter(port ->
                        port.name().equals(device)
                                || (dot > 0 && port.name().equals(device.substring(0, dot))))
                .mapToInt(PacketPort::mtu)
                .findFirst()
                .orElse(0);
    }

    private static void append(StringBuilder text, Row row, String scope) {
        if (row.isIpv6()) {
            // As DPVS has it: only what there is to say.
            text.append("inet6 ")
                    .append(row.destination.length() == 0 ? "default" : row.destination);
            row.gateway.ifPresent(gateway -> text.append(" via ").append(gateway));
            row.source.ifPresent(source -> text.append(" src ").append(source));
            text.append(" dev ").append(row.device).append(" mtu ").append(row.mtu);
            text.append(" scope ").append(scope).append('\n');
            return;
        }
        text.append("inet ").append(row.destination);
        text.append(" via ").append(row.gateway.orElse(Ipv4Address.ANY));
        text.append(" src ").append(row.source.orElse(Ipv4Address.ANY));
        text.append(" dev ").append(row.device);
        text.append(" mtu ").append(row.mtu).append(" tos 0 scope ");
        text.append(scope);
        text.append(" metric 0 proto auto \n");
    }

    private static ObjectNode toJson(Row row) {
        return ListingJson.object()
                .put("destination", row.destination.toString())
                .put("gateway", row.gateway.map(IpAddress::toString).orElse(null))
                .put("source", row.source.map(IpAddress::toString).orElse(null))
                .put("device", row.device)
                .put("mtu", row.mtu)
                .put("connected", row.isConnected());
    }
}
