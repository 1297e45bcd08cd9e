// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
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
    private static final int SENDER_MAC = 8;
    private static final int SENDER_ADDRESS = 14;

    private final Map<IpAddress, MacAddress> seen = new HashMap<>();

    private final Set<IpAddress> silent = new HashSet<>();

    /// @param known MAC addresses of neighbours; empty of those that do not answer
    public NeighbourAnswers(Map<IpAddress, Optional<MacAddress>> known) {
        known.forEach((address, mac) ->
                mac.ifPresentOrElse(found -> seen.put(address, found), () -> silent.add(address)));
    }

    NeighbourAnswers(Stream<ReplayedFrame> received) {
        received.forEach(frame -> look(new FrameHeaders(frame.packet().bytes())));
    }

    private void look(FrameHeaders headers) {
        if (headers.type() == FrameHeaders.TYPE_ARP) {
            int arp = headers.network();
            seen.put(
                    new Ipv4Address(headers.word(arp + SENDER_ADDRESS)),
                    new MacAddress(headers.mac(arp + SENDER_MAC)));
        } else if (headers.isIp()) {
            // Of somebody behind a router this is the router's, and nobody asks for it.
            seen.putIfAbsent(headers.source(), new MacAddress(headers.mac(6)));
        }
    }

    /// The answer to a frame of the balancer.
    ///
    /// @param frame of the balancer
    /// @param asker the MAC address of the port that it left by
    /// @return empty if it asks for no neighbour, or for one that does not answer
    public Optional<PacketBuilder> answer(byte[] frame, MacAddress asker) {
        FrameHeaders headers = new FrameHeaders(frame);
        Optional<IpAddress> target = headers.target();
        if (target.isEmpty() || silent.contains(target.get())) {
            return Optional.empty();
        }
        return headers.type() == FrameHeaders.TYPE_ARP
                ? arp(headers, target.get(), asker)
                : discovery(headers, target.get(), asker);
    }

    private Optional<PacketBuilder> arp(FrameHeaders headers, IpAddress target, MacAddress asker) {
        int arp = headers.network();
        int sender = headers.word(arp + SENDER_ADDRESS);
        boolean asks = headers.half(arp + 6) == 1 && sender != 0;
        if (!asks || target.equals(new Ipv4Address(sender))) { // it announces itself
            return Optional.empty();
        }
        MacAddress mac = mac(target);
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
            FrameHeaders headers, IpAddress target, MacAddress asker) {
        boolean asks = headers.at(headers.transport()) == SOLICITATION;
        if (!asks || headers.source().equals(Ipv6Address.ANY)) { // it looks for duplicates
            return Optional.empty();
        }
        MacAddress mac = mac(target);
        ByteBuffer body = ByteBuffer.allocate(16 + NeighbourDiscovery.OPTION_LENGTH);
        body.putLong(target.high()).putLong(target.low());
        body.put((byte) NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS).put((byte) 1);
        body.putShort((short) (mac.bits() >>> 32)).putInt((int) mac.bits());
        int flags = NeighbourDiscovery.FLAG_SOLICITED | NeighbourDiscovery.FLAG_OVERRIDE;
        return Optional.of(
                frame(headers, mac, asker)
                        .ipv6(target.toString(), headers.source().toString())
                        .timeToLive(HOP_LIMIT)
                        .icmp(ADVERTISEMENT, 0, flags << 24)
                        .payload(body.array()));
    }

    private static PacketBuilder frame(FrameHeaders asked, MacAddress from, MacAddress to) {
        PacketBuilder frame = PacketBuilder.ethernet(from, to);
        return asked.vlan() > 0 ? frame.vlan(asked.vlan()) : frame;
    }

    private MacAddress mac(IpAddress address) {
        return seen.computeIfAbsent(
                address, unseen -> new MacAddress(MADE_UP_MAC + seen.size() + 1));
    }
}
