// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// The TCP and UDP stage of the slow path: the header, then the connection, which is found or
/// opened. For the worker's thread.
final class TransportInput {
    private final Family family;
    private final SessionStart sessions;
    private final Forwarder forwarder;

    TransportInput(Family family, SessionStart sessions, Forwarder forwarder) {
        this.family = family;
        this.sessions = sessions;
        this.forwarder = forwarder;
    }

    /// Receives a TCP segment.
    ///
    /// @param frame its packet, whose IP header is right
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome tcp(Frame frame, int hopsDone) {
        long ip = frame.l3();
        int available = family.transportLength(ip);
        if (available < Tcp.MIN_HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Tcp.isWellFormed(family.transport(ip), available)) {
            return Outcome.MALFORMED;
        }
        return forward(frame, hopsDone);
    }

    /// Receives a UDP datagram.
    ///
    /// @param frame its packet, whose IP header is right
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome udp(Frame frame, int hopsDone) {
        long ip = frame.l3();
        int available = family.transportLength(ip);
        if (available < Udp.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        long l4 = family.transport(ip);
        if (!Udp.isWellFormed(l4, available)) {
            return Outcome.MALFORMED;
        }
        if (Udp.checksum(l4) == Udp.NO_CHECKSUM && family.needsUdpChecksum()) {
            return Outcome.NO_UDP_CHECKSUM;
        }
        return forward(frame, hopsDone);
    }

    private @Nullable Outcome forward(Frame frame, int hopsDone) {
        long ip = frame.l3();
        long hash = family.hash(ip);
        long flow = family.find(ip, hash);
        if (flow != 0 && !sessions.isReplaced(flow, ip)) {
            return forwarder.forward(frame, flow);
        }
        flow = sessions.open(frame, hash, hopsDone);
        if (flow == 0) {
            return sessions.ended();
        }
        Outcome refusal = forwarder.forward(frame, flow);
        if (refusal != null) {
            sessions.giveUp(flow);
        }
        return refusal;
    }
}
