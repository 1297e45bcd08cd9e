// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Tcp;
import org.jspecify.annotations.Nullable;

/// What the balancer says about packets of IPv6 that it cannot forward, as [IcmpAnswers] does of
/// IPv4: echo replies, ICMPv6 errors (RFC 4443), TCP resets. All are rate limited ([AnswerLimits]).
/// They go back the way the packet came, so that they need neither route nor neighbour.
public final class Icmpv6Answers {
    /// An error is no longer than every link takes (RFC 4443 §2.4 (c)).
    private static final int MAX_ERROR = Ipv6.MIN_MTU;

    private static final int HEADERS = Ipv6.HEADER_LENGTH + Icmpv6.HEADER_LENGTH;
    private static final int NOT_ZERO = 1 << 30;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final StackContext context;
    private final AddressStates states;
    private final AnswerLimits limits;
    private final LinkAnswers answers;
    private final Ipv6Chain offending = new Ipv6Chain();

    /// The answers of one worker.
    ///
    /// @param context of the worker
    /// @param states of own addresses, of all workers
    /// @param limits of the worker
    public Icmpv6Answers(StackContext context, AddressStates states, AnswerLimits limits) {
        this.context = context;
        this.states = states;
        this.limits = limits;
        answers = new LinkAnswers(context);
    }

    /// Answers an echo request in its own buffer, without its extension headers.
    ///
    /// @param frame with an echo request to one address, whose checksum is right
    /// @param chain its headers
    /// @return null if its buffer has gone its way and is counted; else how the packet ended
    public @Nullable Outcome echoReply(Frame frame, Ipv6Chain chain) {
        long peerHigh = Ipv6.sourceHigh(frame.l3());
        long peerLow = Ipv6.sourceLow(frame.l3());
        if (!deservesAnswer(frame)
                || !limits.takeEcho(peerHigh, peerLow, destination(frame.l3(), 0))) {
            return Outcome.ICMP_IGNORED;
        }
        int surplus = chain.extensionLength();
        int length = chain.transportLength();
        if (surplus > 0) {
            int headers = frame.headerLength() + Ipv6.HEADER_LENGTH;
            Memory.copy(frame.l2(), frame.l2() + surplus, headers);
            frame.moveTo(frame.l3() + surplus);
        }
        long ip = frame.l3();
        long icmp = ip + Ipv6.HEADER_LENGTH;
        Ipv6.writeHeader(
                ip,
                length,
                Ipv6.DEFAULT_HOP_LIMIT,
                Ipv6.NEXT_HEADER_ICMP,
                Ipv6.destinationHigh(ip),
                Ipv6.destinationLow(ip),
                peerHigh,
                peerLow);
        Icmpv6.type(icmp, Icmpv6.TYPE_ECHO_REPLY);
        sumUp(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length);
        answers.sendBack(frame);
        context.counters().end(Outcome.ECHO_ANSWERED, frame.buffer());
        return null;
    }

    /// Tells the source of a packet without a connection that it cannot be delivered; the packet
    /// stays the caller's.
    ///
    /// @param frame with a packet whose headers are right
    /// @param code why, of [Icmpv6#TYPE_DESTINATION_UNREACHABLE]
    /// @param servicePort to which it was sent; 0 if there is no service
    public void unreachable(Frame frame, int code, int servicePort) {
        error(frame, Icmpv6.TYPE_DESTINATION_UNREACHABLE, code, 0, servicePort);
    }

    /// Tells the source of a packet without a connection that its hop limit ended here; the packet
    /// stays the caller's.
    ///
    /// @param frame with a packet whose headers are right
    /// @param servicePort to which it was sent
    public void timeExceeded(Frame frame, int servicePort) {
        int code = Icmpv6.CODE_EXCEEDED_IN_TRANSIT;
        error(frame, Icmpv6.TYPE_TIME_EXCEEDED, code, 0, servicePort);
    }

    /// Tells the source of a packet what is wrong with it; the packet stays the caller's.
    ///
    /// @param frame with a packet whose IPv6 header is right
    /// @param code of [Icmpv6#TYPE_PARAMETER_PROBLEM]
    /// @param pointer bytes from the IPv6 header to what is wrong
    public void parameterProblem(Frame frame, int code, int pointer) {
        error(frame, Icmpv6.TYPE_PARAMETER_PROBLEM, code, pointer, 0);
    }

    /// Tells the source of a packet that its protocol is not known (RFC 8200 §4); the packet stays
    /// the caller's.
    ///
    /// @param frame with a packet whose headers are right
    public void unknownProtocol(Frame frame) {
        offending.walkQuoted(frame.l3(), frame.l3Length());
        parameterProblem(frame, Icmpv6.CODE_UNKNOWN_NEXT_HEADER, offending.protocolPointer());
    }

    private void error(Frame frame, int type, int code, int rest, int servicePort) {
        long ip = frame.l3();
        if (deservesError(frame)
                && limits.takeError(
                        Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip), destination(ip, servicePort))) {
            send(frame, type, code, rest);
        }
    }

    /// Sends an ICMPv6 error about a packet of a known connection to its source; the packet stays
    /// the caller's.
    ///
    /// @param frame with a packet whose headers are right
    /// @param type of the error
    /// @param code of the error
    /// @param rest the four bytes behind the checksum, such as the MTU of "packet too big"
    public void errorToPeer(Frame frame, int type, int code, int rest) {
        long ip = frame.l3();
        if (deservesError(frame)
                && limits.takeErrorToPeer(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip))) {
            send(frame, type, code, rest);
        }
    }

    /// Resets the connection that a received TCP segment believes in; the packet stays the
    /// caller's.
    ///
    /// @param frame with a packet whose headers are right, of TCP
    /// @param servicePort to which it was sent; 0 if there is no service
    public void reset(Frame frame, int servicePort) {
        long offender = frame.l3();
        if (!deservesAnswer(frame)
                || offending.protocol() != Ipv4.PROTOCOL_TCP
                || !Tcp.isWellFormed(offending.transport(), offending.transportLength())
                || !ResetSegment.isDue(offending.transport())
                || !limits.takeReset(
                        Ipv6.sourceHigh(offender),
                        Ipv6.sourceLow(offender),
                        destination(offender, servicePort))) {
            return;
        }
        long ip = answers.startAnswer(frame);
        if (ip == 0) {
            return;
        }
        long segment = offending.transport();
        long l4 = ip + Ipv6.HEADER_LENGTH;
        int length = Tcp.MIN_HEADER_LENGTH;
        ResetSegment.write(l4, segment, offending.transportLength() - Tcp.headerLength(segment));
        writeIpHeader(
                offender,
                ip,
                length,
                Ipv4.PROTOCOL_TCP,
                Ipv6.destinationHigh(offender),
                Ipv6.destinationLow(offender));
        Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, length));
        answers.send(frame.port(), ip, Ipv6.HEADER_LENGTH + length, Counter.TCP_RESETS);
    }

    private void send(Frame frame, int type, int code, int rest) {
        long offender = frame.l3();
        NetworkView.Own own = ownSource(frame);
        if (own != null && !isValid(own)) {
            own = another(own);
            if (own == null) {
                return;
            }
        }
        int available = Math.min(Ipv6.totalLength(offender), frame.l3Length());
        int quoted = Math.min(available, MAX_ERROR - HEADERS);
        long ip = answers.startAnswer(frame);
        if (ip == 0) {
            return;
        }
        long icmp = ip + Ipv6.HEADER_LENGTH;
        int length = Icmpv6.HEADER_LENGTH + quoted;
        Memory.copy(offender, icmp + Icmpv6.HEADER_LENGTH, quoted);
        Icmpv6.writeHeader(icmp, type, code, rest);
        long high = own == null ? Ipv6.destinationHigh(offender) : own.high();
        long low = own == null ? Ipv6.destinationLow(offender) : own.low();
        writeIpHeader(offender, ip, length, Ipv6.NEXT_HEADER_ICMP, high, low);
        sumUp(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length);
        answers.send(frame.port(), ip, Ipv6.HEADER_LENGTH + length, Counter.ICMP_ERRORS);
    }

    private static void sumUp(long ip, int protocol, long icmp, int length) {
        Icmpv6.checksum(icmp, Checksum.transport6(ip, protocol, icmp, length));
    }

    private static void writeIpHeader(
            long offender, long ip, int length, int protocol, long high, long low) {
        Ipv6.writeHeader(
                ip,
                length,
                Ipv6.DEFAULT_HOP_LIMIT,
                protocol,
                high,
                low,
                Ipv6.sourceHigh(offender),
                Ipv6.sourceLow(offender));
    }

    /// The address that a packet was sent to, if it is ours (RFC 4443 §2.2 (a)): null. Else one of
    /// the device on which it came; null for want of one that the source can hear of.
    private NetworkView.@Nullable Own ownSource(Frame frame) {
        long offender = frame.l3();
        long high = Ipv6.destinationHigh(offender);
        long low = Ipv6.destinationLow(offender);
        if (context.view().isOwnOf(frame.device(), high, low) || context.view().isOwn(high, low)) {
            return null;
        }
        long peerHigh = Ipv6.sourceHigh(offender);
        NetworkView.Own own =
                context.view().sourceFor(frame.device(), peerHigh, Ipv6.sourceLow(offender));
        boolean isHeardOf =
                own != null
                        && (Addresses.isLinkLocal(peerHigh) || !Addresses.isLinkLocal(own.high()));
        return isHeardOf ? own : null;
    }

    /// Another address of the same device and scope that may be spoken from; null if there is none.
    private NetworkView.@Nullable Own another(NetworkView.Own first) {
        for (NetworkView.Own own : context.view().ipv6()) {
            boolean sameScope =
                    Addresses.isLinkLocal(own.high()) == Addresses.isLinkLocal(first.high());
            if (own.device() == first.device() && sameScope && isValid(own)) {
                return own;
            }
        }
        return null;
    }

    private boolean isValid(NetworkView.Own own) {
        return states.isValid(own.device(), own.high(), own.low());
    }

    /// What a packet was sent to, as one number.
    private static long destination(long ip, int servicePort) {
        long mixed = ((Ipv6.destinationHigh(ip) * SPREAD) ^ Ipv6.destinationLow(ip)) * SPREAD;
        int what = NOT_ZERO | (servicePort << 8) | Ipv6.nextHeader(ip);
        return (mixed & ~0xFFFF_FFFFL) | what;
    }

    /// Nothing is said to groups or from them, to nobody, or about later fragments (RFC 4443 §2.4
    /// (e.3) to (e.6)); the exceptions that the RFC allows are not used. Nor about packets to an
    /// own address that may be another station's (RFC 4862 §5.4). What is known of the packet's
    /// headers stands in [#offending] then.
    private boolean deservesAnswer(Frame frame) {
        long ip = frame.l3();
        offending.walkQuoted(ip, frame.l3Length());
        return !Ethernet.isGroup(frame.l2())
                && offending.fragmentOffset() == 0
                && Addresses.isUnicast(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip))
                && Addresses.isUnicast(Ipv6.destinationHigh(ip), Ipv6.destinationLow(ip))
                && mayBeSpokenFrom(
                        frame.device(), Ipv6.destinationHigh(ip), Ipv6.destinationLow(ip));
    }

    private boolean mayBeSpokenFrom(int device, long high, long low) {
        NetworkView view = context.view();
        int of = view.isOwnOf(device, high, low) ? device : view.ownDevice(high, low);
        return of == NetworkView.NONE || states.isValid(of, high, low);
    }

    /// Nor is anything said about errors and redirects (RFC 4443 §2.4 (e.1), (e.2)).
    private boolean deservesError(Frame frame) {
        return deservesAnswer(frame)
                && (offending.protocol() != Ipv6.NEXT_HEADER_ICMP
                        || (offending.transportLength() >= Icmpv6.HEADER_LENGTH
                                && !Icmpv6.forbidsErrors(Icmpv6.type(offending.transport()))));
    }
}
