// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Vlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/// A host at the end of a wire: IPv4 with ARP, IPv6 with neighbour discovery, a gateway of each,
/// ICMP, UDP and TCP, enough to be client or server in a scenario around a balancer.
///
/// ```java
/// SimulatedHost server = SimulatedHost.at(io.wire("eth0").far(), io.buffers())
///         .address("10.0.0.2/24").gateway("10.0.0.1")
///         .address("2001:db8::2/64").gateway("2001:db8::1").start();
/// server.tcp().listen(80, () -> new RequestServer());
/// while (...) { server.doWork(clock.nanoTime()); }
/// ```
///
/// All it does happens within [#doWork(long)], so a scenario driven by one thread and a manual
/// clock repeats exactly. Every received checksum is verified; bad ones are counted and the packet
/// dropped. Received buffers are freed before `doWork` returns. Fragments are put together, and
/// what is sent is not fragmented.
///
/// Allocates freely. Not thread-safe: one thread makes, uses and drives a host with all that
/// belongs to it.
public final class SimulatedHost {
    private static final int BURST = 64;

    private final PacketPort port;
    private final BufferPool pool;
    private final @Nullable Integer vlan;
    private final List<IpPrefix> addresses;
    private final List<IpAddress> gateways;
    private final RandomGenerator random;
    private final PacketBurst burst = new PacketBurst(BURST);
    private final HostCounters counters = new HostCounters();
    private final Outbox outbox;
    private final NeighbourCache neighbours;
    private final SimulatedArp arp;
    private final SimulatedDiscovery discovery;
    private final IpInput input;
    private final SimulatedIcmp icmp;
    private final SimulatedUdp udp;
    private final SimulatedTcp tcp;
    private long nowNs;
    private int identification;

    private SimulatedHost(Builder builder) {
        port = builder.port;
        pool = builder.pool;
        vlan = builder.vlan;
        addresses = List.copyOf(builder.addresses);
        gateways = List.copyOf(builder.gateways);
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(builder.seed);
        outbox = new Outbox(port, pool, counters);
        neighbours = new NeighbourCache(this, outbox, this::solicit);
        arp = new SimulatedArp(this, neighbours, outbox);
        discovery = new SimulatedDiscovery(this, neighbours, outbox);
        icmp = new SimulatedIcmp(this);
        udp = new SimulatedUdp(this);
        tcp = new SimulatedTcp(this);
        input = new IpInput(this, this::receive);
    }

    /// Starts the description of a host.
    ///
    /// @param port all of its queues are the host's
    /// @param pool the buffers of the port's wire
    /// @return a builder
    public static Builder at(PacketPort port, BufferPool pool) {
        return new Builder(port, pool);
    }

    /// Handles all that has arrived and every timer that is due, and sends.
    ///
    /// @param timeNs now; never less than at the call before
    /// @return how many packets were received and sent: 0 if there was nothing to do
    public int doWork(long timeNs) {
        nowNs = timeNs;
        int received = 0;
        for (int i = 0; i < port.queueCount(); i++) {
            while (port.queue(i).receive(burst) > 0) {
                received += burst.size();
                for (int packet = 0; packet < burst.size(); packet++) {
                    frame(burst.data(packet), burst.length(packet));
                }
                pool.freeAll(burst);
            }
        }
        neighbours.doWork();
        tcp.doWork();
        return received + outbox.flush();
    }

    /// The TCP of this host.
    ///
    /// @return always the same object
    public SimulatedTcp tcp() {
        return tcp;
    }

    /// The UDP of this host.
    ///
    /// @return always the same object
    public SimulatedUdp udp() {
        return udp;
    }

    /// The ICMP of this host.
    ///
    /// @return always the same object
    public SimulatedIcmp icmp() {
        return icmp;
    }

    /// What the host counted.
    ///
    /// @return a live view
    public HostCounters counters() {
        return counters;
    }

    /// The host's first address.
    ///
    /// @return the source of its packets to destinations of the same family
    public IpAddress address() {
        return addresses.getFirst().address();
    }

    /// The MAC address of a neighbour, as it was found.
    ///
    /// @param address of the neighbour
    /// @return empty if it is not known
    public Optional<MacAddress> neighbour(IpAddress address) {
        return neighbours.find(address);
    }

    /// Tells all neighbours where the host's addresses are (RFC 5944 §4.6, RFC 4861 §7.2.6), with
    /// the next [#doWork(long)].
    public void announce() {
        for (IpPrefix prefix : addresses) {
            if (prefix.address() instanceof Ipv6Address) {
                discovery.announce(prefix.address());
            } else {
                arp.announce(prefix.address());
            }
        }
    }

    @Override
    public String toString() {
        return "host " + address() + " at " + port.name();
    }

    long nowNs() {
        return nowNs;
    }

    int mtu() {
        return port.mtu();
    }

    RandomGenerator random() {
        return random;
    }

    boolean hasAddress(IpAddress address) {
        for (IpPrefix prefix : addresses) {
            if (prefix.address().equals(address)) {
                return true;
            }
        }
        return false;
    }

    /// The host's addresses, in the order that they were given in.
    List<IpAddress> addresses() {
        return addresses.stream().map(IpPrefix::address).toList();
    }

    /// Whether packets to an address are for this host: to its own, and to its groups.
    boolean listensTo(IpAddress address) {
        return hasAddress(address) || discovery.isJoined(address);
    }

    /// The source of packets to an address: the first of its family and scope, or else the first of
    /// its family.
    IpAddress addressFor(IpAddress destination) {
        IpAddress other = null;
        for (IpPrefix prefix : addresses) {
            IpAddress own = prefix.address();
            if (isSameFamily(own, destination)) {
                if (isLinkLocal(own) == isLinkLocal(destination)) {
                    return own;
                }
                other = other == null ? own : other;
            }
        }
        if (other == null) {
            throw new IllegalStateException(
                    this + " has no address of the family of " + destination);
        }
        return other;
    }

    /// A frame of this host; the receiver's MAC address is filled in when it is known.
    PacketBuilder frame() {
        PacketBuilder frame = PacketBuilder.ethernet(port.mac(), MacAddress.BROADCAST);
        return vlan == null ? frame : frame.vlan(vlan);
    }

    /// An IP packet of this host. Each of IPv4 has an identification of its own, as it may be
    /// fragmented on its way (RFC 791 §2.3).
    PacketBuilder packet(IpAddress source, IpAddress destination) {
        return source instanceof Ipv6Address
                ? frame().ipv6(source.high(), source.low(), destination.high(), destination.low())
                : frame().ipv4(source.toString(), destination.toString())
                        .identification(++identification & 0xFFFF);
    }

    /// How long the header is that [#packet(IpAddress, IpAddress)] makes.
    static int headerLength(IpAddress address) {
        return address instanceof Ipv6Address ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH;
    }

    /// Sends a packet made from [#packet(IpAddress, IpAddress)], as soon as the next hop answers.
    void send(PacketBuilder packet, IpAddress destination) {
        IpAddress nextHop = nextHop(destination);
        if (nextHop == null) {
            counters.noRoute++;
        } else {
            neighbours.send(packet.toBytes(), nextHop);
        }
    }

    SimulatedDiscovery discovery() {
        return discovery;
    }

    MacAddress mac() {
        return port.mac();
    }

    private @Nullable IpAddress nextHop(IpAddress destination) {
        if (isLinkLocal(destination)) {
            return destination;
        }
        for (IpPrefix prefix : addresses) {
            if (prefix.contains(destination)) {
                return destination;
            }
        }
        for (IpAddress gateway : gateways) {
            if (isSameFamily(gateway, destination)) {
                return gateway;
            }
        }
        return null;
    }

    private static boolean isSameFamily(IpAddress a, IpAddress b) {
        return a.bitLength() == b.bitLength();
    }

    private static boolean isLinkLocal(IpAddress address) {
        return address instanceof Ipv6Address v6 && v6.isLinkLocal();
    }

    private void solicit(IpAddress address) {
        if (address instanceof Ipv6Address) {
            discovery.ask(address);
        } else {
            arp.ask(address);
        }
    }

    private void frame(long l2, int length) {
        counters.receivedFrames++;
        int headerLength = Ethernet.HEADER_LENGTH + (vlan == null ? 0 : Vlan.TAG_LENGTH);
        if (length < headerLength || !isForUs(l2)) {
            counters.ignoredFrames++;
            return;
        }
        int type = vlan == null ? Ethernet.type(l2) : Vlan.type(l2);
        long l3 = l2 + headerLength;
        int available = length - headerLength;
        switch (type) {
            case Ethernet.TYPE_ARP -> arp(l3, available);
            case Ethernet.TYPE_IPV4 -> input.ipv4(l3, available);
            case Ethernet.TYPE_IPV6 -> input.ipv6(l3, available);
            default -> counters.ignoredFrames++;
        }
    }

    private boolean isForUs(long l2) {
        boolean rightVlan =
                vlan == null || (Ethernet.type(l2) == Ethernet.TYPE_VLAN && Vlan.id(l2) == vlan);
        long destination = Ethernet.destination(l2);
        return rightVlan && (destination == port.mac().bits() || Ethernet.isGroup(l2));
    }

    private void arp(long packet, int available) {
        if (available < Arp.LENGTH || !Arp.isIpv4OverEthernet(packet)) {
            counters.ignoredFrames++;
        } else {
            arp.receive(packet);
        }
    }

    private void receive(IpPacket packet) {
        if (packet.isIcmp()) {
            icmp.receive(packet);
        } else if (!hasAddress(packet.destination())) {
            counters.ignoredFrames++;
        } else if (packet.protocol() == Ipv4.PROTOCOL_UDP) {
            udp.receive(packet);
        } else if (packet.protocol() == Announcement.PROTOCOL) {
            udp.receiveAnnounced(packet);
        } else if (packet.protocol() == Ipv4.PROTOCOL_TCP) {
            tcp.receive(packet);
        } else {
            counters.ignoredFrames++;
        }
    }

    /// Describes a [SimulatedHost]. Not thread-safe.
    public static final class Builder {
        private final PacketPort port;
        private final BufferPool pool;
        private final List<IpPrefix> addresses = new ArrayList<>();
        private final List<IpAddress> gateways = new ArrayList<>();
        private @Nullable Integer vlan;
        private long seed;

        private Builder(PacketPort port, BufferPool pool) {
            this.port = port;
            this.pool = pool;
        }

        /// Adds an address; packets carry the first one of their destination's family.
        ///
        /// @param prefix address and length, as in `10.0.0.2/24` or `2001:db8::2/64`
        /// @return this
        public Builder address(String prefix) {
            addresses.add(IpPrefix.parse(prefix));
            return this;
        }

        /// Tags all frames, and accepts only those with the same tag.
        ///
        /// @param id 1 to 4094
        /// @return this
        /// @throws IllegalArgumentException if the id is out of range
        public Builder vlan(int id) {
            if (id < 1 || id > Vlan.MAX_ID) {
                throw new IllegalArgumentException("VLAN " + id + " is not 1-" + Vlan.MAX_ID);
            }
            vlan = id;
            return this;
        }

        /// Sets the way to all other networks of a family.
        ///
        /// @param address of a neighbour
        /// @return this
        public Builder gateway(String address) {
            gateways.add(IpAddress.parse(address));
            return this;
        }

        /// Sets what ports and initial sequence numbers are drawn from; 0 unless told otherwise.
        ///
        /// @param value any number
        /// @return this
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /// Makes the host.
        ///
        /// @return a host that knows no neighbour yet
        /// @throws IllegalStateException if it has no address
        public SimulatedHost start() {
            if (addresses.isEmpty()) {
                throw new IllegalStateException(
                        "the host at " + port.name() + " needs an address, as in 10.0.0.2/24");
            }
            return new SimulatedHost(this);
        }
    }
}
