// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// Packets of IPv6 for the balancer itself: ICMPv6 errors about what it sent. For the worker's
/// thread.
final class Ipv6LocalInput {
    private final FlowContext context;
    private final Arrivals arrivals;
    private final Ipv6Family family;
    private final IcmpTranslator translator;

    Ipv6LocalInput(
            FlowContext context, Arrivals arrivals, Ipv6Family family, IcmpTranslator translator) {
        this.context = context;
        this.arrivals = arrivals;
        this.family = family;
        this.translator = translator;
    }

    /// Receives an ICMPv6 message.
    ///
    /// @param frame its packet, to a group perhaps
    /// @param chain the packet's headers
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome icmp(Frame frame, Ipv6Chain chain, int hopsDone) {
        long ip = frame.l3();
        long icmp = chain.transport();
        int length = chain.transportLength();
        if (length < Icmpv6.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Checksum.isTransport6Valid(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length)) {
            return Outcome.BAD_ICMP_CHECKSUM;
        }
        if (Ethernet.isGroup(frame.l2())) {
            return Outcome.OTHER_HOST;
        }
        Outcome astray = refusal(ip, frame.device());
        if (astray != null) {
            return astray;
        }
        if (Icmpv6.isTranslated(Icmpv6.type(icmp), Icmpv6.code(icmp))
                && family.refusal(ip) == null) {
            Outcome outcome = translator.translate(frame, hopsDone);
            if (outcome != Outcome.ICMP_IGNORED) {
                return outcome;
            }
        }
        return isOurs(frame) ? Outcome.ICMP_IGNORED : Outcome.NOT_LOCAL;
    }

    /// Neighbours speak to neighbours from addresses that no route leads to.
    private @Nullable Outcome refusal(long ip, int device) {
        return Addresses.isLinkLocal(Ipv6.sourceHigh(ip))
                ? null
                : arrivals.refusal(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip), device);
    }

    private boolean isOurs(Frame frame) {
        long high = Ipv6.destinationHigh(frame.l3());
        long low = Ipv6.destinationLow(frame.l3());
        return arrivals.isHere(high, low, frame.device())
                || (context.services().isVirtualAddress(high, low)
                        && !context.stack().view().isOwn(high, low));
    }
}
