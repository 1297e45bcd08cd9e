// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Fragment;
import java.lang.foreign.Arena;
import java.util.function.Consumer;

/// The receiving side of a host's IP: checks headers, puts fragments together, and hands on what is
/// for the host.
final class IpInput {

    private final SimulatedHost host;
    private final HostCounters counters;
    private final Consumer<IpPacket> receiver;
    private final FragmentStore fragments = new FragmentStore();
    private final Ipv6Chain chain = new Ipv6Chain();

    /// @param receiver takes whole packets for an address of the host; they are gone when it
    ///   returns
    IpInput(SimulatedHost host, Consumer<IpPacket> receiver) {
        this.host = host;
        this.receiver = receiver;
        counters = host.counters();
    }

    void ipv4(long ip, int available) {
        if (!Ipv4.isWellFormed(ip, available)) {
            counters.malformed++;
        } else if (!Checksum.isIpv4HeaderValid(ip)) {
            counters.badIpChecksums++;
        } else if (!host.hasAddress(new Ipv4Address(Ipv4.destination(ip)))) {
            counters.ignoredFrames++;
        } else if (Ipv4.isFragment(ip)) {
            fragment(ip);
        } else {
            receiver.accept(IpPacket.ofIpv4(ip));
        }
    }

    void ipv6(long ip, int available) {
        if (chain.walk(ip, available) != Ipv6Chain.RIGHT) {
            counters.malformed++;
            return;
        }
        IpPacket packet = IpPacket.ofIpv6(ip, chain);
        if (!host.listensTo(packet.destination())) {
            counters.ignoredFrames++;
        } else if (chain.isFragment()) {
            fragment6(packet);
        } else {
            receiver.accept(packet);
        }
    }

    private void fragment(long ip) {
        counters.fragments++;
        FragmentStore.Key key =
                new FragmentStore.Key(
                        new Ipv4Address(Ipv4.source(ip)),
                        new Ipv4Address(Ipv4.destination(ip)),
                        Ipv4.protocol(ip),
                        Ipv4.identification(ip));
        byte[] whole =
                fragments.add(
                        key,
                        Ipv4.fragmentOffset(ip),
                        (Ipv4.flagsAndFragment(ip) & Ipv4.FLAG_MORE_FRAGMENTS) != 0,
                        Memory.toBytes(Ipv4.payload(ip), Ipv4.payloadLength(ip)));
        if (whole == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int length = Ipv4.MIN_HEADER_LENGTH + whole.length;
            long copy = arena.allocate(length, 8).address();
            Ipv4.writeHeader(
                    copy,
                    length,
                    Ipv4.timeToLive(ip),
                    Ipv4.protocol(ip),
                    Ipv4.source(ip),
                    Ipv4.destination(ip));
            Memory.fromBytes(whole, copy + Ipv4.MIN_HEADER_LENGTH);
            receiver.accept(IpPacket.ofIpv4(copy));
        }
    }

    /// What stands before the fragment header is left out of the whole packet.
    private void fragment6(IpPacket part) {
        counters.fragments++;
        int nextHeader = Ipv6Fragment.nextHeader(chain.fragment());
        long data = chain.fragment() + Ipv6Fragment.HEADER_LENGTH;
        byte[] whole =
                fragments.add(
                        new FragmentStore.Key(
                                part.source(),
                                part.destination(),
                                nextHeader,
                                chain.identification()),
                        chain.fragmentOffset(),
                        chain.hasMoreFragments(),
                        Memory.toBytes(data, (int) (part.ip() + part.length() - data)));
        if (whole == null) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            int length = Ipv6.HEADER_LENGTH + whole.length;
            long copy = arena.allocate(length, 8).address();
            Ipv6.writeHeader(
                    copy,
                    whole.length,
                    Ipv6.hopLimit(part.ip()),
                    nextHeader,
                    part.source().high(),
                    part.source().low(),
                    part.destination().high(),
                    part.destination().low());
            Memory.fromBytes(whole, copy + Ipv6.HEADER_LENGTH);
            ipv6(copy, length);
        }
    }
}
