// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// One worker's stack on a wire of its own, without anything above it: a port with 10.0.1.1/24, the
/// local address 10.0.1.100 and a gateway at 10.0.1.254, and on its VLAN 100 10.0.2.1/24. Addresses
/// are text: how the stack keeps them is a matter of this class alone.
public final class TestNetwork implements AutoCloseable {
    /// The port's MAC address.
    public static final String MAC = "02:00:00:00:00:02";

    /// Another station's.
    public static final String STATION = "02:00:00:00:00:51";

    /// A third one's.
    public static final String OTHER = "02:00:00:00:00:99";

    /// All stations'.
    public static final String ALL = "ff:ff:ff:ff:ff:ff";

    /// The port's device.
    public static final Device LAN = device(0, "lan", 0);

    /// Its VLAN's.
    public static final Device TAGGED = device(1, "lan.100", 100);

    /// The wire.
    public final InMemoryIo io;

    /// What the stack shares.
    public final StackContext context;

    final TestCounters counters = new TestCounters();
    final AdjacencyTable adjacencies = new AdjacencyTable();
    final List<String> told = new ArrayList<>();
    final List<String> learnt = new ArrayList<>();
    final List<Long> resumed = new ArrayList<>();
    final List<Long> givenUp = new ArrayList<>();
    final LinkGate link = new LinkGate();
    private final FrameEnd far;
    final AddressStates states = new AddressStates();
    final ListenerVersions versions = new ListenerVersions();
    private final NeighbourStack links;
    private final Ipv6Chain chain = new Ipv6Chain();

    /// A stack that verifies moves and defends its addresses.
    public TestNetwork() {
        this(NeighbourSettings.DEFAULT);
    }

    TestNetwork(NeighbourSettings settings) {
        this(settings, view());
    }

    /// A stack of both families, the one that speaks for all workers: its port has 2001:db8:1::1/64
    /// as well, the local address 2001:db8:1::100 and a gateway at 2001:db8:1::fe, and on its VLAN
    /// 100 there is 2001:db8:2::1/64.
    static TestNetwork dual() {
        return new TestNetwork(NeighbourSettings.DEFAULT, dualView());
    }

    TestNetwork(NeighbourSettings settings, NetworkView view) {
        io =
                InMemoryIo.builder()
                        .buffers(2048)
                        .dataCapacity(4096)
                        .wire(
                                PortSettings.of("lan", MAC),
                                PortSettings.of("far", "02:00:00:00:00:0f"))
                        .open();
        far = new FrameEnd(io.wire("lan").far(), io.buffers());
        Transmitter transmitter =
                new Transmitter(
                        "lan",
                        io.wire("lan").near().queue(0),
                        io.buffers(),
                        counters.counters,
                        link,
                        256);
        context =
                new StackContext(
                        1, io.buffers(), new Transmitter[] {transmitter}, counters.counters, view);
        links =
                new NeighbourStack(
                        context,
                        adjacencies,
                        states,
                        versions,
                        (how, device, high, low, mac) ->
                                learnt.add(how + " " + name(high, low) + " " + mac(mac)),
                        (what, device, high, low, before, now) ->
                                told.add(what + " " + name(high, low) + " " + mac(now)),
                        new ArpStack.Waiters() {
                            @Override
                            public void resume(long buffer, long data, int length, int port) {
                                resumed.add(buffer);
                                io.buffers().free(buffer);
                            }

                            @Override
                            public void giveUp(long buffer, long data, int length, int port) {
                                givenUp.add(buffer);
                                io.buffers().free(buffer);
                            }
                        },
                        settings,
                        true);
    }

    private static Device device(int index, String name, int vlan) {
        return new Device(
                index, name, 0, vlan, MacAddress.parse(MAC).bits(), 1500, ReversePath.OFF);
    }

    static NetworkView view(NetworkView.StaticNeighbour... neighbours) {
        return new NetworkView(
                List.of(LAN, TAGGED),
                Set.of(0, 1),
                List.of(
                        own("10.0.1.1/24", 0, false),
                        own("10.0.1.100/32", 0, true),
                        own("10.0.2.1/24", 1, false)),
                new RouteTable(
                        List.of(
                                route("10.0.1.0/24", RouteTable.Hop.onLink(0)),
                                route("10.0.2.0/24", RouteTable.Hop.onLink(1)),
                                route("0.0.0.0/0", via("10.0.1.254")))),
                List.of(neighbours),
                1);
    }

    static NetworkView dualView() {
        return dualView(
                own("2001:db8:1::1/64", 0, false),
                own("2001:db8:1::100/128", 0, true),
                own("2001:db8:2::1/64", 1, false));
    }

    /// @param ipv6 own addresses instead of those
    static NetworkView dualView(NetworkView.Own... ipv6) {
        List<NetworkView.Own> owned = new ArrayList<>();
        owned.add(own("10.0.1.1/24", 0, false));
        owned.addAll(List.of(ipv6));
        return new NetworkView(
                List.of(LAN, TAGGED),
                Set.of(0, 1),
                owned,
                new RouteTable(
                        List.of(
                                route("10.0.1.0/24", RouteTable.Hop.onLink(0)),
                                route("2001:db8:1::/64", RouteTable.Hop.onLink(0)),
                                route("2001:db8:2::/64", RouteTable.Hop.onLink(1)),
                                route("::/0", via("2001:db8:1::fe")))),
                List.of(),
                1);
    }

    /// The two halves of an address of either family.
    static long[] halves(String address) {
        byte[] bytes = InetAddress.ofLiteral(address).getAddress();
        if (bytes.length == 4) {
            return new long[] {0, IpAddress.mapped(ByteBuffer.wrap(bytes).getInt())};
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new long[] {buffer.getLong(), buffer.getLong()};
    }

    private static long high(String address) {
        return halves(address)[0];
    }

    private static long low(String address) {
        return halves(address)[1];
    }

    static String name(long high, long low) {
        try {
            byte[] all = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            InetAddress address = InetAddress.getByAddress(all);
            return address.getHostAddress().replaceFirst("(^|:)(0(:|$)){2,}", "::");
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static String mac(long mac) {
        return new MacAddress(mac).toString();
    }

    static NetworkView.Own own(String prefix, int device, boolean local) {
        String address = prefix.substring(0, prefix.indexOf('/'));
        return new NetworkView.Own(high(address), low(address), length(prefix), device, local);
    }

    private static int length(String prefix) {
        int slash = prefix.indexOf('/');
        int length = Integer.parseInt(prefix.substring(slash + 1));
        return prefix.indexOf(':') < 0 ? 96 + length : length;
    }

    static RouteTable.Hop via(String gateway) {
        return new RouteTable.Hop(0, high(gateway), low(gateway));
    }

    static RouteTable.Entry route(String prefix, RouteTable.Hop hop) {
        String address = prefix.substring(0, prefix.indexOf('/'));
        return new RouteTable.Entry(high(address), low(address), length(prefix), hop);
    }

    static NetworkView.StaticNeighbour neighbour(String address, String mac) {
        return new NetworkView.StaticNeighbour(
                high(address), low(address), 0, MacAddress.parse(mac).bits());
    }

    int find(String address) {
        return adjacencies.find(0, high(address), low(address));
    }

    int findAgain(String address) {
        return adjacencies.findAgain(0, high(address), low(address));
    }

    /// Adds a neighbour.
    ///
    /// @param device where it is
    /// @param address its address
    /// @param kept whether the configuration names it
    /// @return its index, or [AdjacencyTable#NONE]
    public int add(Device device, String address, boolean kept) {
        return adjacencies.findOrAdd(device, high(address), low(address), kept);
    }

    /// The address of an adjacency with a MAC address.
    ///
    /// @param device where it is
    /// @param mtu of the link
    /// @return its address
    public long adjacency(Device device, int mtu) {
        Device other =
                new Device(
                        device.index(),
                        device.name(),
                        0,
                        device.vlan(),
                        device.mac(),
                        mtu,
                        ReversePath.OFF);
        int index = add(other, "10.0.1.11", true);
        adjacencies.resolve(index, other, MacAddress.parse(STATION).bits());
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.REACHABLE);
        return adjacencies.entry(index);
    }

    /// Where the routes lead to.
    int nextHop(String destination) {
        long high = high(destination);
        RouteTable.Hop hop = context.view().routes().find(high, low(destination));
        return links.neighbours().nextHop(requireNonNull(hop), high, low(destination));
    }

    void learn(int how, String address, String mac) {
        links.heardElsewhere(how, 0, high(address), low(address), MacAddress.parse(mac).bits());
    }

    void announce(String prefix) {
        links.announce(List.of(own(prefix, 0, false)));
    }

    boolean isOwn(String address) {
        return context.view().isOwn(high(address), low(address));
    }

    boolean isLocal(String address) {
        return context.view().isLocalAddress(high(address), low(address));
    }

    boolean isNoSource(String address) {
        return context.view().isNoSource(high(address), low(address));
    }

    boolean isNeighbour(int device, String address) {
        return context.view().isNeighbour(device, high(address), low(address));
    }

    String sourceFor(int device, String peer) {
        NetworkView.Own own = context.view().sourceFor(device, high(peer), low(peer));
        return own == null ? "none" : name(own.high(), own.low());
    }

    NeighbourStack links() {
        return links;
    }

    ArpStack arp() {
        return links.arp();
    }

    Neighbours neighbours() {
        return links.neighbours();
    }

    NeighbourRequests requests() {
        return new NeighbourRequests(
                context, adjacencies, new ArpRequests(context), new NdRequests(context, states));
    }

    /// Receives a message of IPv6 as the path does: with its headers walked, for what they are.
    ///
    /// @return how it ended
    Outcome receive6(PacketBuilder packet) {
        Frame frame = frame(packet);
        Outcome outcome = Outcome.MALFORMED;
        if (chain.walk(frame.l3(), frame.l3Length()) == Ipv6Chain.RIGHT) {
            outcome = links.discovery().receive(frame, chain);
        }
        context.pool().free(frame.buffer());
        return outcome;
    }

    /// Makes all own addresses of IPv6 valid, and forgets what was said meanwhile.
    ///
    /// @return the time after that, in milliseconds
    long settle() {
        pass(0, 4000);
        out();
        return 4000;
    }

    int state(int index) {
        return Memory.getInt(adjacencies.entry(index) + AdjacencyTable.STATE);
    }

    String macOf(int index) {
        return mac(adjacencies.mac(index));
    }

    /// Sets the time.
    ///
    /// @param ms since the start
    public void at(long ms) {
        context.time(ms * 1_000_000);
    }

    /// Lets time pass in tenths of a second.
    void pass(long fromMs, long toMs) {
        for (long now = fromMs + 100; now <= toMs; now += 100) {
            at(now);
            links.poll();
        }
    }

    /// A received frame in a buffer of its own.
    ///
    /// @param packet what is received
    /// @return the frame, its link header read
    public Frame frame(PacketBuilder packet) {
        PacketBurst burst = new PacketBurst(1);
        assertThat(packet.appendTo(io.buffers(), burst)).isTrue();
        Frame frame = new Frame();
        frame.set(burst.buffer(0), burst.data(0), burst.length(0), 0);
        byte[] bytes = packet.toBytes();
        boolean tagged = (bytes[12] & 0xFF) == 0x81;
        frame.link(tagged ? 1 : 0, tagged ? 18 : 14);
        return frame;
    }

    void receive(PacketBuilder packet) {
        links.arp().receive(frame(packet));
    }

    static PacketBuilder request(String mac, String sender, String target) {
        return PacketBuilder.ethernet(mac, ALL).arp(1, mac, sender, "00:00:00:00:00:00", target);
    }

    static PacketBuilder reply(String mac, String sender) {
        return PacketBuilder.ethernet(mac, MAC).arp(2, mac, sender, MAC, "10.0.1.1");
    }

    /// A request of ours, as it leaves.
    static byte[] asked(String destination, String source, String target) {
        return PacketBuilder.ethernet(MAC, destination)
                .arp(1, MAC, source, "00:00:00:00:00:00", target)
                .padding(18)
                .toBytes();
    }

    /// Sends what there is to send.
    ///
    /// @return the frames
    public List<byte[]> out() {
        context.transmitter(0).flush();
        return far.receiveAll();
    }

    /// Reads a count.
    ///
    /// @param outcome which
    /// @return packets
    public long count(Outcome outcome) {
        return counters.counters.get(outcome);
    }

    /// Reads a count.
    ///
    /// @param counter which
    /// @return its value
    public long count(Counter counter) {
        return counters.counters.get(counter);
    }

    @Override
    public void close() {
        out();
        links.neighbours().close();
        assertThat(io.buffers().inUse()).as("buffers not given back").isZero();
        adjacencies.close();
        counters.close();
        io.close();
    }
}
