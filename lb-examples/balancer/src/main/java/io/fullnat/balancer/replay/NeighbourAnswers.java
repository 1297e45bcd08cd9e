// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.AddressKey;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Answers for the neighbours that the balancer asks for: a capture seldom has their answers, or
/// not when they are asked for now. MAC addresses are those that are known, else made-up ones. For
/// one thread.
public final class NeighbourAnswers {
    private static final long MADE_UP_MAC = 0x0200_005E_0000L;
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int HOP_LIMIT = 255;
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final MacAddress ALL_NODES_MAC = MacAddress.parse("33:33:00:00:00:01");
    private static final int SENDER_MAC = 8;
    private static final int SENDER_ADDRESS = 14;

    private final Map<AddressKey, MacAddress> seen = new HashMap<>();

    private final Set<AddressKey> silent = new HashSet<>();

    /// @param known MAC addresses of neighbours; empty of those that do not answer
    public NeighbourAnswers(Map<AddressKey, Optional<MacAddress>> known) {
        known.forEach((address, mac) ->
                mac.ifPresentOrElse(found -> seen.put(address, found), () -> silent.add(address)));
    }

    /// @param received what others have sent
    /// @param ports their names, in order
    NeighbourAnswers(Stream<ReplayedFrame> received, List<String> ports) {
        received.forEach(
                frame -> look(new FrameHeaders(frame.packet().bytes()), ports.get(frame.port())));
    }

    private void look(FrameHeaders headers, String port) {
        if (headers.type() == FrameHeaders.TYPE_ARP) {
            int arp = headers.network();
            seen.put(
                    AddressKey.of(new Ipv4Address(headers.word(arp + SENDER_ADDRESS))),
                    new MacAddress(headers.mac(arp + SENDER_MAC)));
        } else if (headers.isIp()) {
            // Of somebody behind a router this is the router's, and nobody asks for it.
            seen.putIfAbsent(
                    AddressKey.of(headers.source(), device(headers, port)),
                    new MacAddress(headers.mac(6)));
        }
    }

    /// Who is asked for by a frame, told apart from others of that address on other links.
    ///
    /// @param asked with a target
    /// @param port by which it left
    /// @return empty if it has none
    public static Optional<AddressKey> target(FrameHeaders asked, String port) {
        return asked.target().map(address -> AddressKey.of(address, device(asked, port)));
    }

    /// The port, or `port.vlan`, of a frame.
    private static String device(FrameHeaders headers, String port) {
        return headers.vlan() > 0 ? port + "." + headers.vlan() : port;
    }

    /// Whether a frame asks for a neighbour, or whether an address is another's, too.
    ///
    /// @param headers of it
    /// @return false for answers, and for all that is not of ARP or neighbour discovery
    public static boolean isQuestion(FrameHeaders headers) {
        if (headers.target().isEmpty()) {
            return false;
        }
        return headers.type() == FrameHeaders.TYPE_ARP
                ? headers.half(headers.network() + 6) == 1
                : headers.at(headers.transport()) == SOLICITATION;
    }

    /// The answer to a frame of the balancer.
    ///
    /// @param frame of the balancer
    /// @param asker the MAC address of the port that it left by
    /// @param port the name of that port
    /// @return empty if it asks for no neighbour, or for one that does not answer
    public Optional<PacketBuilder> answer(byte[] frame, MacAddress asker, String port) {
        FrameHeaders headers = new FrameHeaders(frame);
        Optional<AddressKey> target = target(headers, port);
        if (target.isEmpty() || silent.contains(target.get()) || !isQuestion(headers)) {
            return Optional.empty();
        }
        return headers.type() == FrameHeaders.TYPE_ARP
                ? arp(headers, target.get(), asker)
                : discovery(headers, target.get(), asker);
    }

    private Optional<PacketBuilder> arp(FrameHeaders headers, AddressKey asked, MacAddress asker) {
        IpAddress target = asked.address();
        int sender = headers.word(headers.network() + SENDER_ADDRESS);
        if (sender == 0 || target.equals(new Ipv4Address(sender))) { // it announces itself
            return Optional.empty();
        }
        MacAddress mac = mac(asked);
        return Optional.of(
                frame(headers, mac, asker)
                        .arp(
                                2,
                                mac.toString(),
                                target.toString(),
                                asker.toString(),
                                new Ipv4Address(sender).toString()));
    }

    private Optional<PacketBuilder> discovery(
            FrameHeaders headers, AddressKey asked, MacAddress asker) {
        if (headers.source().equals(Ipv6Address.ANY)) { // it looks for duplicates
            return Optional.empty();
        }
        MacAddress mac = mac(asked);
        int flags = NeighbourDiscovery.FLAG_SOLICITED | NeighbourDiscovery.FLAG_OVERRIDE;
        return Optional.of(
                advertisement(
                        frame(headers, mac, asker), asked.address(), headers.source(), flags, mac));
    }

    private static PacketBuilder advertisement(
            PacketBuilder frame, IpAddress target, IpAddress to, int flags, MacAddress mac) {
        ByteBuffer body = ByteBuffer.allocate(16 + NeighbourDiscovery.OPTION_LENGTH);
        body.putLong(target.high()).putLong(target.low());
        body.put((byte) NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS).put((byte) 1);
        body.putShort((short) (mac.bits() >>> 32)).putInt((int) mac.bits());
        return frame.ipv6(target.toString(), to.toString())
                .timeToLive(HOP_LIMIT)
                .icmp(ADVERTISEMENT, 0, flags << 24)
                .payload(body.array());
    }

    /// What another station sends that has an address already which the balancer asks for.
    ///
    /// @param asked looks for duplicates
    /// @param address of IPv6
    /// @param mac the other station's
    /// @return to all nodes
    public static PacketBuilder claim(FrameHeaders asked, IpAddress address, MacAddress mac) {
        return advertisement(
                frame(asked, mac, ALL_NODES_MAC),
                address,
                ALL_NODES,
                NeighbourDiscovery.FLAG_OVERRIDE,
                mac);
    }

    private static PacketBuilder frame(FrameHeaders asked, MacAddress from, MacAddress to) {
        PacketBuilder frame = PacketBuilder.ethernet(from, to);
        return asked.vlan() > 0 ? frame.vlan(asked.vlan()) : frame;
    }

    private MacAddress mac(AddressKey neighbour) {
        return seen.computeIfAbsent(
                neighbour, unseen -> new MacAddress(MADE_UP_MAC + seen.size() + 1));
    }
}
