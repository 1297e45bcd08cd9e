// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.translate.FamilyGate;
import io.fullnat.core.translate.FamilyMtu;
import io.fullnat.core.translate.FamilyRewrite;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// Packets of IPv4 that leave as IPv6 (RFC 7915 §4).
final class CrossingTo6 extends Crossing {
    /// "Source route failed" (RFC 7915 §4.1).
    private static final int CODE_SOURCE_ROUTE_FAILED = 5;

    private final IcmpAnswers answers;

    CrossingTo6(IcmpAnswers answers) {
        this.answers = answers;
    }

    @Override
    int length(long ip) {
        return Ipv6.HEADER_LENGTH + Ipv4.payloadLength(ip) + fragmentHeader(ip);
    }

    /// One that came in fragments has one.
    private static int fragmentHeader(long ip) {
        return Ipv4.isFragment(ip) ? Ipv6Fragment.HEADER_LENGTH : 0;
    }

    /// A packet that may be cut is cut to what each link of IPv6 takes, for its sender does not
    /// look for the path's MTU (RFC 7915 §4).
    @Override
    int longest(long ip, int mtu) {
        return mayFragment(ip) ? Math.min(mtu, Ipv6.MIN_MTU) : mtu;
    }

    @Override
    boolean mayFragment(long ip) {
        return !Ipv4.dontFragment(ip);
    }

    @Override
    int told(long ip, int mtu) {
        return mtu - FamilyMtu.GROWTH - fragmentHeader(ip);
    }

    /// A datagram in fragments must have a checksum, since none can be summed up from a part of it
    /// (RFC 7915 §4.5).
    @Override
    @Nullable Outcome refusal(Frame frame) {
        long ip = frame.l3();
        if (Ipv4.isFragment(ip)
                && Ipv4.fragmentOffset(ip) == 0
                && Ipv4.protocol(ip) == Ipv4.PROTOCOL_UDP
                && Udp.checksum(Ipv4.payload(ip)) == Udp.NO_CHECKSUM) {
            return Outcome.NO_UDP_CHECKSUM;
        }
        if (!FamilyGate.isSourceRouted(ip)) {
            return null;
        }
        answers.errorToPeer(frame, Icmp.TYPE_DESTINATION_UNREACHABLE, CODE_SOURCE_ROUTE_FAILED, 0);
        return Outcome.SOURCE_ROUTED;
    }

    @Override
    int identification(long ip) {
        return Ipv4.identification(ip);
    }

    @Override
    long translate(long flow, long ip) {
        long l4 = Ipv4.payload(ip);
        int length = Ipv4.payloadLength(ip);
        if (!Ipv4.isFragment(ip)) {
            return FamilyRewrite.to6(flow, ip, l4, length);
        }
        return Ipv4.fragmentOffset(ip) == 0
                ? FamilyRewrite.firstTo6(flow, ip, l4, length)
                : FamilyRewrite.laterTo6(flow, ip, l4, length);
    }

    @Override
    long transport(long ip) {
        return ip + Ipv6.HEADER_LENGTH;
    }

    @Override
    void fragment(
            Fragmenter fragmenter,
            Frame frame,
            long hop,
            Transmitter transmitter,
            int kind,
            int identification) {
        fragmenter.sendIpv6(frame, hop, transmitter, kind, Ipv6.MIN_MTU, identification);
    }

    @Override
    int sentLength(long ip) {
        return Ipv6.totalLength(ip);
    }
}
