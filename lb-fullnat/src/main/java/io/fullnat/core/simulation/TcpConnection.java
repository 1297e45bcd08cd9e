// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;

/// One TCP connection of a [SimulatedHost]. Belongs to the host's thread.
///
/// The unacknowledged part of the send stream starts at `unacknowledged`; `next` goes back to it
/// when the timer runs out or the path's MTU shrinks, and everything from there is sent again.
/// Three equal acknowledgements repeat the first segment of it, or with SACK what is missing, a
/// segment each. A SYN and a FIN take one number each, before and behind the bytes of `toSend`.
public final class TcpConnection {
    private static final long TIME_WAIT_NS = 1_000_000_000L;
    private static final int PAUSE_NS = 1_000_000_000;
    private static final int EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS = 3;

    /// How many connections the host had before this one.
    final long number;

    private final SimulatedTcp tcp;
    private final Endpoint local;
    private final Endpoint peer;
    private final TcpApplication application;
    private final SendQueue toSend = new SendQueue();
    private final AgreedOptions options;
    private final ReceivedStream received;
    private final RetransmissionTimer timer = new RetransmissionTimer();
    private final boolean cutsAnew;
    private TcpState state;
    private int unacknowledged;
    private int next;
    private int highest;
    private int peerWindow;
    private boolean closing;
    private boolean ended;
    private int equalAcknowledgements;
    private int repeated;

    TcpConnection(
            SimulatedTcp tcp,
            Endpoint local,
            Endpoint peer,
            TcpApplication application,
            TcpState state) {
        this.tcp = tcp;
        this.local = local;
        this.peer = peer;
        this.application = application;
        this.state = state;
        number = tcp.turns().number();
        unacknowledged = tcp.firstNumber();
        next = unacknowledged;
        highest = unacknowledged;
        options = new AgreedOptions(tcp, peer, unacknowledged);
        received = new ReceivedStream(tcp.host().counters(), options.scale);
        cutsAnew = tcp.habits().cutsAnew;
    }

    /// The endpoint of this host.
    ///
    /// @return address and port
    public Endpoint local() {
        return local;
    }

    /// The other endpoint, as this host sees it.
    ///
    /// @return address and port
    public Endpoint peer() {
        return peer;
    }

    /// How far the connection is.
    ///
    /// @return its state
    public TcpState state() {
        return state;
    }

    /// How many bytes were given to [#send(byte[])] and are not acknowledged.
    ///
    /// @return bytes
    public int unacknowledgedBytes() {
        return toSend.size();
    }

    /// Sends bytes, with the next [SimulatedHost#doWork(long)].
    ///
    /// @param data copied
    /// @throws IllegalStateException after [#close()], or when the connection is over
    public void send(byte[] data) {
        if (closing || ended) {
            throw new IllegalStateException(this + " takes no more data");
        }
        toSend.add(data);
        tcp.turns().wake(this);
    }

    /// Sends a FIN behind all data; the peer may still send. Does nothing the second time.
    public void close() {
        closing = true;
        tcp.turns().wake(this);
    }

    /// Offers another window from the next segment on, and tells the peer if that is more than
    /// nothing.
    void offer(int window) {
        received.offer(window);
        if (window > 0 && !ended) {
            sendAcknowledgement();
        }
    }

    /// Gives the connection up and tells the peer so by a RST.
    public void abort() {
        if (!ended) {
            tcp.reset(local, peer, next, received.expected(), Tcp.RST | Tcp.ACK);
            end(TcpEnd.ABORTED);
        }
    }

    @Override
    public String toString() {
        return local + " to " + peer + " in " + state;
    }

    /// Whether a SYN opens a new connection on the ports of this one, which is closed or lingers in
    /// TIME_WAIT (RFC 9293 §3.6.1).
    boolean isReplacedBy(Segment segment) {
        boolean opening = segment.has(Tcp.SYN) && !segment.has(Tcp.ACK);
        boolean newer = segment.sequence() - received.expected() > 0;
        return opening && (state == TcpState.CLOSED || (state == TcpState.TIME_WAIT && newer));
    }

    void forget() {
        state = TcpState.CLOSED;
        tcp.turns().end(this);
    }

    /// Takes the SYN that opened this connection.
    void accept(Segment syn) {
        agree(syn);
        sendSyn(Tcp.SYN | Tcp.ACK);
    }

    void receive(Segment segment) {
        if (state == TcpState.CLOSED) {
            return;
        }
        tcp.turns().wake(this);
        if (state == TcpState.SYN_SENT) {
            receiveInSynSent(segment);
            return;
        }
        Timestamps.Age age =
                segment.has(Tcp.RST) ? Timestamps.Age.RIGHT : options.timestamps.judge(segment);
        if (age == Timestamps.Age.UNKNOWN) {
            return;
        }
        if (age == Timestamps.Age.OLD || !received.isAcceptable(segment)) {
            if (!segment.has(Tcp.RST)) {
                acknowledgeOrRepeatSyn(segment);
            }
            return;
        }
        if (segment.has(Tcp.RST)) {
            tcp.countReset();
            end(TcpEnd.RESET);
            return;
        }
        options.timestamps.note(segment);
        if (segment.has(Tcp.SYN)) {
            acknowledgeOrRepeatSyn(segment);
            return;
        }
        if (!segment.has(Tcp.ACK) || !acceptAcknowledgement(segment)) {
            return;
        }
        receiveData(segment);
    }

    private void receiveInSynSent(Segment segment) {
        boolean ours = segment.has(Tcp.ACK) && segment.acknowledgement() == highest;
        if (segment.has(Tcp.ACK) && !ours) {
            if (!segment.has(Tcp.RST)) {
                tcp.reset(local, peer, segment.acknowledgement(), 0, Tcp.RST);
            }
        } else if (segment.has(Tcp.RST)) {
            if (ours) {
                tcp.countReset();
                end(TcpEnd.RESET);
            }
        } else if (segment.has(Tcp.SYN) && ours && next != unacknowledged) {
            agree(segment);
            progress(segment.acknowledgement());
            sendAcknowledgement();
            open();
        }
    }

    /// A SYN that comes again means that our answer was lost; anything else that does not fit is
    /// answered by what we expect (RFC 5961 §4).
    private void acknowledgeOrRepeatSyn(Segment segment) {
        if (state == TcpState.SYN_RECEIVED && received.isRepeatedSyn(segment)) {
            next = unacknowledged;
            sendSyn(Tcp.SYN | Tcp.ACK);
        } else {
            sendAcknowledgement();
        }
    }

    /// @return false if the segment acknowledges what was never sent
    private boolean acceptAcknowledgement(Segment segment) {
        int acknowledgement = segment.acknowledgement();
        if (acknowledgement - highest > 0) {
            if (state == TcpState.SYN_RECEIVED) {
                tcp.reset(local, peer, acknowledgement, 0, Tcp.RST);
            } else {
                sendAcknowledgement();
            }
            return false;
        }
        if (state == TcpState.SYN_RECEIVED) {
            if (acknowledgement - unacknowledged <= 0) {
                return false;
            }
            progress(unacknowledged + 1);
            peerWindow = options.scale.peers(segment);
            open();
        }
        options.selective.read(segment, acknowledgement);
        if (acknowledgement - unacknowledged > 0) {
            progressData(acknowledgement);
        } else if (acknowledgement == unacknowledged
                && segment.length() == 0
                && options.scale.peers(segment) == peerWindow
                && highest != unacknowledged) {
            countEqualAcknowledgement();
        }
        peerWindow = options.scale.peers(segment);
        return !ended || state == TcpState.TIME_WAIT;
    }

    private void progressData(int acknowledgement) {
        int numbers = acknowledgement - unacknowledged;
        boolean finAcknowledged = numbers > toSend.size();
        toSend.removeFirst(Math.min(numbers, toSend.size()));
        progress(acknowledgement);
        if (finAcknowledged) {
            switch (state) {
                case FIN_WAIT_1 -> state = TcpState.FIN_WAIT_2;
                case CLOSING -> enterTimeWait();
                case LAST_ACK -> end(TcpEnd.ORDERLY);
                default -> throw new IllegalStateException("FIN acknowledged: " + this);
            }
        }
    }

    private void progress(int acknowledgement) {
        boolean repairs = equalAcknowledgements >= EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS;
        unacknowledged = acknowledgement;
        if (next - acknowledgement < 0) {
            next = acknowledgement;
        }
        equalAcknowledgements = 0;
        timer.progress();
        repeated = acknowledgement;
        if (repairs && !options.selective.hole(acknowledgement).isEmpty()) {
            equalAcknowledgements = EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS;
            repeatMissing();
        }
    }

    private void countEqualAcknowledgement() {
        equalAcknowledgements++;
        if (equalAcknowledgements < EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS || toSend.size() == 0) {
            return;
        }
        if (options.selective.isAgreed()) {
            repeatMissing();
        } else if (equalAcknowledgements == EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS) {
            repeat(unacknowledged, highest);
        }
    }

    /// Sends the next segment of what the peer misses.
    private void repeatMissing() {
        List<Integer> hole = options.selective.hole(repeated);
        if (!hole.isEmpty()) {
            repeated = repeat(hole.getFirst(), hole.getLast());
        }
    }

    /// Sends a segment again. What was not sent before stays out of it: it would be acknowledged
    /// without having been counted.
    ///
    /// @return the number behind it
    private int repeat(int from, int to) {
        int sent = Math.min(toSend.size(), highest - unacknowledged);
        int begin = from - unacknowledged;
        int end = Math.min(to - unacknowledged, sent);
        if (cutsAnew) {
            begin -= tcp.random(begin + 1);
            end += tcp.random(sent - end + 1);
        }
        int length = Math.min(end - begin, options.mostData(received.early()));
        if (length <= 0) {
            return to;
        }
        tcp.host().counters().retransmissions++;
        options.selective.sent(unacknowledged + begin, length);
        tcp.send(
                header(Tcp.ACK)
                        .sequence(unacknowledged + begin)
                        .payload(toSend.slice(begin, length)),
                peer);
        return Math.max(from + 1, unacknowledged + begin + length);
    }

    private void receiveData(Segment segment) {
        received.add(segment);
        byte[] data = received.poll();
        while (data != null) {
            application.onData(this, data);
            if (state == TcpState.CLOSED) {
                return;
            }
            data = received.poll();
        }
        boolean finArrived = received.finArrives();
        if (segment.length() > 0) {
            sendAcknowledgement();
        }
        if (finArrived) {
            closeByPeer();
        }
    }

    private void closeByPeer() {
        state = state.afterFinOfPeer();
        application.onPeerClosed(this);
        if (state == TcpState.FIN_WAIT_2) {
            enterTimeWait();
        }
    }

    /// Whether there is nothing to do, and nothing under way, until somebody sends.
    boolean isAtRest() {
        return !timer.runs() && !received.isClosed();
    }

    /// Runs the timer, then sends what window and state allow.
    void doWork() {
        long nowNs = tcp.host().nowNs();
        if (received.isOpenAgain(nowNs) && !ended) {
            sendAcknowledgement();
        }
        if (timer.isOver(nowNs)) {
            if (state == TcpState.TIME_WAIT) {
                forget();
                return;
            }
            timer.back();
            next = unacknowledged;
            repeated = unacknowledged;
            equalAcknowledgements = 0;
            options.selective.forget();
        }
        if (timer.isHopeless()) {
            end(TcpEnd.TIMED_OUT);
            return;
        }
        switch (state) {
            case SYN_SENT -> sendSyn(Tcp.SYN);
            case SYN_RECEIVED -> sendSyn(Tcp.SYN | Tcp.ACK);
            case ESTABLISHED, CLOSE_WAIT, FIN_WAIT_1, CLOSING, LAST_ACK -> sendStream();
            default -> {}
        }
    }

    private void sendSyn(int flags) {
        if (next == unacknowledged) {
            send(header(flags), 1);
        }
    }

    /// A closed window is tried with one byte each time the timer runs out.
    private void sendStream() {
        boolean more = true;
        overlap();
        while (more) {
            int sent = next - unacknowledged;
            int left = toSend.size() - sent;
            int window = Math.max(peerWindow, sent == 0 && timer.hasRunOut() ? 1 : 0);
            int length = left > 0 ? Math.min(left, window - sent) : 0;
            if (length > 0) {
                length = Math.min(length, options.mostData(received.early()));
                if (cutsAnew && next - highest < 0) {
                    length = 1 + tcp.random(length);
                }
                int flags = Tcp.ACK | (length == left ? Tcp.PSH : 0);
                options.selective.sent(next, length);
                send(header(flags).payload(toSend.slice(sent, length)), length);
            } else {
                more = false;
                if (left == 0 && closing) {
                    sendFin();
                }
            }
        }
        if (next != unacknowledged || toSend.size() > 0) {
            timer.start(tcp.host().nowNs());
        }
    }

    /// Goes back at times by some of what is under way, so that the next segment has it again with
    /// what is new.
    private void overlap() {
        int sent = next - unacknowledged;
        boolean more = sent > 0 && sent < Math.min(toSend.size(), peerWindow);
        if (cutsAnew && more && tcp.random(4) == 0) {
            next -= tcp.random(sent + 1);
        }
    }

    private void sendFin() {
        state = state.afterOwnFin();
        send(header(Tcp.FIN | Tcp.ACK), 1);
    }

    private void sendAcknowledgement() {
        tcp.send(header(Tcp.ACK).sequence(highest), peer);
    }

    private void send(PacketBuilder packet, int numbers) {
        if (next - highest < 0) {
            tcp.host().counters().retransmissions++;
        }
        next += numbers;
        highest += Math.max(0, next - highest);
        tcp.host().counters().noteInFlight(highest - unacknowledged);
        timer.start(tcp.host().nowNs());
        tcp.send(packet, peer);
    }

    private PacketBuilder header(int flags) {
        int acknowledgement = (flags & Tcp.ACK) == 0 ? 0 : received.expected();
        return tcp.packet(local, peer)
                .flags(flags)
                .sequence(next)
                .acknowledgement(acknowledgement)
                .window(received.window(flags))
                .tcpOptions(options.bytes(flags, acknowledgement, received.early()));
    }

    private void open() {
        state = TcpState.ESTABLISHED;
        if (tcp.habits().closesWindows && tcp.random(4) == 0) {
            received.closeUntil(tcp.host().nowNs() + tcp.random(PAUSE_NS));
        }
        application.onOpen(this);
    }

    private void enterTimeWait() {
        state = TcpState.TIME_WAIT;
        timer.runAt(tcp.host().nowNs() + TIME_WAIT_NS);
        tellEnd(TcpEnd.ORDERLY);
    }

    private void end(TcpEnd how) {
        forget();
        tellEnd(how);
    }

    private void tellEnd(TcpEnd how) {
        toSend.clear();
        received.clear();
        if (!ended) {
            ended = true;
            application.onEnd(this, how);
        }
    }

    /// Reads the peer's SYN.
    private void agree(Segment syn) {
        received.begin(syn);
        options.agree(syn);
        peerWindow = options.scale.peers(syn);
    }

    void limitPacketLength(int mtu) {
        if (options.limitPacketLength(mtu)) {
            next = unacknowledged;
        }
    }
}
