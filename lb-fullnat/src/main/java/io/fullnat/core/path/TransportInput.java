// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
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
    private final ServerHandshakes handshakes;
    private final ServerAnswers answers;
    private final SynProxyInput proxy;

    TransportInput(
            Family family,
            SessionStart sessions,
            Forwarder forwarder,
            ServerHandshakes handshakes,
            ServerAnswers answers,
            SynProxyInput proxy) {
        this.family = family;
        this.sessions = sessions;
        this.forwarder = forwarder;
        this.handshakes = handshakes;
        this.answers = answers;
        this.proxy = proxy;
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
        if (flow != 0 && isPending(flow)) {
            return pending(frame, flow);
        }
        if (flow != 0 && proxy.takes(flow, ip)) {
            return proxy.receive(frame, hash, flow);
        }
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

    /// Receives a packet of a connection whose handshake is under way, which may end by it.
    private @Nullable Outcome pending(Frame frame, long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        int owner =
                Memory.getInt(ConnectionLayout.entryOf(flow, direction) + ConnectionLayout.OWNER);
        Outcome outcome =
                direction == INBOUND
                        ? handshakes.receive(frame, flow)
                        : answers.receive(frame, flow);
        if (outcome != null) {
            sessions.refused(owner, outcome);
        }
        return outcome;
    }

    /// Whether the balancer itself still shakes hands with the real server of a flow.
    static boolean isPending(long flow) {
        return ConnectionLayout.isPending(
                ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION)));
    }
}
