// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// TCP of a [SimulatedHost] (RFC 9293): handshakes, cumulative acknowledgement, reassembly, FIN
/// both ways, RST, path MTU; timestamps, window scaling and selective acknowledgement if wanted.
/// When a timer runs out, all that is not acknowledged is sent again; after three equal
/// acknowledgements the first segment of it, or with selective acknowledgement, with each further
/// one, a segment of what is missing. Without congestion control.
///
/// Belongs to the host's thread.
public final class SimulatedTcp {
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SimulatedHost host;
    private final Map<Integer, Supplier<? extends TcpApplication>> listeners = new HashMap<>();
    private final Map<Pair, TcpConnection> connections = new LinkedHashMap<>();
    private final Turns turns = new Turns();
    private final Set<Endpoint> peers = new LinkedHashSet<>();
    private final Set<Endpoint> announcedClients = new LinkedHashSet<>();
    private long resetsSent;
    private long resetsReceived;
    private final TcpHabits habits = new TcpHabits();

    SimulatedTcp(SimulatedHost host) {
        this.host = host;
    }

    /// Accepts connections on a port.
    ///
    /// @param port 1 to 65535
    /// @param applications makes one for each connection
    /// @throws IllegalStateException if somebody listens there
    public void listen(int port, Supplier<? extends TcpApplication> applications) {
        if (listeners.putIfAbsent(port, applications) != null) {
            throw new IllegalStateException("somebody listens on TCP port " + port + " of " + host);
        }
    }

    /// Accepts no more connections on a port; open ones stay.
    ///
    /// @param port 1 to 65535
    public void stopListening(int port) {
        listeners.remove(port);
    }

    /// Opens a connection from the host's first address of the peer's family and a random port.
    ///
    /// @param peer to whom
    /// @param application uses it
    /// @return the connection, whose SYN is sent with the next [SimulatedHost#doWork(long)]
    /// @throws IllegalStateException if no port is free
    public TcpConnection connect(Endpoint peer, TcpApplication application) {
        int count = 65536 - FIRST_EPHEMERAL_PORT;
        int first = host.random().nextInt(count);
        IpAddress own = host.addressFor(peer.address());
        for (int i = 0; i < count; i++) {
            int port = FIRST_EPHEMERAL_PORT + (first + i) % count;
            if (!connections.containsKey(new Pair(new Endpoint(own, port), peer))) {
                return connect(port, peer, application);
            }
        }
        throw new IllegalStateException(host + " has no free port to " + peer);
    }

    /// Opens a connection from the host's first address of the peer's family.
    ///
    /// @param localPort 1 to 65535
    /// @param peer to whom
    /// @param application uses it
    /// @return the connection, whose SYN is sent with the next [SimulatedHost#doWork(long)]
    /// @throws IllegalStateException if there is such a connection
    public TcpConnection connect(int localPort, Endpoint peer, TcpApplication application) {
        Endpoint local = new Endpoint(host.addressFor(peer.address()), localPort);
        Pair pair = new Pair(local, peer);
        if (connections.containsKey(pair)) {
            throw new IllegalStateException("there is a connection " + pair + " already");
        }
        TcpConnection connection =
                new TcpConnection(this, pair.local(), peer, application, TcpState.SYN_SENT);
        connections.put(pair, connection);
        turns.wake(connection);
        return connection;
    }

    /// Lets sequence numbers of connections that begin from now on wrap within their first 8,192
    /// bytes.
    public void wrapSoon() {
        habits.wrapsSoon = true;
    }

    /// Lets connections that begin from now on have timestamps (RFC 7323), if their peers want to.
    public void useTimestamps() {
        habits.stamps = true;
    }

    /// Lets connections that begin from now on acknowledge what comes early (RFC 2018), if their
    /// peers want to, and send what is missing alone.
    public void acknowledgeSelectively() {
        habits.selects = true;
    }

    /// Lets connections that begin from now on have a window scale (RFC 7323), if their peers want
    /// to.
    ///
    /// @param scale by how much windows are shifted, 0 to 14
    /// @param window bytes to offer to peers that have a scale as well, 2^scale to 65535 * 2^14;
    ///   rounded down to what the scale can say
    /// @throws IllegalArgumentException if scale or window is out of range
    public void scaleWindows(int scale, int window) {
        if (scale < 0 || scale > Tcp.MAX_WINDOW_SCALE) {
            throw new IllegalArgumentException(
                    "scale " + scale + " is not 0-" + Tcp.MAX_WINDOW_SCALE);
        }
        if (window < 1 << scale || window > TcpHabits.LARGEST_WINDOW) {
            throw new IllegalArgumentException(
                    "window "
                            + window
                            + " is not "
                            + (1 << scale)
                            + "-"
                            + TcpHabits.LARGEST_WINDOW);
        }
        habits.scale = scale;
        habits.window = window;
    }

    /// Lets connections that begin from now on cut what they send again at other places than
    /// before, together with what is new, so that segments overlap.
    public void cutAnew() {
        habits.cutsAnew = true;
    }

    /// Lets one in four connections that begin from now on offer no window in their first second,
    /// or a part of it.
    public void closeWindows() {
        habits.closesWindows = true;
    }

    Turns turns() {
        return turns;
    }

    int random(int bound) {
        return host.random().nextInt(bound);
    }

    TcpHabits habits() {
        return habits;
    }

    Timestamps timestamps() {
        return habits.stamps ? Timestamps.offered(host, habits.wrapsSoon) : Timestamps.none(host);
    }

    int firstNumber() {
        int number = host.random().nextInt();
        return habits.wrapsSoon ? -1 - (number & 0x1FFF) : number;
    }

    /// All connections that are not closed, those in TIME_WAIT included.
    ///
    /// @return a copy
    public List<TcpConnection> connections() {
        return List.copyOf(connections.values());
    }

    /// All endpoints that opened a connection to this host, in order of their first SYN: behind a
    /// balancer these are its local addresses.
    ///
    /// @return a copy
    public Set<Endpoint> peers() {
        return new LinkedHashSet<>(peers);
    }

    /// All clients that TCP options told of (kind 254: port and address of IPv4 or IPv6).
    ///
    /// @return a copy, in order of arrival
    public Set<Endpoint> announcedClients() {
        return new LinkedHashSet<>(announcedClients);
    }

    /// RSTs that this host sent.
    ///
    /// @return a count
    public long resetsSent() {
        return resetsSent;
    }

    /// RSTs that this host accepted.
    ///
    /// @return a count
    public long resetsReceived() {
        return resetsReceived;
    }

    void receive(IpPacket packet) {
        long l4 = packet.transport();
        if (!Tcp.isWellFormed(l4, packet.transportLength())) {
            host.counters().malformed++;
        } else if (!packet.isChecksumRight()) {
            host.counters().badTransportChecksums++;
        } else if (Tcp.sourcePort(l4) == 0 || Tcp.destinationPort(l4) == 0) {
            host.counters().malformed++;
        } else {
            receive(Segment.read(packet));
        }
    }

    private void receive(Segment segment) {
        segment.client().ifPresent(announcedClients::add);
        Pair pair = new Pair(segment.local(), segment.peer());
        TcpConnection connection = connections.get(pair);
        if (connection != null && connection.isReplacedBy(segment)) {
            connection.forget();
            connections.remove(pair);
            connection = null;
        }
        if (connection != null) {
            connection.receive(segment);
        } else if (isOpening(segment) && listeners.containsKey(segment.local().port())) {
            accept(pair, segment);
        } else if (!segment.has(Tcp.RST)) {
            refuse(segment);
        }
    }

    private static boolean isOpening(Segment segment) {
        return (segment.flags() & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == Tcp.SYN;
    }

    private void accept(Pair pair, Segment syn) {
        Supplier<? extends TcpApplication> applications = listeners.get(pair.local().port());
        if (applications != null) {
            peers.add(pair.peer());
            TcpConnection connection =
                    new TcpConnection(
                            this,
                            pair.local(),
                            pair.peer(),
                            applications.get(),
                            TcpState.SYN_RECEIVED);
            connections.put(pair, connection);
            turns.wake(connection);
            connection.accept(syn);
        }
    }

    /// Answers a segment that belongs to no connection (RFC 9293 §3.10.7.1).
    private void refuse(Segment segment) {
        if (segment.has(Tcp.ACK)) {
            reset(segment.local(), segment.peer(), segment.acknowledgement(), 0, Tcp.RST);
        } else {
            int acknowledgement = segment.sequence() + segment.length();
            reset(segment.local(), segment.peer(), 0, acknowledgement, Tcp.RST | Tcp.ACK);
        }
    }

    void reset(Endpoint local, Endpoint peer, int sequence, int acknowledgement, int flags) {
        resetsSent++;
        send(
                packet(local, peer)
                        .flags(flags)
                        .sequence(sequence)
                        .acknowledgement(acknowledgement)
                        .window(0),
                peer);
    }

    void countReset() {
        resetsReceived++;
    }

    /// Runs all timers and sends what the connections have.
    void doWork() {
        turns.take(closed -> connections.remove(new Pair(closed.local(), closed.peer()), closed));
    }

    /// Learns the path's MTU (RFC 1191 §6, RFC 8201 §4).
    void error(IcmpError error) {
        TcpConnection connection = connections.get(new Pair(error.source(), error.destination()));
        if (connection != null && error.isPacketTooBig()) {
            connection.limitPacketLength(error.nextHopMtu());
        }
    }

    PacketBuilder packet(Endpoint local, Endpoint peer) {
        return host.packet(local.address(), peer.address())
                .dontFragment()
                .tcp(local.port(), peer.port());
    }

    void send(PacketBuilder packet, Endpoint peer) {
        host.send(packet, peer.address());
    }

    SimulatedHost host() {
        return host;
    }

    private record Pair(Endpoint local, Endpoint peer) {
        @Override
        public String toString() {
            return local + " to " + peer;
        }
    }
}
