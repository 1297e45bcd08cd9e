// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Udp;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// UDP of a [SimulatedHost]. A datagram to a port that nobody has bound is answered with "port
/// unreachable". Belongs to the host's thread.
public final class SimulatedUdp {
    private static final int FIRST_EPHEMERAL_PORT = 32_768;

    private final SimulatedHost host;

    /// The most data of a datagram in IPv4 (RFC 768: a length of 16 bits; RFC 791: another).
    private static final int LONGEST = 65_535 - Ipv4.MIN_HEADER_LENGTH - Udp.HEADER_LENGTH;

    private final OutgoingFragments fragments;
    private final Map<Integer, Receiver> receivers = new HashMap<>();
    private final Set<Endpoint> peers = new LinkedHashSet<>();
    private final Map<Endpoint, Endpoint> announcedClients = new LinkedHashMap<>();

    SimulatedUdp(SimulatedHost host) {
        this.host = host;
        fragments = new OutgoingFragments(host);
    }

    /// Receives on a port.
    ///
    /// @param port 1 to 65535
    /// @param receiver is called for each datagram
    /// @throws IllegalStateException if the port is bound already
    public void bind(int port, Receiver receiver) {
        if (receivers.putIfAbsent(port, receiver) != null) {
            throw new IllegalStateException("UDP port " + port + " of " + host + " is bound");
        }
    }

    /// Receives no longer on a port.
    ///
    /// @param port 1 to 65535
    public void unbind(int port) {
        receivers.remove(port);
    }

    /// Sends every datagram for a port back to where it came from.
    ///
    /// @param port 1 to 65535
    /// @throws IllegalStateException if the port is bound already
    public void echo(int port) {
        bind(port, datagram -> send(datagram.local(), datagram.peer(), datagram.data()));
    }

    /// Sends a datagram from the host's first address of the destination's family.
    ///
    /// @param sourcePort 1 to 65535
    /// @param destination where to
    /// @param data at most what the MTU allows: nothing is fragmented
    /// @throws IllegalArgumentException if the data does not fit one packet
    public void send(int sourcePort, Endpoint destination, byte[] data) {
        send(new Endpoint(host.addressFor(destination.address()), sourcePort), destination, data);
    }

    /// A port that nobody has bound.
    ///
    /// @return 32768 to 65535
    public int freePort() {
        int port;
        do {
            port = host.random().nextInt(FIRST_EPHEMERAL_PORT, 65536);
        } while (receivers.containsKey(port));
        return port;
    }

    /// All endpoints that sent a datagram to a bound port, in order of their first.
    ///
    /// @return a copy
    public Set<Endpoint> peers() {
        return new LinkedHashSet<>(peers);
    }

    /// All clients that a balancer told of beside the data, by a header between IP and UDP
    /// (protocol 248) or an option of IPv4 (kind 31), as the module `uoa` of DPVS reads them.
    ///
    /// @return a copy: by whom a datagram came, in the eyes of this host, the client
    public Map<Endpoint, Endpoint> announcedClients() {
        return new LinkedHashMap<>(announcedClients);
    }

    /// Takes a datagram with a header in front that tells of its client.
    void receiveAnnounced(IpPacket packet) {
        byte[] plain = Announcement.without(packet);
        Optional<Endpoint> client = Announcement.header(packet);
        if (plain == null || client.isEmpty()) {
            host.counters().malformed++;
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            long copy = arena.allocate(plain.length, Long.BYTES).address();
            Memory.fromBytes(plain, copy);
            int before = (int) (packet.transport() - packet.ip());
            receive(
                    new IpPacket(
                            packet.source(),
                            packet.destination(),
                            Ipv4.PROTOCOL_UDP,
                            copy,
                            plain.length,
                            copy + before,
                            plain.length - before),
                    client);
        }
    }

    void receive(IpPacket packet) {
        receive(packet, Announcement.option(packet));
    }

    private void receive(IpPacket packet, Optional<Endpoint> client) {
        long l4 = packet.transport();
        if (!Udp.isWellFormed(l4, packet.transportLength()) || Udp.sourcePort(l4) == 0) {
            host.counters().malformed++;
            return;
        }
        if (!packet.isChecksumRight()) {
            host.counters().badTransportChecksums++;
            return;
        }
        Receiver receiver = receivers.get(Udp.destinationPort(l4));
        if (receiver == null) {
            host.icmp().portUnreachable(packet);
            return;
        }
        Endpoint peer = new Endpoint(packet.source(), Udp.sourcePort(l4));
        Endpoint local = new Endpoint(packet.destination(), Udp.destinationPort(l4));
        peers.add(peer);
        client.ifPresent(told -> announcedClients.put(peer, told));
        int length = Udp.length(l4) - Udp.HEADER_LENGTH;
        receiver.receive(new Datagram(local, peer, Memory.toBytes(l4 + Udp.HEADER_LENGTH, length)));
    }

    /// Sends a datagram from one of the host's endpoints.
    ///
    /// @param source one of the host's addresses and a port
    /// @param destination where to
    /// @param data at most what the MTU allows: nothing is fragmented
    /// @throws IllegalArgumentException if the data does not fit one packet
    public void send(Endpoint source, Endpoint destination, byte[] data) {
        IpAddress to = destination.address();
        int room = host.mtu() - SimulatedHost.headerLength(to) - Udp.HEADER_LENGTH;
        if (data.length > room) {
            throw new IllegalArgumentException(
                    data.length + " bytes do not fit one packet; " + room + " would");
        }
        host.send(packet(source, destination, data), to);
    }

    /// Sends a datagram from one of the host's endpoints, in fragments if it does not fit one
    /// packet.
    ///
    /// @param source one of the host's addresses and a port
    /// @param destination where to
    /// @param data at most 65,507 bytes
    /// @throws IllegalArgumentException if the data is longer
    public void sendInFragments(Endpoint source, Endpoint destination, byte[] data) {
        if (data.length > LONGEST) {
            throw new IllegalArgumentException(
                    data.length + " bytes do not fit a datagram; " + LONGEST + " would");
        }
        fragments.send(source.address(), destination.address(), packet(source, destination, data));
    }

    /// As [#sendInFragments(Endpoint, Endpoint, byte[])], from the host's first address of the
    /// destination's family.
    ///
    /// @param sourcePort 1 to 65535
    /// @param destination where to
    /// @param data at most 65,507 bytes
    /// @throws IllegalArgumentException if the data is longer
    public void sendInFragments(int sourcePort, Endpoint destination, byte[] data) {
        IpAddress own = host.addressFor(destination.address());
        sendInFragments(new Endpoint(own, sourcePort), destination, data);
    }

    private PacketBuilder packet(Endpoint source, Endpoint destination, byte[] data) {
        return host.packet(source.address(), destination.address())
                .udp(source.port(), destination.port())
                .payload(data);
    }

    /// A received datagram.
    ///
    /// @param local the endpoint of this host
    /// @param peer who sent it
    /// @param data its payload, not shared
    @SuppressWarnings("ArrayRecordComponent")
    public record Datagram(Endpoint local, Endpoint peer, byte[] data) {}

    /// Takes datagrams.
    @FunctionalInterface
    public interface Receiver {
        /// A datagram arrived.
        ///
        /// @param datagram with a right checksum
        void receive(Datagram datagram);
    }
}
