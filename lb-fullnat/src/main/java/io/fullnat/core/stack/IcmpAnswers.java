// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;

/// What the balancer says about packets it cannot forward, where a router or host would: echo
/// replies, ICMP errors (RFC 792, RFC 1812 §4.3.2, RFC 1191), TCP resets (RFC 9293 §3.5.2). All but
/// echo replies are rate limited ([AnswerLimits]).
public final class IcmpAnswers {
    /// An error quotes the packet as far as it fits into 576 bytes (RFC 1812 §4.3.2.3).
    private static final int MAX_ERROR = 576;

    private final StackContext context;
    private final LinkAnswers answers;
    private final AnswerLimits limits;

    /// The answers of one worker.
    ///
    /// @param context of the worker
    /// @param limits of the worker
    public IcmpAnswers(StackContext context, AnswerLimits limits) {
        this.context = context;
        this.limits = limits;
        answers = new LinkAnswers(context);
    }

    /// Answers an echo request in its own buffer.
    ///
    /// @param frame with a well-formed ICMP echo request; its buffer is used up
    public void echoReply(Frame frame) {
        long ip = frame.l3();
        long icmp = Ipv4.payload(ip);
        int source = Ipv4.source(ip);
        Ipv4.source(ip, Ipv4.destination(ip));
        Ipv4.destination(ip, source);
        Ipv4.timeToLive(ip, Ipv4.DEFAULT_TIME_TO_LIVE);
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        Icmp.type(icmp, Icmp.TYPE_ECHO_REPLY);
        // Summed up anew: of a message of zeros a corrected checksum would be 0, which is wrong.
        Icmp.checksum(icmp, Checksum.icmp(ip));
        answers.sendBack(frame);
        context.counters().end(Outcome.ECHO_ANSWERED, frame.buffer());
    }

    /// Tells the source of a packet without a connection that it cannot be delivered; the packet
    /// stays the caller's.
    ///
    /// @param frame with a well-formed IPv4 packet
    /// @param code why
    /// @param servicePort to which it was sent; 0 if there is no service
    public void unreachable(Frame frame, int code, int servicePort) {
        if (deservesError(frame) && isErrorGranted(frame, servicePort)) {
            send(frame, Icmp.TYPE_DESTINATION_UNREACHABLE, code, 0);
        }
    }

    /// Tells the source of a packet without a connection that its time to live ended here; the
    /// packet stays the caller's.
    ///
    /// @param frame with a well-formed IPv4 packet
    /// @param servicePort to which it was sent
    public void timeExceeded(Frame frame, int servicePort) {
        if (deservesError(frame) && isErrorGranted(frame, servicePort)) {
            send(frame, Icmp.TYPE_TIME_EXCEEDED, Icmp.CODE_EXCEEDED_IN_TRANSIT, 0);
        }
    }

    /// Sends an ICMP error about a packet of a known connection to its source; the packet stays the
    /// caller's.
    ///
    /// @param frame with a well-formed IPv4 packet
    /// @param type of the error
    /// @param code of the error
    /// @param rest the four bytes behind the checksum, such as a next-hop MTU
    public void errorToPeer(Frame frame, int type, int code, int rest) {
        if (!deservesError(frame)) {
            return;
        }
        if (limits.takeErrorToPeer(0, Ipv4.sourceLow(frame.l3()))) {
            send(frame, type, code, rest);
        }
    }

    private boolean isErrorGranted(Frame frame, int servicePort) {
        long ip = frame.l3();
        return limits.takeError(0, Ipv4.sourceLow(ip), destination(ip, servicePort));
    }

    private static long destination(long ip, int servicePort) {
        return (Ipv4.destination(ip) & 0xFFFF_FFFFL) << 24
                | (long) servicePort << 8
                | Ipv4.protocol(ip);
    }

    private void send(Frame frame, int type, int code, int rest) {
        long offender = frame.l3();
        int quoted =
                Math.min(
                        Ipv4.totalLength(offender),
                        MAX_ERROR - Ipv4.MIN_HEADER_LENGTH - Icmp.HEADER_LENGTH);
        int length = Ipv4.MIN_HEADER_LENGTH + Icmp.HEADER_LENGTH + quoted;
        long ip = answers.startAnswer(frame);
        if (ip == 0) {
            return;
        }
        long icmp = ip + Ipv4.MIN_HEADER_LENGTH;
        Memory.copy(offender, icmp + Icmp.HEADER_LENGTH, quoted);
        Icmp.writeHeader(icmp, type, code, rest);
        writeIpHeader(frame, ip, length, Ipv4.PROTOCOL_ICMP, ownSource(frame));
        Icmp.checksum(icmp, Checksum.icmp(ip));
        answers.send(frame.port(), ip, length, Counter.ICMP_ERRORS);
    }

    /// Resets the connection that a received TCP segment believes in; the packet stays the
    /// caller's.
    ///
    /// @param frame with a well-formed TCP segment over IPv4
    /// @param servicePort to which it was sent; 0 if there is no service
    public void reset(Frame frame, int servicePort) {
        long offender = frame.l3();
        long segment = Ipv4.payload(offender);
        if (!ResetSegment.isDue(segment) || !deservesAnswer(frame)) {
            return;
        }
        long source = Ipv4.sourceLow(offender);
        if (!limits.takeReset(0, source, destination(offender, servicePort))) {
            return;
        }
        long ip = answers.startAnswer(frame);
        if (ip == 0) {
            return;
        }
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        ResetSegment.write(l4, segment, Ipv4.payloadLength(offender) - Tcp.headerLength(segment));
        int length = Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;
        writeIpHeader(frame, ip, length, Ipv4.PROTOCOL_TCP, Ipv4.destination(offender));
        Tcp.checksum(l4, Checksum.transport(ip));
        answers.send(frame.port(), ip, length, Counter.TCP_RESETS);
    }

    private static void writeIpHeader(Frame frame, long ip, int length, int protocol, int source) {
        int destination = Ipv4.source(frame.l3());
        Ipv4.writeHeader(ip, length, Ipv4.DEFAULT_TIME_TO_LIVE, protocol, source, destination);
    }

    /// An own address of the device on which the packet came; for want of one, the address it was
    /// sent to.
    private int ownSource(Frame frame) {
        long offender = frame.l3();
        if (context.view().isOwn(0, Ipv4.destinationLow(offender))) {
            return Ipv4.destination(offender);
        }
        NetworkView.Own own = context.view().sourceFor(frame.device(), 0, Ipv4.sourceLow(offender));
        return own == null ? Ipv4.destination(offender) : (int) own.low();
    }

    /// Nothing is said to group addresses or about later fragments (RFC 1812 §4.3.2.7).
    private static boolean deservesAnswer(Frame frame) {
        long ip = frame.l3();
        return !Ethernet.isGroup(frame.l2())
                && Ipv4.fragmentOffset(ip) == 0
                && Addresses.isUnicast(0, Ipv4.sourceLow(ip))
                && Addresses.isUnicast(0, Ipv4.destinationLow(ip));
    }

    private static boolean deservesError(Frame frame) {
        return deservesAnswer(frame) && !isIcmpError(frame.l3());
    }

    private static boolean isIcmpError(long ip) {
        return Ipv4.protocol(ip) == Ipv4.PROTOCOL_ICMP
                && (Ipv4.payloadLength(ip) < Icmp.HEADER_LENGTH
                        || Icmp.isError(Icmp.type(Ipv4.payload(ip))));
    }
}
