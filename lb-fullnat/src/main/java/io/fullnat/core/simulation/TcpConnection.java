// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.Arrays;

/// One TCP connection of a [SimulatedHost]. Belongs to the host's thread.
///
/// The unacknowledged part of the send stream starts at `unacknowledged`; `next` goes back to it
/// when a segment is taken for lost, and everything from there is sent again. A SYN and a FIN take
/// one number each, before and behind the bytes of `toSend`.
public final class TcpConnection {
    private static final long FIRST_TIMEOUT_NS = 200_000_000L;
    private static final long MAX_TIMEOUT_NS = 3_200_000_000L;
    private static final long TIME_WAIT_NS = 1_000_000_000L;
    private static final int MAX_ATTEMPTS = 15;
    private static final int RECEIVE_WINDOW = 65_535;
    private static final int DEFAULT_MSS = 536;
    private static final int MIN_MSS = 8;
    private static final int MSS_LENGTH = 4;
    private static final int EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS = 3;

    private final SimulatedTcp tcp;
    private final Endpoint local;
    private final Endpoint peer;
    private final TcpApplication application;
    private final int headersLength;
    private final SendQueue toSend = new SendQueue();
    private final Reassembly received = new Reassembly();
    private final Timestamps timestamps;
    private TcpState state;
    private int unacknowledged;
    private int next;
    private int highest;
    private int peerWindow;
    private int offered = RECEIVE_WINDOW;
    private int maximumSegmentSize = DEFAULT_MSS;
    private int firstReceived;
    private long finPosition = -1;
    private boolean peerClosed;
    private boolean closing;
    private boolean ended;
    private boolean timerRuns;
    private long timerNs;
    private long timeoutNs = FIRST_TIMEOUT_NS;
    private int attempts;
    private int equalAcknowledgements;

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
        headersLength = SimulatedHost.headerLength(peer.address()) + Tcp.MIN_HEADER_LENGTH;
        timestamps = tcp.timestamps();
        unacknowledged = tcp.firstNumber();
        next = unacknowledged;
        highest = unacknowledged;
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
    }

    /// Sends a FIN behind all data; the peer may still send. Does nothing the second time.
    public void close() {
        closing = true;
    }

    /// Offers another window from the next segment on, and tells the peer if that is more than
    /// nothing.
    void offer(int window) {
        offered = window;
        if (window > 0 && !ended) {
            sendAcknowledgement();
        }
    }

    /// Gives the connection up and tells the peer so by a RST.
    public void abort() {
        if (!ended) {
            tcp.reset(local, peer, next, position(received.next()), Tcp.RST | Tcp.ACK);
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
        boolean newer = segment.sequence() - position(received.next()) > 0;
        return opening && (state == TcpState.CLOSED || (state == TcpState.TIME_WAIT && newer));
    }

    void forget() {
        state = TcpState.CLOSED;
    }

    /// Takes the SYN that opened this connection.
    void accept(Segment syn) {
        firstReceived = syn.sequence() + 1;
        peerWindow = syn.window();
        timestamps.agree(syn);
        limitSegments(syn);
        sendSyn(Tcp.SYN | Tcp.ACK);
    }

    void receive(Segment segment) {
        if (state == TcpState.CLOSED) {
            return;
        }
        if (state == TcpState.SYN_SENT) {
            receiveInSynSent(segment);
            return;
        }
        Timestamps.Age age =
                segment.has(Tcp.RST) ? Timestamps.Age.RIGHT : timestamps.judge(segment);
        if (age == Timestamps.Age.UNKNOWN) {
            return;
        }
        if (age == Timestamps.Age.OLD || !isAcceptable(segment)) {
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
        timestamps.note(segment);
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
            firstReceived = segment.sequence() + 1;
            timestamps.agree(segment);
            limitSegments(segment);
            progress(segment.acknowledgement());
            peerWindow = segment.window();
            sendAcknowledgement();
            open();
        }
    }

    /// A SYN that comes again means that our answer was lost; anything else that does not fit is
    /// answered by what we expect (RFC 5961 §4).
    private void acknowledgeOrRepeatSyn(Segment segment) {
        boolean repeated = segment.has(Tcp.SYN) && segment.sequence() + 1 == firstReceived;
        if (state == TcpState.SYN_RECEIVED && repeated) {
            next = unacknowledged;
            sendSyn(Tcp.SYN | Tcp.ACK);
        } else {
            sendAcknowledgement();
        }
    }

    private boolean isAcceptable(Segment segment) {
        int offset = segment.sequence() - position(received.next());
        return segment.length() == 0
                ? offset >= 0 && offset <= RECEIVE_WINDOW
                : offset + segment.length() > 0 && offset < RECEIVE_WINDOW;
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
            peerWindow = segment.window();
            open();
        }
        if (acknowledgement - unacknowledged > 0) {
            progressData(acknowledgement);
        } else if (acknowledgement == unacknowledged
                && segment.length() == 0
                && segment.window() == peerWindow
                && highest != unacknowledged) {
            countEqualAcknowledgement();
        }
        peerWindow = segment.window();
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
        unacknowledged = acknowledgement;
        if (next - acknowledgement < 0) {
            next = acknowledgement;
        }
        equalAcknowledgements = 0;
        attempts = 0;
        timeoutNs = FIRST_TIMEOUT_NS;
        timerRuns = false;
    }

    /// What was not sent before stays out of the repeated segment: it would be acknowledged without
    /// having been counted.
    private void countEqualAcknowledgement() {
        equalAcknowledgements++;
        if (equalAcknowledgements == EQUAL_ACKNOWLEDGEMENTS_FOR_LOSS && toSend.size() > 0) {
            int sent = Math.min(toSend.size(), highest - unacknowledged);
            int length = Math.min(sent, mostData());
            tcp.host().counters().retransmissions++;
            tcp.send(
                    header(Tcp.ACK).sequence(unacknowledged).payload(toSend.slice(0, length)),
                    peer);
        }
    }

    private void receiveData(Segment segment) {
        long expected = received.next();
        long position = expected + (segment.sequence() - (firstReceived + (int) expected));
        if (segment.has(Tcp.FIN)) {
            finPosition = position + segment.data().length;
        }
        received.add(position, segment.data());
        byte[] data = received.poll();
        while (data != null) {
            application.onData(this, data);
            if (state == TcpState.CLOSED) {
                return;
            }
            data = received.poll();
        }
        boolean finArrived = received.next() == finPosition && !peerClosed;
        if (finArrived) {
            peerClosed = true;
        }
        if (segment.length() > 0) {
            sendAcknowledgement();
        }
        if (finArrived) {
            closeByPeer();
        }
    }

    private void closeByPeer() {
        switch (state) {
            case ESTABLISHED -> state = TcpState.CLOSE_WAIT;
            case FIN_WAIT_1 -> state = TcpState.CLOSING;
            case FIN_WAIT_2 -> {} // told first, then over
            default -> throw new IllegalStateException("FIN received: " + this);
        }
        application.onPeerClosed(this);
        if (state == TcpState.FIN_WAIT_2) {
            enterTimeWait();
        }
    }

    /// Runs the timer, then sends what window and state allow.
    void doWork() {
        long nowNs = tcp.host().nowNs();
        if (timerRuns && nowNs - timerNs >= 0) {
            if (state == TcpState.TIME_WAIT) {
                state = TcpState.CLOSED;
                return;
            }
            timerRuns = false;
            attempts++;
            timeoutNs = Math.min(2 * timeoutNs, MAX_TIMEOUT_NS);
            next = unacknowledged;
        }
        if (attempts > MAX_ATTEMPTS) {
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
            int mss = tcp.host().mtu() - headersLength;
            byte[] stamps = timestamps.option(flags, acknowledgement(flags));
            byte[] options = Arrays.copyOf(stamps, stamps.length + MSS_LENGTH);
            options[stamps.length] = Tcp.OPTION_MAXIMUM_SEGMENT_SIZE;
            options[stamps.length + 1] = MSS_LENGTH;
            options[stamps.length + 2] = (byte) (mss >>> 8);
            options[stamps.length + 3] = (byte) mss;
            send(header(flags).tcpOptions(options), 1);
        }
    }

    /// A closed window is tried with one byte each time the timer runs out.
    private void sendStream() {
        boolean more = true;
        while (more) {
            int sent = next - unacknowledged;
            int left = toSend.size() - sent;
            int window = Math.max(peerWindow, sent == 0 && attempts > 0 ? 1 : 0);
            int length = Math.min(Math.min(left, mostData()), window - sent);
            if (length > 0) {
                int flags = Tcp.ACK | (length == left ? Tcp.PSH : 0);
                send(header(flags).payload(toSend.slice(sent, length)), length);
            } else {
                more = false;
                if (left == 0 && closing) {
                    sendFin();
                }
            }
        }
        if (next != unacknowledged || toSend.size() > 0) {
            startTimer();
        }
    }

    private void sendFin() {
        switch (state) {
            case ESTABLISHED -> state = TcpState.FIN_WAIT_1;
            case CLOSE_WAIT -> state = TcpState.LAST_ACK;
            default -> {}
        }
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
        if (next - highest > 0) {
            highest = next;
        }
        startTimer();
        tcp.send(packet, peer);
    }

    private PacketBuilder header(int flags) {
        int acknowledgement = acknowledgement(flags);
        return tcp.packet(local, peer)
                .flags(flags)
                .sequence(next)
                .acknowledgement(acknowledgement)
                .window(offered)
                .tcpOptions(timestamps.option(flags, acknowledgement));
    }

    private int acknowledgement(int flags) {
        return (flags & Tcp.ACK) == 0 ? 0 : position(received.next());
    }

    private int mostData() {
        return Math.max(MIN_MSS, maximumSegmentSize - timestamps.length());
    }

    private void startTimer() {
        if (!timerRuns) {
            timerRuns = true;
            timerNs = tcp.host().nowNs() + timeoutNs;
        }
    }

    private void open() {
        state = TcpState.ESTABLISHED;
        application.onOpen(this);
    }

    private void enterTimeWait() {
        state = TcpState.TIME_WAIT;
        timerRuns = true;
        timerNs = tcp.host().nowNs() + TIME_WAIT_NS;
        tellEnd(TcpEnd.ORDERLY);
    }

    private void end(TcpEnd how) {
        state = TcpState.CLOSED;
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

    private void limitSegments(Segment syn) {
        int own = tcp.host().mtu() - headersLength;
        maximumSegmentSize = Math.min(own, syn.maximumSegmentSize().orElse(DEFAULT_MSS));
    }

    void limitPacketLength(int mtu) {
        int limit = Math.max(MIN_MSS, mtu - headersLength);
        if (limit < maximumSegmentSize) {
            maximumSegmentSize = limit;
            next = unacknowledged;
        }
    }

    /// The sequence number of a position in the received stream; the FIN takes the one behind the
    /// last byte.
    private int position(long position) {
        return firstReceived + (int) position + (peerClosed ? 1 : 0);
    }
}
