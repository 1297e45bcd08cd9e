// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.Icmpv6Answers;

/// Errors about packets of IPv6 (RFC 4443 §3).
final class Ipv6Errors implements ErrorAnswers {
    private final Icmpv6Answers answers;

    Ipv6Errors(Icmpv6Answers answers) {
        this.answers = answers;
    }

    @Override
    public void unreachable(Frame frame, Unreachable what, int servicePort) {
        switch (what) {
            case HOST ->
                    answers.unreachable(frame, Icmpv6.CODE_ADDRESS_UNREACHABLE, servicePort);
            case PORT -> answers.unreachable(frame, Icmpv6.CODE_PORT_UNREACHABLE, servicePort);
            case PROHIBITED ->
                    answers.unreachable(
                            frame, Icmpv6.CODE_ADMINISTRATIVELY_PROHIBITED, servicePort);
            case PROTOCOL -> answers.unknownProtocol(frame);
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
    public void hostUnreachableToPeer(Frame frame) {
        int type = Icmpv6.TYPE_DESTINATION_UNREACHABLE;
        answers.errorToPeer(frame, type, Icmpv6.CODE_ADDRESS_UNREACHABLE, 0);
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
