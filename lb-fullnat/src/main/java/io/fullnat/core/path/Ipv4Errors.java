// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.packet.Icmp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;

/// Errors about packets of IPv4 (RFC 792, RFC 1812 §5.2.7).
final class Ipv4Errors implements ErrorAnswers {
    private final IcmpAnswers answers;

    Ipv4Errors(IcmpAnswers answers) {
        this.answers = answers;
    }

    @Override
    public void unreachable(Frame frame, Unreachable what, int servicePort) {
        answers.unreachable(frame, code(what), servicePort);
    }

    private static int code(Unreachable what) {
        return switch (what) {
            case ROUTE, HOST -> Icmp.CODE_HOST_UNREACHABLE;
            case PORT -> Icmp.CODE_PORT_UNREACHABLE;
            case PROTOCOL -> Icmp.CODE_PROTOCOL_UNREACHABLE;
            case PROHIBITED -> Icmp.CODE_ADMINISTRATIVELY_PROHIBITED;
        };
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
        answers.errorToPeer(frame, Icmp.TYPE_DESTINATION_UNREACHABLE, code(what), 0);
    }

    @Override
    public void timeExceededToPeer(Frame frame) {
        int type = Icmp.TYPE_TIME_EXCEEDED;
        answers.errorToPeer(frame, type, Icmp.CODE_EXCEEDED_IN_TRANSIT, 0);
    }

    @Override
    public void tooBigToPeer(Frame frame, int mtu) {
        int type = Icmp.TYPE_DESTINATION_UNREACHABLE;
        answers.errorToPeer(frame, type, Icmp.CODE_FRAGMENTATION_NEEDED, mtu);
    }
}
