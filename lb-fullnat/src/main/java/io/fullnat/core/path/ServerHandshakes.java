// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.Handshakes;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.translate.TcpOptions;
import org.jspecify.annotations.Nullable;

/// Shakes hands with real servers for clients of one family that have answered a SYN cookie: the
/// half of the SYN proxy that keeps something.
///
/// The SYN of the client is written anew, and goes the way of any SYN from there: it is scheduled,
/// gets its entry, and is translated to the real server with all that its service does to SYNs.
/// Meanwhile nothing of the connection is passed on: the client's data are held, as far as there is
/// room, and acknowledged by nobody but the server. Once that has answered, its numbers are moved
/// to those of the cookie, the client's acknowledgement is written anew as well, and the connection
/// is one like others.
///
/// A server that refuses, or does not answer in time, is one to a client that believes to be
/// connected: it is reset, with the number that it expects. For the worker's thread.
final class ServerHandshakes implements AutoCloseable {
    private final FlowContext context;
    private final StackContext stack;
    private final Handshakes handshakes;
    private final Family family;
    private final Forwarder forwarder;
    private final ErrorAnswers errors;
    private final ConnectionOpener opener;
    private final HandshakeSegments segments;
    private final Region draft = Region.allocate(HandshakeRecord.LENGTH, "a handshake");

    // Of the segment that was read last; a FIN counts as a byte.
    private int flags;
    private int sequence;
    private int length;

    ServerHandshakes(
            FlowContext context,
            Family family,
            Forwarder forwarder,
            ErrorAnswers errors,
            ConnectionOpener opener,
            HandshakeSegments segments) {
        this.context = context;
        stack = context.stack();
        handshakes = context.handshakes();
        this.family = family;
        this.forwarder = forwarder;
        this.errors = errors;
        this.opener = opener;
        this.segments = segments;
    }

    /// Opens the connection of a client that has acknowledged a cookie, and asks its real server.
    ///
    /// @param frame with the acknowledgement
    /// @param hash of its key
    /// @param service to which it was sent
    /// @param terms on which the client and the cookie have agreed
    /// @return how the acknowledgement ended; null if its buffer has gone its way
    @Nullable Outcome begin(Frame frame, long hash, ServiceEntry service, CookieTerms terms) {
        long ip = frame.l3();
        if (family.hopLimit(ip) <= 1) {
            errors.timeExceeded(frame, service.answerPort());
            return Outcome.TTL_EXPIRED;
        }
        Outcome refusal = context.trafficLimits().refusal(service, family.totalLength(ip));
        if (refusal != null) {
            return refusal;
        }
        HandshakeRecord.terms(draft.address(), terms);
        HandshakeRecord.origin(draft.address(), frame, family.transport(ip));
        read(ip);
        Frame syn = segments.syn(draft.address());
        if (syn == null) {
            return Outcome.NO_BUFFER;
        }
        refusal = open(syn, hash, service);
        if (refusal != null) {
            if (refusal != Outcome.LOCAL_ADDRESS_NOT_READY) {
                errors.reset(frame, service.answerPort());
            }
            return refusal;
        }
        context.synProxies().acknowledged(service.slot());
        return ask(handshakes.begin(opener.flow(), draft.address()), syn, frame);
    }

    /// Keeps of a segment what is asked for when another one has been in hand.
    private void read(long ip) {
        long l4 = family.transport(ip);
        flags = Tcp.flags(l4);
        sequence = Tcp.sequence(l4);
        int fin = (flags & Tcp.FIN) != 0 ? 1 : 0;
        length = family.transportLength(ip) - Tcp.headerLength(l4) + fin;
    }

    private @Nullable Outcome open(Frame syn, long hash, ServiceEntry service) {
        boolean opened = false;
        try {
            family.takePlain(syn.l3());
            Outcome refusal = family.open(opener, syn.l3(), hash, service, syn.device());
            opened = refusal == null;
            return refusal;
        } finally {
            if (!opened) {
                stack.pool().free(syn.buffer());
            }
        }
    }

    /// Sends the first SYN to the real server. If the next hop on the way is not known, the
    /// client's segment waits for that, and asks again.
    private @Nullable Outcome ask(long record, Frame syn, Frame frame) {
        long entry = HandshakeRecord.entry(record);
        long buffer = syn.buffer();
        boolean gone = false;
        Outcome refusal;
        try {
            family.takePlain(syn.l3());
            refusal = forwarder.checkLink(syn, entry);
            if (refusal == null && !forwarder.isUsable()) {
                refusal = forwarder.waitFor(frame);
                if (refusal == null) {
                    HandshakeRecord.waiting(record, frame.buffer());
                    return null;
                }
                if (refusal == Outcome.NEIGHBOUR_QUEUE_FULL) {
                    handshakes.trySoon(record);
                    return keep(record, frame);
                }
            } else if (refusal == null) {
                show(syn);
                refusal = forwarder.forwardOwn(syn, entry);
                gone = refusal == null;
            }
        } finally {
            if (!gone) {
                drop(buffer);
            }
        }
        if (refusal != null) {
            context.life().end(entry);
            return refusal;
        }
        HandshakeRecord.sent(record);
        return keep(record, frame);
    }

    /// Asks a real server again that has not answered in time.
    ///
    /// @param record of the handshake
    void retry(long record) {
        if (!Handshakes.mayTryAgain(record)) {
            context.life().unanswered(HandshakeRecord.entry(record));
            return;
        }
        handshakes.tryAgain(record);
        Frame syn = segments.syn(record);
        if (syn == null) {
            return;
        }
        if (sendOwn(syn, HandshakeRecord.entry(record))) {
            stack.counters()
                    .count(Counter.SYN_PROXY_REPEATED, HandshakeRecord.isSent(record) ? 1 : 0);
            HandshakeRecord.sent(record);
        } else if (!HandshakeRecord.isSent(record) && Handshakes.hasWaitedLong(record)) {
            context.life().unanswered(HandshakeRecord.entry(record)); // nobody is there
        }
    }

    /// Receives a segment of a client whose real server has not answered yet.
    ///
    /// @param frame with the segment
    /// @param entry of its connection, which is pending
    /// @return how it ended; null if its buffer has gone its way
    @Nullable Outcome receive(Frame frame, long entry) {
        long record = handshakes.of(entry);
        long ip = frame.l3();
        if (!family.isSumRight(ip)) {
            return Outcome.BAD_TCP_CHECKSUM; // what it says goes to the server in other segments
        }
        long l4 = family.transport(ip);
        read(ip);
        int start = HandshakeRecord.clientSequence(record) + 1;
        if ((flags & Tcp.RST) != 0) {
            if (sequence != start && sequence != HandshakeRecord.end(record)) {
                return Outcome.SYN_PROXY_MISFIT;
            }
            handshakes.abandon(record);
            context.life().end(entry);
            return Outcome.SYN_PROXY;
        }
        if ((flags & (Tcp.SYN | Tcp.ACK)) != Tcp.ACK) {
            return Outcome.SYN_PROXY_MISFIT;
        }
        int ahead = sequence - start;
        if (Tcp.acknowledgement(l4) != HandshakeRecord.cookie(record) + 1) {
            errors.reset(frame, 0);
            return Outcome.SYN_PROXY_MISFIT;
        }
        if (ahead < 0 || ahead > CookieTerms.WINDOW) {
            return Outcome.SYN_PROXY_MISFIT;
        }
        note(record, l4);
        boolean again = HandshakeRecord.waiting(record) == frame.buffer();
        if (!again || HandshakeRecord.isSent(record)) {
            return keep(record, frame);
        }
        HandshakeRecord.waiting(record, 0);
        Frame syn = segments.syn(record);
        return syn == null ? Outcome.NO_BUFFER : ask(record, syn, frame);
    }

    private static void note(long record, long l4) {
        HandshakeRecord.window(record, Tcp.window(l4));
        int at = HandshakeRecord.hasTimestamps(record) ? TcpOptions.timestamps(l4) : 0;
        if (at != 0) {
            int stamp = Memory.getNetworkInt(l4 + at + 2);
            if (stamp - HandshakeRecord.clientTimestamp(record) > 0) {
                HandshakeRecord.clientTimestamp(record, stamp);
            }
        }
    }

    /// Holds a segment that has something for the real server, once.
    private @Nullable Outcome keep(long record, Frame frame) {
        int end = sequence + length;
        int known = HandshakeRecord.end(record);
        if (length == 0 || end - known <= 0) {
            return Outcome.SYN_PROXY;
        }
        if (!handshakes.hold(record, frame.buffer(), frame.l2(), frame.length(), frame.port())) {
            return Outcome.SYN_PROXY_NOT_HELD;
        }
        if (sequence - known <= 0) {
            HandshakeRecord.end(record, end);
        }
        return null;
    }

    /// Sends the acknowledgement of a handshake that is done.
    ///
    /// @param acknowledgement from [HandshakeSegments]; its buffer is used up
    void acknowledge(Frame acknowledgement, long entry) {
        boolean _ = sendOwn(acknowledgement, entry);
    }

    /// Sends a segment, or frees its buffer.
    ///
    /// @return whether it has gone its way
    private boolean sendOwn(Frame segment, long entry) {
        long buffer = segment.buffer();
        boolean gone = false;
        try {
            family.takePlain(segment.l3());
            show(segment);
            gone = forwarder.forwardOwn(segment, entry) == null;
            return gone;
        } finally {
            if (!gone) {
                drop(buffer);
            }
        }
    }

    /// Has a segment captured that is still between client and service.
    private void show(Frame segment) {
        Tap tap = stack.counters().tap();
        if (tap != null) {
            tap.ofClient(segment.buffer(), segment.l2(), segment.length());
        }
    }

    private void drop(long buffer) {
        Tap tap = stack.counters().tap();
        if (tap != null) {
            tap.forget(buffer);
        }
        stack.pool().free(buffer);
    }

    @Override
    public void close() {
        draft.close();
    }
}
