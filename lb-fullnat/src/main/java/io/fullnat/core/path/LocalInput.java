// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import org.jspecify.annotations.Nullable;

/// Packets for the balancer itself: pings, ICMP errors about what it sent, protocols that no
/// service can have. For the worker's thread.
final class LocalInput {
    private final FlowContext context;
    private final Arrivals arrivals;
    private final IcmpAnswers answers;
    private final IcmpTranslator translator;
    private final Rejection rejection;

    LocalInput(
            FlowContext context,
            Arrivals arrivals,
            IcmpAnswers answers,
            IcmpTranslator translator,
            Rejection rejection) {
        this.context = context;
        this.arrivals = arrivals;
        this.answers = answers;
        this.translator = translator;
        this.rejection = rejection;
    }

    /// Receives an ICMP message.
    ///
    /// @param frame its packet, whose IP header is right
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome icmp(Frame frame, int hopsDone) {
        long ip = frame.l3();
        if (Ipv4.payloadLength(ip) < Icmp.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Checksum.isIcmpValid(ip)) {
            return Outcome.BAD_ICMP_CHECKSUM;
        }
        int type = Icmp.type(Ipv4.payload(ip));
        long destination = Ipv4.destinationLow(ip);
        boolean here = arrivals.isHere(0, destination, frame.device());
        if (type == Icmp.TYPE_ECHO_REQUEST && here) {
            answers.echoReply(frame);
            return null;
        }
        if (Icmp.isTranslated(type, Icmp.code(Ipv4.payload(ip)))) {
            Outcome outcome = translator.translate(frame, hopsDone);
            if (outcome != Outcome.ICMP_IGNORED) {
                return outcome;
            }
        }
        boolean ours = here || isRoutedToUs(destination);
        return ours ? Outcome.ICMP_IGNORED : Outcome.NOT_LOCAL;
    }

    /// Ends a packet of a protocol that no service can have.
    ///
    /// @param frame its packet, whose IP header is right
    Outcome unknownProtocol(Frame frame) {
        long destination = Ipv4.destinationLow(frame.l3());
        if (arrivals.isHere(0, destination, frame.device()) || isRoutedToUs(destination)) {
            rejection.unknownProtocol(frame);
        }
        return Outcome.UNKNOWN_PROTOCOL;
    }

    /// A virtual address need not be an interface address: routers may know that it is here.
    private boolean isRoutedToUs(long address) {
        return context.services().isVirtualAddress(0, address)
                && !context.stack().view().isOwn(0, address);
    }
}
