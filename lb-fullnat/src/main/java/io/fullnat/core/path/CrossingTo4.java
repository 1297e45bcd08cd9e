// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.FamilyMtu;
import io.fullnat.core.translate.FamilyRewrite;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.translate.Identifications;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// Packets of IPv6 that leave as IPv4 (RFC 7915 §5).
final class CrossingTo4 extends Crossing {
    private final Ipv6Family family;
    private final Identifications identifications;

    CrossingTo4(Ipv6Family family, Identifications identifications) {
        this.family = family;
        this.identifications = identifications;
    }

    /// Extension headers are left out.
    @Override
    int length(long ip) {
        return Ipv4.MIN_HEADER_LENGTH + family.transportLength(ip);
    }

    @Override
    int longest(long ip, int mtu) {
        return mtu;
    }

    /// What no link of IPv6 would ask a sender to make shorter is cut, if a link of IPv4 takes
    /// less; so is what has been cut already.
    @Override
    boolean mayFragment(long ip) {
        return length(ip) <= FamilyMtu.MAY_BE_FRAGMENTED || family.isFragment(ip);
    }

    @Override
    int told(long ip, int mtu) {
        return FamilyMtu.tell6(mtu);
    }

    /// Packets whose routing header is not done with came no further than the gate.
    @Override
    @Nullable Outcome refusal(Frame frame) {
        return null;
    }

    @Override
    int identification(long ip) {
        return 0;
    }

    @Override
    long translate(long flow, long ip) {
        long l4 = family.transport(ip);
        int length = family.transportLength(ip);
        long fragment = family.fragment(ip);
        return family.fragmentOffset(ip) == 0
                ? FamilyRewrite.to4(flow, ip, l4, length, fragment, identifications)
                : FamilyRewrite.laterTo4(flow, ip, l4, length, fragment, identifications);
    }

    @Override
    long transport(long ip) {
        return ip + Ipv4.MIN_HEADER_LENGTH;
    }

    @Override
    void fragment(
            Fragmenter fragmenter,
            Frame frame,
            long hop,
            Transmitter transmitter,
            int kind,
            int identification) {
        fragmenter.send(frame, hop, transmitter, kind);
    }

    @Override
    int sentLength(long ip) {
        return Ipv4.totalLength(ip);
    }
}
