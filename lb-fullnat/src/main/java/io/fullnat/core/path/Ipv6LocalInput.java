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
/// ICMPv6 errors about what it sent, headers and protocols that no service can have. For the
/// worker's thread.
final class Ipv6LocalInput {
    private final FlowContext context;
    private final Arrivals arrivals;
    private final NdStack discovery;
    private final Icmpv6Answers answers;
    private final Ipv6Errors errors;
    private final IcmpTranslator translator;
    private final Rejection rejection;
    private final KernelPath kernel;
    private final Ipv6Family family;

    /// A message of discovery may let packets go on that waited, which are taken in hand while it
    /// is still being read.
    private final Ipv6Chain chain = new Ipv6Chain();

    Ipv6LocalInput(
            FlowContext context,
            Arrivals arrivals,
            Neighbourhood neighbours,
            Ipv6Errors errors,
            Stages stages,
            KernelPath kernel,
            Ipv6Family family) {
        this.context = context;
        this.arrivals = arrivals;
        discovery = neighbours.discovery();
        answers = neighbours.ipv6Answers();
        this.errors = errors;
        this.kernel = kernel;
        this.family = family;
        translator = stages.translator();
        rejection = stages.rejection();
    }

    /// Receives an ICMPv6 message.
    ///
    /// @param frame its packet, the one in hand, to a group perhaps
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome icmp(Frame frame, int hopsDone) {
        long ip = frame.l3();
        long icmp = family.transport(ip);
        int length = family.transportLength(ip);
        if (length < Icmpv6.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Checksum.isTransport6Valid(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length)) {
            return Outcome.BAD_ICMP_CHECKSUM;
        }
        int type = Icmpv6.type(icmp);
        if (NdStack.handles(type)) {
            if (kernel.hasComeBack(frame)) {
                return Outcome.DISCOVERY_IGNORED;
            }
            chain.walk(ip, frame.l3Length());
            return discovery.receive(frame, chain);
        }
        if (Ethernet.isGroup(frame.l2())) {
            return Outcome.OTHER_HOST;
        }
        Outcome astray = refusal(ip, frame.device());
        if (astray != null) {
            return astray;
        }
        boolean here = isHere(ip, frame.device());
        if (type == Icmpv6.TYPE_ECHO_REQUEST && here) {
            return answers.echoReply(frame, family.chain());
        }
        if (Icmpv6.isTranslated(type, Icmpv6.code(icmp)) && family.refusal(ip) == null) {
            Outcome outcome = translator.translate(frame, hopsDone);
            if (outcome != Outcome.ICMP_IGNORED) {
                return outcome;
            }
        }
        return here || isRoutedToUs(ip) ? Outcome.ICMP_IGNORED : Outcome.NOT_LOCAL;
    }

    /// Neighbours speak to neighbours from addresses to which no route leads.
    private @Nullable Outcome refusal(long ip, int device) {
        long high = Ipv6.sourceHigh(ip);
        long low = Ipv6.sourceLow(ip);
        if (Addresses.isLinkLocal(high)) {
            boolean ours = context.stack().view().isOwnOf(device, high, low);
            return ours ? Outcome.BAD_SOURCE : null;
        }
        return Addresses.isIpv4(high, low)
                ? Outcome.BAD_SOURCE
                : arrivals.refusal(high, low, device);
    }

    /// Tells the source of a packet in hand what is wrong with its extension headers, if it was
    /// sent to us.
    void problem(Frame frame) {
        if (isOurs(frame) && rejection.tellsOfUnusedPorts()) {
            errors.problem(frame);
        }
    }

    /// Ends a packet in hand of a protocol that no service can have.
    Outcome unknownProtocol(Frame frame) {
        if (isOurs(frame)) {
            rejection.unknownProtocol(frame);
        }
        return Outcome.UNKNOWN_PROTOCOL;
    }

    private boolean isOurs(Frame frame) {
        return isHere(frame.l3(), frame.device()) || isRoutedToUs(frame.l3());
    }

    /// Whether a packet was sent to an own address that is to be found by the device.
    private boolean isHere(long ip, int device) {
        long high = Ipv6.destinationHigh(ip);
        long low = Ipv6.destinationLow(ip);
        return Addresses.isLinkLocal(high)
                ? context.stack().view().isOwnOf(device, high, low)
                : !Addresses.isIpv4(high, low) && arrivals.isHere(high, low, device);
    }

    /// A virtual address need not be an interface address: routers may know that it is here.
    private boolean isRoutedToUs(long ip) {
        long high = Ipv6.destinationHigh(ip);
        long low = Ipv6.destinationLow(ip);
        return !Addresses.isIpv4(high, low)
                && context.services().isVirtualAddress(high, low)
                && !context.stack().view().isOwn(high, low);
    }
}
