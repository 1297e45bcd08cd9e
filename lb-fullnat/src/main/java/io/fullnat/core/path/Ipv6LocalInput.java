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
import io.fullnat.core.stack.Icmpv6Answers;
import io.fullnat.core.stack.NdStack;
import io.fullnat.core.stack.Neighbourhood;
import org.jspecify.annotations.Nullable;

/// Packets of IPv6 for the balancer itself: neighbour discovery and multicast listeners, pings,
/// ICMPv6 errors about what it sent, headers that it cannot use. For the worker's thread.
final class Ipv6LocalInput {
    private final FlowContext context;
    private final Arrivals arrivals;
    private final Ipv6Family family;
    private final IcmpTranslator translator;
    private final Rejection rejection;
    private final NdStack discovery;
    private final Icmpv6Answers answers;

    Ipv6LocalInput(
            FlowContext context,
            Neighbourhood neighbours,
            Arrivals arrivals,
            Ipv6Family family,
            Stages stages) {
        this.context = context;
        this.arrivals = arrivals;
        this.family = family;
        translator = stages.translator();
        rejection = stages.rejection();
        discovery = neighbours.discovery();
        answers = neighbours.ipv6Answers();
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
        int type = Icmpv6.type(icmp);
        if (NdStack.handles(type)) {
            return discovery.receive(frame, chain);
        }
        if (Ethernet.isGroup(frame.l2())) {
            return Outcome.OTHER_HOST;
        }
        Outcome astray = refusal(ip, frame.device());
        if (astray != null) {
            return astray;
        }
        if (type == Icmpv6.TYPE_ECHO_REQUEST && isHere(frame)) {
            return answers.echoReply(frame, chain);
        }
        if (Icmpv6.isTranslated(type, Icmpv6.code(icmp))
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

    /// Tells the source of a packet that is for us what is wrong with its headers.
    ///
    /// @param frame the packet
    /// @param code of a "parameter problem"
    /// @param pointer bytes from its IPv6 header to what is wrong
    void problem(Frame frame, int code, int pointer) {
        if (isOurs(frame) && rejection.tellsOfUnusedPorts()) {
            answers.parameterProblem(frame, code, pointer);
        }
    }

    /// Ends a packet of a protocol that no service can have. Nobody is told that nothing follows
    /// (RFC 8200 §4.7).
    ///
    /// @param frame its packet, whose headers are right
    Outcome unknownProtocol(Frame frame, Ipv6Chain chain) {
        if (chain.protocol() != Ipv6.NEXT_HEADER_NONE && isOurs(frame)) {
            rejection.unknownProtocol(frame);
        }
        return Outcome.UNKNOWN_PROTOCOL;
    }

    private boolean isHere(Frame frame) {
        long high = Ipv6.destinationHigh(frame.l3());
        long low = Ipv6.destinationLow(frame.l3());
        int device = frame.device();
        return Addresses.isLinkLocal(high)
                ? context.stack().view().isOwnOf(device, high, low)
                : arrivals.isHere(high, low, device);
    }

    private boolean isOurs(Frame frame) {
        long high = Ipv6.destinationHigh(frame.l3());
        long low = Ipv6.destinationLow(frame.l3());
        return isHere(frame)
                || (context.services().isVirtualAddress(high, low)
                        && !context.stack().view().isOwn(high, low));
    }
}
