// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// The IPv4 stage of the slow path: the header (RFC 791 §3.1, RFC 1812 §5.2.2), the source, and
/// which protocol the packet is of. For the worker's thread.
final class Ipv4Input {
    private final Arrivals arrivals;
    private final TransportInput transport;
    private final FragmentInput fragments;
    private final LocalInput local;

    Ipv4Input(
            Arrivals arrivals,
            TransportInput transport,
            FragmentInput fragments,
            LocalInput local) {
        this.arrivals = arrivals;
        this.transport = transport;
        this.fragments = fragments;
        this.local = local;
    }

    /// Receives a packet of which the link header is known to be right.
    ///
    /// @param frame the packet
    /// @param verdict of its [PacketBurst]
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome receive(Frame frame, int verdict, int hopsDone) {
        long ip = frame.l3();
        Outcome bad = check(ip, frame.l3Length(), verdict);
        if (bad != null) {
            return bad;
        }
        Outcome astray = arrivals.refusal(0, Ipv4.sourceLow(ip), frame.device());
        if (astray != null) {
            return astray;
        }
        if (Ipv4.isFragment(ip)) {
            return fragments.receive(frame, hopsDone);
        }
        return switch (Ipv4.protocol(ip)) {
            case Ipv4.PROTOCOL_TCP -> transport.tcp(frame, hopsDone);
            case Ipv4.PROTOCOL_UDP -> transport.udp(frame, hopsDone);
            case Ipv4.PROTOCOL_ICMP -> local.icmp(frame, hopsDone);
            default -> local.unknownProtocol(frame);
        };
    }

    private static @Nullable Outcome check(long ip, int available, int verdict) {
        if (available < Ipv4.MIN_HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        int headerLength = Ipv4.headerLength(ip);
        int totalLength = Ipv4.totalLength(ip);
        if (Ipv4.version(ip) != 4
                || headerLength < Ipv4.MIN_HEADER_LENGTH
                || totalLength < headerLength) {
            return Outcome.MALFORMED;
        }
        if (totalLength > available) {
            return Outcome.TRUNCATED;
        }
        boolean bad =
                (verdict & PacketBurst.IP_CHECKSUM_GOOD) == 0
                        && ((verdict & PacketBurst.IP_CHECKSUM_BAD) != 0
                                || !Checksum.isIpv4HeaderValid(ip));
        return bad ? Outcome.BAD_IP_CHECKSUM : null;
    }
}
