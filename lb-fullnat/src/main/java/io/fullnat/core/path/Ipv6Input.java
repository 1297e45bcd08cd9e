// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// The IPv6 stage of the slow path: the header and the extension headers (RFC 8200 §3, §4), the
/// source, and which protocol the packet is of. For the worker's thread.
///
/// Options that a station may skip are skipped, and go on with the packet as they came.
final class Ipv6Input {
    private final Arrivals arrivals;
    private final Ipv6Family family;
    private final TransportInput transport;
    private final FragmentInput fragments;
    private final Ipv6LocalInput local;

    Ipv6Input(
            Arrivals arrivals,
            Ipv6Family family,
            TransportInput transport,
            FragmentInput fragments,
            Ipv6LocalInput local) {
        this.arrivals = arrivals;
        this.family = family;
        this.transport = transport;
        this.fragments = fragments;
        this.local = local;
    }

    /// Receives a packet of which the link header is known to be right.
    ///
    /// @param frame the packet
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome receive(Frame frame, int hopsDone) {
        long ip = frame.l3();
        int reason = family.take(ip, frame.l3Length());
        Ipv6Chain chain = family.chain();
        if (reason == Ipv6Chain.TRUNCATED && chain.problemCode() == Ipv6Chain.SILENT) {
            return Outcome.TRUNCATED;
        }
        if (reason == Ipv6Chain.VERSION) {
            return Outcome.MALFORMED;
        }
        boolean whole = reason == Ipv6Chain.RIGHT && !chain.isFragment();
        if (whole && chain.protocol() == Ipv6.NEXT_HEADER_ICMP) {
            return local.icmp(frame, hopsDone);
        }
        if (Ethernet.isGroup(frame.l2())) {
            return Outcome.OTHER_HOST;
        }
        Outcome astray = arrivals.refusal(family, ip, frame.device());
        if (astray != null) {
            return astray;
        }
        if (reason != Ipv6Chain.RIGHT) {
            local.problem(frame);
            return outcome(reason);
        }
        if (chain.isFragment()) {
            return fragments.receive(frame, hopsDone);
        }
        return switch (chain.protocol()) {
            case Ipv4.PROTOCOL_TCP -> transport.tcp(frame, hopsDone);
            case Ipv4.PROTOCOL_UDP -> transport.udp(frame, hopsDone);
            default -> local.unknownProtocol(frame);
        };
    }

    private static Outcome outcome(int reason) {
        return switch (reason) {
            case Ipv6Chain.TRUNCATED -> Outcome.TRUNCATED;
            case Ipv6Chain.ROUTED -> Outcome.SOURCE_ROUTED;
            default -> Outcome.EXTENSION_HEADERS;
        };
    }
}
