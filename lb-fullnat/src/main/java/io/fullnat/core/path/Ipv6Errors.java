// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.Icmpv6Answers;

/// Errors about packets of IPv6 (RFC 4443 §3).
final class Ipv6Errors implements ErrorAnswers {
    private final Icmpv6Answers answers;
    private final Ipv6Chain chain;

    /// @param chain of the packet in hand
    Ipv6Errors(Icmpv6Answers answers, Ipv6Chain chain) {
        this.answers = answers;
        this.chain = chain;
    }

    /// What nobody speaks is a next header that is not known; "no next header" asks for nothing.
    @Override
    public void unreachable(Frame frame, Unreachable what, int servicePort) {
        if (what != Unreachable.PROTOCOL) {
            answers.unreachable(frame, code(what), servicePort);
        } else if (chain.protocol() != Ipv6.NEXT_HEADER_NONE) {
            answers.unknownProtocol(frame);
        }
    }

    private static int code(Unreachable what) {
        return switch (what) {
            case ROUTE -> Icmpv6.CODE_NO_ROUTE;
            case HOST -> Icmpv6.CODE_ADDRESS_UNREACHABLE;
            case PROHIBITED -> Icmpv6.CODE_ADMINISTRATIVELY_PROHIBITED;
            case PORT, PROTOCOL -> Icmpv6.CODE_PORT_UNREACHABLE;
        };
    }

    /// Says what is wrong with the headers of the packet in hand, if its source is to hear that.
    void problem(Frame frame) {
        if (chain.problemCode() != Ipv6Chain.SILENT) {
            answers.parameterProblem(frame, chain.problemCode(), chain.problemPointer());
        }
    }

    @Override
    public void timeExceeded(Frame frame, int servicePort) {
        answers.timeExceeded(frame, servicePort);
    }

    @Override
    public void reset(Frame frame, int servicePort) {
        answers.reset(frame, servicePort);
    }

    @Override
    public void unreachableToPeer(Frame frame, Unreachable what) {
        answers.errorToPeer(frame, Icmpv6.TYPE_DESTINATION_UNREACHABLE, code(what), 0);
    }

    @Override
    public void timeExceededToPeer(Frame frame) {
        int type = Icmpv6.TYPE_TIME_EXCEEDED;
        answers.errorToPeer(frame, type, Icmpv6.CODE_EXCEEDED_IN_TRANSIT, 0);
    }

    @Override
    public void tooBigToPeer(Frame frame, int mtu) {
        answers.errorToPeer(frame, Icmpv6.TYPE_PACKET_TOO_BIG, 0, mtu);
    }
}
