// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static io.fullnat.core.packet.NeighbourDiscovery.ALL_NODES_LOW;
import static io.fullnat.core.packet.NeighbourDiscovery.FLAG_OVERRIDE;
import static io.fullnat.core.packet.NeighbourDiscovery.FLAG_SOLICITED;
import static io.fullnat.core.packet.NeighbourDiscovery.LENGTH;
import static io.fullnat.core.packet.NeighbourDiscovery.LINK_GROUP_HIGH;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_LENGTH;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_SOURCE_LINK_ADDRESS;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import java.lang.foreign.Arena;
import java.util.Optional;

/// Neighbour discovery of a host (RFC 4861 §7.2): answers, learns and asks. The host takes its own
/// addresses for unique, and defends them against others who try.
final class SimulatedDiscovery {
    private static final Ipv6Address ALL_NODES = new Ipv6Address(LINK_GROUP_HIGH, ALL_NODES_LOW);

    private final SimulatedHost host;
    private final NeighbourCache neighbours;
    private final Outbox outbox;

    SimulatedDiscovery(SimulatedHost host, NeighbourCache neighbours, Outbox outbox) {
        this.host = host;
        this.neighbours = neighbours;
        this.outbox = outbox;
    }

    void announce(IpAddress own) {
        sendToGroup(advertisement(own, ALL_NODES, FLAG_OVERRIDE), ALL_NODES);
    }

    void ask(IpAddress address) {
        Ipv6Address group = solicitedNode(address);
        sendToGroup(
                packet(
                        host.addressFor(address),
                        group,
                        Icmpv6.TYPE_NEIGHBOUR_SOLICITATION,
                        0,
                        address,
                        OPTION_SOURCE_LINK_ADDRESS),
                group);
    }

    /// Whether the host listens to a group: to all stations, and to those that it is asked in.
    boolean isJoined(IpAddress group) {
        return group.equals(ALL_NODES)
                || host.addresses().stream()
                        .filter(Ipv6Address.class::isInstance)
                        .anyMatch(own -> solicitedNode(own).equals(group));
    }

    /// Whether a message is one that [#receive(IpPacket)] takes.
    static boolean takes(int type) {
        return type == Icmpv6.TYPE_NEIGHBOUR_SOLICITATION
                || type == Icmpv6.TYPE_NEIGHBOUR_ADVERTISEMENT;
    }

    /// Takes a solicitation or advertisement with a right checksum.
    void receive(IpPacket packet) {
        long icmp = packet.transport();
        long options = icmp + LENGTH;
        int optionsLength = packet.transportLength() - LENGTH;
        boolean right =
                Ipv6.hopLimit(packet.ip()) == Ipv6.MAX_HOP_LIMIT
                        && Icmpv6.code(icmp) == 0
                        && optionsLength >= 0
                        && NeighbourDiscovery.areOptionsRight(options, optionsLength);
        if (!right) {
            host.counters().malformed++;
        } else if (Icmpv6.type(icmp) == Icmpv6.TYPE_NEIGHBOUR_SOLICITATION) {
            solicitation(packet, linkAddress(options, optionsLength, OPTION_SOURCE_LINK_ADDRESS));
        } else {
            advertisement(icmp, linkAddress(options, optionsLength, OPTION_TARGET_LINK_ADDRESS));
        }
    }

    private void solicitation(IpPacket packet, Optional<MacAddress> sender) {
        IpAddress asked = target(packet.transport());
        if (!host.hasAddress(asked)) {
            return;
        }
        if (packet.source().equals(Ipv6Address.ANY)) {
            announce(asked);
            return;
        }
        sender.ifPresent(mac -> neighbours.learn(packet.source(), mac));
        host.send(
                advertisement(asked, packet.source(), FLAG_SOLICITED | FLAG_OVERRIDE),
                packet.source());
    }

    private void advertisement(long icmp, Optional<MacAddress> mac) {
        IpAddress about = target(icmp);
        boolean overrides = (NeighbourDiscovery.flags(icmp) & FLAG_OVERRIDE) != 0;
        boolean believed = overrides || neighbours.find(about).isEmpty();
        if (mac.isPresent() && neighbours.concerns(about) && believed) {
            neighbours.learn(about, mac.get());
        }
    }

    private PacketBuilder advertisement(IpAddress own, IpAddress receiver, int flags) {
        return packet(
                own,
                receiver,
                Icmpv6.TYPE_NEIGHBOUR_ADVERTISEMENT,
                flags << 24,
                own,
                OPTION_TARGET_LINK_ADDRESS);
    }

    private PacketBuilder packet(
            IpAddress source,
            IpAddress destination,
            int type,
            int flags,
            IpAddress target,
            int option) {
        return host.packet(source, destination)
                .timeToLive(Ipv6.MAX_HOP_LIMIT)
                .icmp(type, 0, flags)
                .payload(body(target, option));
    }

    /// What follows the header: the target, and the host's link address.
    private byte[] body(IpAddress target, int option) {
        int targetLength = LENGTH - Icmpv6.HEADER_LENGTH;
        try (Arena arena = Arena.ofConfined()) {
            long body = arena.allocate(targetLength + OPTION_LENGTH, 8).address();
            Memory.putNetworkLong(body, target.high());
            Memory.putNetworkLong(body + 8, target.low());
            NeighbourDiscovery.writeOption(body + targetLength, option, host.mac().bits());
            return Memory.toBytes(body, targetLength + OPTION_LENGTH);
        }
    }

    private void sendToGroup(PacketBuilder packet, Ipv6Address group) {
        MacAddress mac = new MacAddress(Ethernet.groupOf(group.low()));
        outbox.add(NeighbourCache.addressed(packet.toBytes(), mac));
    }

    private static Ipv6Address solicitedNode(IpAddress address) {
        return new Ipv6Address(LINK_GROUP_HIGH, NeighbourDiscovery.solicitedNodeLow(address.low()));
    }

    private static IpAddress target(long icmp) {
        return IpAddress.of(
                NeighbourDiscovery.targetHigh(icmp), NeighbourDiscovery.targetLow(icmp));
    }

    private static Optional<MacAddress> linkAddress(long options, int length, int type) {
        long option = NeighbourDiscovery.option(options, length, type);
        return option == 0
                ? Optional.empty()
                : Optional.of(new MacAddress(NeighbourDiscovery.optionValue(option)));
    }
}
