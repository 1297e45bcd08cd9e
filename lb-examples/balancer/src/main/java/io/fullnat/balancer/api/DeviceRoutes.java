// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Ports and their addresses: `/device`. Thread-safe.
final class DeviceRoutes {
    private static final String NIC = "/device/{name}/nic";
    private static final String ADDRESS = "/device/{name}/addr";

    private final Operations operations;

    DeviceRoutes(Operations operations) {
        this.operations = operations;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", "/device", "All ports", call -> list())
                        .flag("stats", "has no effect: counts are always there")
                        .answers(200, "NicDeviceSpecList"),
                ApiRoute.of("GET", NIC, "One port", this::nic)
                        .flag("stats", "has no effect: counts are always there")
                        .flag("verbose", "has no effect: all is always there")
                        .answers(200, "NicDeviceSpecList"),
                ApiRoute.of("GET", ADDRESS, "The addresses of a device", this::addresses)
                        .flag("stats", "has no effect: counts are always there")
                        .flag("verbose", "has no effect: all is always there")
                        .answers(200, "InetAddrExpandList"),
                ApiRoute.of(
                                "PUT",
                                ADDRESS,
                                "Adds an address, or begins its lifetime anew",
                                this::putAddress)
                        .flag("snapshot", "has no effect: nothing is announced elsewhere")
                        .flag("sapool", "only false: local addresses have a path of their own")
                        .takes("InetAddrSpec")
                        .answers(200, "Outcome")
                        .answers(201, "Outcome"),
                ApiRoute.of("DELETE", ADDRESS, "Removes an address", this::deleteAddress)
                        .flag("sapool", "only false: local addresses have a path of their own")
                        .flag("force", "also a virtual address of services")
                        .takes("InetAddrSpec")
                        .answers(200, "Outcome"));
    }

    private Reply list() {
        List<ObjectNode> all = new ArrayList<>();
        List<? extends PacketPort> ports = operations.io().ports();
        for (int i = 0; i < ports.size(); i++) {
            all.add(port(i, ports.get(i)));
        }
        return Reply.ok(ServiceModels.items(all));
    }

    private Reply nic(Call call) {
        List<? extends PacketPort> ports = operations.io().ports();
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).name().equals(call.path("name"))) {
                return Reply.ok(ServiceModels.items(List.of(port(i, ports.get(i)))));
            }
        }
        throw new BalancerException(
                ErrorCode.NO_PORT, "no port \"" + call.path("name") + "\"; there are " + names());
    }

    private String names() {
        return String.join(", ", operations.io().ports().stream().map(PacketPort::name).toList());
    }

    private static ObjectNode port(int number, PacketPort port) {
        LinkState link = port.link();
        PortStatistics counts = port.statistics();
        ObjectNode node = Json.object();
        ObjectNode detail =
                node.putObject("detail")
                        .put("name", port.name())
                        .put("addr", port.mac().toString())
                        .put("status", link.up() ? "UP" : "DOWN")
                        .put("duplex", link.fullDuplex() ? "full-duplex" : "half-duplex")
                        .put("speed", ServiceModels.uint32(link.speedMbps()))
                        .put("nRxQ", port.queueCount())
                        .put("nTxQ", port.queueCount())
                        .put("ID", number)
                        .put("MTU", port.mtu());
        port.puntPort().ifPresent(kernel -> detail.put("kernel", kernel.name()));
        node.putObject("stats")
                .put("id", number)
                .put("inPkts", counts.receivedPackets())
                .put("inBytes", counts.receivedBytes())
                .put("outPkts", counts.sentPackets())
                .put("outBytes", counts.sentBytes())
                .put("inMissed", counts.missed())
                .put("inErrors", counts.receiveErrors())
                .put("outErrors", counts.sendErrors())
                .put("rxNoMbuf", counts.noBuffer());
        return node;
    }

    /// The device that a path names: a port or a VLAN of one.
    String device(Call call) {
        String name = call.path("name");
        for (PacketPort port : operations.io().ports()) {
            String rest = name.startsWith(port.name()) ? name.substring(port.name().length()) : "-";
            if (rest.isEmpty()
                    || (rest.matches("\\.[1-9][0-9]{0,3}")
                            && Integer.parseInt(rest.substring(1)) <= 4094)) {
                return name;
            }
        }
        throw new BalancerException(
                ErrorCode.NO_PORT,
                "no device \"" + name + "\"; there are " + names() + ", and VLANs as in PORT.100");
    }

    private Reply addresses(Call call) {
        String device = device(call);
        return Reply.ok(
                ServiceModels.items(
                        operations.control().status().addresses().stream()
                                .filter(status -> status.address().device().equals(device))
                                .map(DeviceRoutes::address)
                                .toList()));
    }

    private static ObjectNode address(AddressStatus status) {
        ObjectNode node =
                Json.object()
                        .put("addr", status.address().prefix().toString())
                        .put("explicit", status.explicit())
                        .put("services", status.services())
                        .put("draining", status.isDraining())
                        .put("kernel", status.address().kernel())
                        .put("generated", status.generated())
                        .put("conns", ServiceModels.uint32(status.connections()))
                        .put("state", status.state().name());
        AddressLifetime remaining = status.address().lifetime();
        if (!remaining.isForever()) {
            node.put("validLifetime", remaining.validSeconds())
                    .put("preferredLifetime", remaining.preferredSeconds())
                    .put("deprecated", status.isDeprecated());
        }
        status.heldBy().ifPresent(mac -> node.put("heldBy", mac.toString()));
        node.set("ports", ServiceModels.ports(status.ports()));
        return node;
    }

    private InterfaceAddress wish(Call call) {
        String device = device(call);
        if (call.flag("sapool")) {
            throw Failure.unsupported(
                    "sapool=true: an address gets its ports as a local address of a service; use"
                            + " /v2/vs/{VipPort}/laddr, which adds and removes the address too");
        }
        if (!call.body().path("broadcast").asText().isEmpty()) {
            throw Failure.unsupported("$.broadcast: it follows from the prefix; leave it out");
        }
        String scope = call.body().path("scope").asText();
        IpPrefix prefix = IpPrefix.parse(call.body().path("addr").asText());
        boolean linkLocal = prefix.address() instanceof Ipv6Address v6 && v6.isLinkLocal();
        String only = linkLocal ? "link" : "global";
        if (!scope.isEmpty() && !scope.equals(only)) {
            throw Failure.unsupported("$.scope: " + prefix + " has the scope " + only + " only");
        }
        boolean kernel = call.body().path("kernel").asBoolean();
        AddressLifetime lifetime =
                AddressLifetime.of(
                        seconds(call, "validLifetime"), seconds(call, "preferredLifetime"));
        return new InterfaceAddress(prefix, device, kernel, lifetime);
    }

    private static Optional<Long> seconds(Call call, String field) {
        return call.body().has(field)
                ? Optional.of(call.body().path(field).asLong())
                : Optional.empty();
    }

    private Reply putAddress(Call call) {
        InterfaceAddress desired = wish(call);
        return Edit.apply(
                operations.control(),
                present -> put(present.addresses().get(desired.key()), desired));
    }

    /// Put again, an address that ends begins anew.
    private static Edit put(@Nullable InterfaceAddress there, InterfaceAddress desired) {
        if (there == null || !there.isSame(desired)) {
            return Edit.created(new Change.AddAddress(desired));
        }
        return there.equals(desired) && desired.lifetime().isForever()
                ? Edit.unchanged()
                : Edit.changed(new Change.AddAddress(desired));
    }

    private Reply deleteAddress(Call call) {
        InterfaceAddress desired = wish(call);
        boolean force = call.flag("force");
        return Edit.apply(operations.control(), present -> delete(present, desired, force));
    }

    private static Edit delete(DesiredState present, InterfaceAddress desired, boolean force) {
        IpAddress ip = desired.prefix().address();
        InterfaceAddress there = present.addresses().get(desired.key());
        boolean same =
                there != null
                        && there.prefix().equals(desired.prefix())
                        && there.device().equals(desired.device());
        if (same) {
            return Edit.removed(new Change.RemoveAddress(desired, force));
        }
        if (there != null && there.device().equals(desired.device())) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    ip + " is there as " + there + ", not as " + desired);
        }
        boolean local =
                present.services().values().stream()
                        .flatMap(service -> service.localAddresses().stream())
                        .anyMatch(used ->
                                used.address().equals(ip)
                                        && used.device().equals(desired.device()));
        if (local) {
            throw new BalancerException(
                    ErrorCode.ADDRESS_IN_USE,
                    ip
                            + " is a local address of a service and goes with it; remove it at"
                            + " /v2/vs/{VipPort}/laddr");
        }
        return Edit.absent();
    }
}
