// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.Handshakes;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.TcpOptions;

/// What real servers of one family answer to the SYNs of [ServerHandshakes]. For the worker's
/// thread.
///
/// Only a SYN-ACK that acknowledges the SYN exactly, or a reset that does, is an answer (RFC 9293
/// §3.10.7.3). Another acknowledgement is reset, as the client would: a server that still knows an
/// older connection under that tuple forgets it then, and answers the next SYN.
final class ServerAnswers {
    private final FlowContext context;
    private final Handshakes handshakes;
    private final Family family;
    private final Forwarder forwarder;
    private final ErrorAnswers errors;
    private final HandshakeSegments segments;
    private final HandshakeFamilies families;

    ServerAnswers(
            FlowContext context,
            Family family,
            Forwarder forwarder,
            ErrorAnswers errors,
            HandshakeSegments segments,
            HandshakeFamilies families) {
        this.context = context;
        handshakes = context.handshakes();
        this.family = family;
        this.forwarder = forwarder;
        this.errors = errors;
        this.segments = segments;
        this.families = families;
    }

    /// Receives a segment of a real server that was asked.
    ///
    /// @param frame with the segment
    /// @param flow of it, of a connection that is pending
    /// @return how it ended
    Outcome receive(Frame frame, long flow) {
        Outcome astray = Arrivals.refusal(context.stack().view(), flow, frame.device());
        if (astray != null) {
            return astray;
        }
        if (!family.isSumRight(frame.l3())) {
            return Outcome.BAD_TCP_CHECKSUM; // it goes no farther, so nobody else would see that
        }
        long entry = ConnectionLayout.entryOf(flow, OUTBOUND);
        long record = handshakes.of(entry);
        long l4 = family.transport(frame.l3());
        int flags = Tcp.flags(l4);
        boolean exact =
                (flags & Tcp.ACK) != 0
                        && HandshakeRecord.isSent(record)
                        && Tcp.acknowledgement(l4) == expected(entry, record);
        if ((flags & Tcp.RST) != 0) {
            return exact ? refused(frame, flow, record) : Outcome.SYN_PROXY_MISFIT;
        }
        if (exact && (flags & (Tcp.SYN | Tcp.FIN)) == Tcp.SYN) {
            return accepted(frame, flow, record);
        }
        if ((flags & Tcp.ACK) != 0 && !exact) {
            errors.reset(frame, 0);
        }
        return Outcome.SYN_PROXY_MISFIT;
    }

    /// What acknowledges the SYN, in numbers that the real server knows.
    private int expected(long entry, long record) {
        int next = HandshakeRecord.clientSequence(record) + 1;
        return ConnectionLayout.isShifted(entry)
                ? next + (int) context.table().shifts().ofSyn(entry, INBOUND)
                : next;
    }

    private Outcome refused(Frame frame, long flow, long record) {
        long entry = ConnectionLayout.entryOf(flow, OUTBOUND);
        int sequence = Tcp.sequence(family.transport(frame.l3()));
        // What the client still sends is refused by the server in numbers that the client knows.
        context.table().shifts().server(entry, HandshakeRecord.cookie(record) - sequence);
        handshakes.fail(record);
        forwarder.absorb(flow, frame.l3(), frame.device());
        return Outcome.SYN_PROXY;
    }

    /// Both ends are there: from now on numbers are moved between them.
    private Outcome accepted(Frame frame, long flow, long record) {
        long entry = ConnectionLayout.entryOf(flow, OUTBOUND);
        long l4 = family.transport(frame.l3());
        int stamps = TcpOptions.timestamps(l4);
        if (HandshakeRecord.hasTimestamps(record) && stamps == 0) {
            context.stack().counters().count(Counter.SYN_PROXY_UNSUITED);
            errors.reset(frame, 0);
            context.life().end(entry);
            return Outcome.SYN_PROXY;
        }
        PacketLimits limits = forwarder.limits();
        Outcome kept = limits.refuses(flow, OUTBOUND, frame.l3()) ? limits.refusal() : null;
        if (kept != null) {
            return kept;
        }
        Frame acknowledgement = segments.acknowledgement(record);
        if (acknowledgement == null) {
            return Outcome.NO_BUFFER; // the server repeats its SYN-ACK
        }
        move(entry, record, l4, stamps);
        int held = handshakes.end(record);
        try {
            absorb(frame, flow, acknowledgement.buffer());
            families.of(entry).acknowledge(acknowledgement, entry);
            context.stack().counters().count(Counter.SYN_PROXY_ESTABLISHED);
        } finally {
            handshakes.release(held, families.receiver());
        }
        return Outcome.SYN_PROXY;
    }

    /// @param buffer of the acknowledgement, which is not sent if a modifier fails
    private void absorb(Frame frame, long flow, long buffer) {
        boolean absorbed = false;
        try {
            forwarder.absorb(flow, frame.l3(), frame.device());
            absorbed = true;
        } finally {
            if (!absorbed) {
                context.stack().pool().free(buffer);
            }
        }
    }

    private void move(long entry, long record, long l4, int stamps) {
        SequenceShifts shifts = context.table().shifts();
        shifts.server(entry, HandshakeRecord.cookie(record) - Tcp.sequence(l4));
        if (HandshakeRecord.hasTimestamps(record)) {
            int stamp = Memory.getNetworkInt(l4 + stamps + 2);
            shifts.timestamps(entry, 0, HandshakeRecord.ownTimestamp(record) - stamp);
        }
        int client = HandshakeRecord.clientScale(record);
        if (client == CookieTerms.NO_SCALE) {
            return;
        }
        int scale = TcpOptions.windowScale(l4);
        int own = HandshakeRecord.ownScale(record);
        if (scale < 0) { // the server has none, and believes that the client has none
            shifts.windows(entry, client, -own);
        } else {
            shifts.windows(entry, 0, scale - own);
        }
    }
}
