// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.service.RefusalTable;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.HeldFrames;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.TestHops;
import io.fullnat.core.translate.Identifications;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// One connection and what handles its packets beside the fast loop: its client is behind the
/// device `wan`, its real server and the local addresses behind `lan`, which is VLAN 100 of the
/// same port. The service is at 192.0.2.1 and at 2001:db8:0:1::1. Who is to hear of an error, and
/// what goes to other workers, is noted here.
final class PathBench implements AutoCloseable {
    static final int LAN = 0;
    static final int WAN = 1;
    static final int WAN_MTU = 1400;
    static final int LAN_MTU = 1500;
    static final String OURS = "02:00:00:00:00:02";
    static final String CLIENT_MAC = "02:00:00:00:00:c1";
    static final String SERVER_MAC = "02:00:00:00:00:51";
    static final int CLIENT_PORT = 30_007;

    /// The port, beside which is an interface of the kernel.
    static final PortSettings NEAR = PortSettings.of("lan", OURS).withKernel("klan");

    private static final int VLAN = 100;
    private static final int CLIENT = 7;
    private static final List<Frontend> FRONTENDS =
            List.of(Frontend.parse("192.0.2.1:80"), Frontend.parse("[2001:db8:0:1::1]:80"));

    final OpenBench bench;
    final FlowContext context;
    final Arrivals arrivals;
    final Identifications identifications = new Identifications(0, 1);
    final ErrorAnswers errors = new NotingErrors();
    final Peers peers;
    final ServiceEntry service;
    final long entry;

    /// What was to be said about packets, in the order in which it was.
    final List<String> told = new ArrayList<>();

    /// What other workers got.
    final List<HandedOver> handedOver = new ArrayList<>();

    private final Ipv4Family ipv4;
    private final Ipv6Family ipv6;
    private final Families families;
    private final int protocol;
    private final boolean clientIpv6;
    private final boolean serverIpv6;
    private final FrameEnd far;
    private final Frame frame = new Frame();

    /// A packet that another worker got.
    @SuppressWarnings("ArrayRecordComponent") // compared field by field
    record HandedOver(int worker, byte[] bytes, int hops) {}

    PathBench(Families families, int protocol) {
        this(families, protocol, ServicePolicy.DEFAULT);
    }

    PathBench(Families families, int protocol, ServicePolicy policy) {
        this(families, protocol, policy, 0, NEAR);
    }

    /// One of several workers.
    PathBench(Families families, int protocol, int self, int workers) {
        this(families, protocol, self, NEAR.withQueues(workers));
    }

    /// One of as many workers as the port has queues.
    PathBench(Families families, int protocol, int self, PortSettings near) {
        this(families, protocol, ServicePolicy.DEFAULT, self, near);
    }

    private PathBench(
            Families families, int protocol, ServicePolicy policy, int self, PortSettings near) {
        this.families = families;
        this.protocol = protocol;
        clientIpv6 = families == Families.IPV6 || families == Families.IPV6_TO_IPV4;
        serverIpv6 = families == Families.IPV6 || families == Families.IPV4_TO_IPV6;
        bench = new OpenBench(Seed.value(), 64, self, near);
        context = bench.context;
        arrivals = new Arrivals(context);
        peers = new NotingPeers(self, near.queues());
        ipv4 = new Ipv4Family(context.table());
        ipv6 = new Ipv6Family(context.table().wide());
        far = new FrameEnd(bench.io.wire("lan").far(), bench.io.buffers());
        context.stack().view(view("0.0.0.0/0", "::/0"));
        for (String client : List.of("198.51.0.7", "2001:db8:0:c1::7")) {
            TestHops.reachable(bench.adjacencies, device(WAN), client, CLIENT_MAC);
        }
        for (String server : List.of("10.0.1.11", "2001:db8:0:1::b")) {
            TestHops.reachable(bench.adjacencies, device(LAN), server, SERVER_MAC);
        }
        service = serve(policy);
        entry = open(CLIENT, service);
        context.stack().forgetAdjacencies(); // so each packet's way is looked at
    }

    private static Device device(int index) {
        boolean wan = index == WAN;
        return new Device(
                index,
                wan ? "wan" : "lan",
                0,
                wan ? 0 : VLAN,
                2L << 40 | 2,
                wan ? WAN_MTU : LAN_MTU,
                ReversePath.STRICT);
    }

    /// The network with such routes to clients.
    static NetworkView view(String... clients) {
        return new NetworkView(
                List.of(device(LAN), device(WAN)),
                Set.of(WAN, LAN),
                List.of(own("10.0.1.100", 128), own("2001:db8:0:1::64", 128)),
                new RouteTable(
                        Stream.concat(
                                        Arrays.stream(clients).map(to -> route(to, WAN)),
                                        Stream.of(
                                                route("10.0.1.0/24", LAN),
                                                route("2001:db8:0:1::/64", LAN)))
                                .toList()),
                List.of(),
                2 + clients.length);
    }

    private static NetworkView.Own own(String address, int length) {
        IpAddress ip = IpAddress.parse(address);
        return new NetworkView.Own(ip.high(), ip.low(), length, LAN, true);
    }

    private static RouteTable.Entry route(String prefix, int device) {
        int slash = prefix.indexOf('/');
        IpAddress ip = IpAddress.parse(prefix.substring(0, slash));
        int length = Integer.parseInt(prefix.substring(slash + 1));
        return new RouteTable.Entry(
                ip.high(),
                ip.low(),
                prefix.contains(":") ? length : 96 + length,
                RouteTable.Hop.onLink(device));
    }

    /// Has the service wanted otherwise from now on.
    ///
    /// @return as it is then
    ServiceEntry serve(ServicePolicy policy) {
        Protocol of = protocol == OpenBench.TCP ? Protocol.TCP : Protocol.UDP;
        return bench.serve(
                VirtualService.of(ServiceKey.group(of, "site"))
                        .withFrontends(FRONTENDS)
                        .withPolicy(policy));
    }

    /// Has the service be gone.
    void serveNothing() {
        bench.serveNothing();
    }

    /// Opens the connection of another client, whose MAC address nobody knows.
    long openOfStranger() {
        return open(CLIENT + 1, service);
    }

    private long open(int client, ServiceEntry of) {
        return bench.open(families, protocol, client, of);
    }

    /// Whether what comes in a direction is of IPv6.
    boolean comesWide(int direction) {
        return direction == INBOUND ? clientIpv6 : serverIpv6;
    }

    /// Whether what comes in a direction leaves in the other family.
    boolean isAcross() {
        return clientIpv6 != serverIpv6;
    }

    Family family(int direction) {
        return comesWide(direction) ? ipv6 : ipv4;
    }

    /// What sends packets on that come in a direction.
    Forwarder forwarder(int direction) {
        return forwarder(direction, new DatagramFlows());
    }

    /// The same, which keeps flows of single datagrams.
    Forwarder forwarder(int direction, DatagramFlows datagrams) {
        return new Forwarder(
                context,
                family(direction),
                errors,
                crossing(direction),
                bench.neighbourhood,
                datagrams,
                identifications);
    }

    /// How packets of a direction leave in the other family.
    Crossing crossing(int direction) {
        return comesWide(direction)
                ? new CrossingTo4(ipv6, identifications)
                : new CrossingTo6(bench.neighbourhood.answers());
    }

    /// What makes handshakes for clients, and gives segments away that it has held.
    HandshakeFamilies handshakes(HandshakeSegments segments, HeldFrames.Receiver receiver) {
        HandshakeFamilies both =
                new HandshakeFamilies(context, new PacketEnd(context.stack()), receiver);
        ServerHandshakes client = handshakes(INBOUND, segments);
        ServerHandshakes server = handshakes(OUTBOUND, segments);
        both.set(clientIpv6 ? server : client, clientIpv6 ? client : server);
        return both;
    }

    private ServerHandshakes handshakes(int direction, HandshakeSegments segments) {
        return new ServerHandshakes(
                context,
                family(direction),
                forwarder(direction),
                errors,
                new ConnectionOpener(context, null),
                segments);
    }

    /// What reads errors of ICMP that come in a direction.
    Quotation quotation(int direction) {
        return comesWide(direction)
                ? new Ipv6Quotation(ipv6, context.table().wide(), identifications)
                : new Ipv4Quotation(context.table());
    }

    /// The addresses of a packet as it comes, or comes from another on that side.
    PacketBuilder from(int direction) {
        if (direction == INBOUND) {
            PacketBuilder link = PacketBuilder.ethernet(CLIENT_MAC, OURS);
            return clientIpv6
                    ? link.ipv6("2001:db8:0:c1::7", "2001:db8:0:1::1")
                    : link.ipv4("198.51.0.7", "192.0.2.1");
        }
        PacketBuilder link = PacketBuilder.ethernet(SERVER_MAC, OURS).vlan(VLAN);
        return serverIpv6
                ? link.ipv6("2001:db8:0:1::b", "2001:db8:0:1::64")
                : link.ipv4("10.0.1.11", "10.0.1.100");
    }

    /// The addresses of a packet of a direction as it leaves.
    PacketBuilder to(int direction) {
        if (direction == INBOUND) {
            PacketBuilder link = PacketBuilder.ethernet(OURS, SERVER_MAC).vlan(VLAN);
            return serverIpv6
                    ? link.ipv6("2001:db8:0:1::64", "2001:db8:0:1::b")
                    : link.ipv4("10.0.1.100", "10.0.1.11");
        }
        PacketBuilder link = PacketBuilder.ethernet(OURS, CLIENT_MAC);
        return clientIpv6
                ? link.ipv6("2001:db8:0:1::1", "2001:db8:0:c1::7")
                : link.ipv4("192.0.2.1", "198.51.0.7");
    }

    /// A packet of a direction as it comes.
    PacketBuilder arriving(int direction) {
        return direction == INBOUND
                ? ports(from(INBOUND), CLIENT_PORT, 80)
                : ports(from(OUTBOUND), 8080, localPort());
    }

    /// The same packet as it leaves.
    PacketBuilder leaving(int direction) {
        PacketBuilder packet =
                direction == INBOUND
                        ? ports(to(INBOUND), localPort(), 8080)
                        : ports(to(OUTBOUND), 80, CLIENT_PORT);
        return packet.timeToLive(63);
    }

    private PacketBuilder ports(PacketBuilder packet, int from, int to) {
        return protocol == OpenBench.TCP ? packet.tcp(from, to) : packet.udp(from, to);
    }

    int localPort() {
        return ConnectionKey.destinationPort(entry, OUTBOUND);
    }

    long flow(int direction) {
        return entry + (long) direction * FLOW_LENGTH;
    }

    /// Has a packet come in, in a buffer of its own.
    Frame receive(PacketBuilder packet, int device) {
        PacketBurst burst = new PacketBurst(1);
        assertThat(packet.appendTo(bench.io.buffers(), burst)).isTrue();
        frame.set(burst.buffer(0), burst.data(0), burst.length(0), 0);
        frame.link(device, Ethernet.type(frame.l2()) == Ethernet.TYPE_VLAN ? 18 : 14);
        if (Ipv6.version(frame.l3()) == 6) {
            assertThat(ipv6.take(frame.l3(), frame.l3Length())).isEqualTo(Ipv6Chain.RIGHT);
        }
        return frame;
    }

    /// Has one come in where packets of its direction do.
    Frame receive(int direction, PacketBuilder packet) {
        return receive(packet, direction == INBOUND ? WAN : LAN);
    }

    /// The frame that came in last, as it is now.
    byte[] received() {
        return Memory.toBytes(frame.l2(), frame.length());
    }

    /// Gives the buffer back that came in last.
    void free() {
        bench.io.buffers().free(frame.buffer());
    }

    /// What has left since this was asked last.
    List<byte[]> sent() {
        context.stack().transmitter(0).flush();
        return far.receiveAll();
    }

    /// The same, each as long as Ethernet wants it: what came in may have been shorter than any
    /// that a card receives.
    List<byte[]> sentPadded() {
        return sent().stream().map(PathBench::padded).toList();
    }

    /// What a builder makes, at least as long as Ethernet wants it.
    static byte[] bytes(PacketBuilder packet) {
        return padded(packet.toBytes());
    }

    private static byte[] padded(byte[] bytes) {
        return bytes.length < 60 ? Arrays.copyOf(bytes, 60) : bytes;
    }

    long count(Counter counter) {
        return context.stack().counters().get(counter);
    }

    long count(Outcome outcome) {
        return context.stack().counters().get(outcome);
    }

    /// Packets that the service has refused so.
    long refused(Outcome outcome) {
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            if (RefusalTable.outcome(column) == outcome) {
                return bench.traffic.refusals().get(service.slot(), column);
            }
        }
        throw new IllegalArgumentException(outcome + " is counted of no service");
    }

    /// Connections of the real server that have begun.
    long begun() {
        return Memory.getLong(bench.traffic.server(slot()) + TrafficTable.CONNECTIONS);
    }

    /// Packets and bytes of a direction's counters of the real server.
    long counted(int direction, int field) {
        long line = bench.traffic.server(serverIpv6 ? 1 : 0);
        return Memory.getLong(line + field + (long) direction * TrafficTable.DIRECTION_STEP);
    }

    /// Leaves no room for a neighbour that is not known yet.
    void fillNeighbours() {
        for (int i = 0; i < AdjacencyTable.CAPACITY; i++) {
            String address = "10.9.%d.%d".formatted(i >> 8, i & 0xFF);
            if (bench.adjacencies.size() < AdjacencyTable.CAPACITY) {
                TestHops.reachable(bench.adjacencies, device(LAN), address, SERVER_MAC);
            }
        }
    }

    /// The index of the real server's adjacency.
    int serverHop() {
        IpAddress ip = IpAddress.parse(serverIpv6 ? "2001:db8:0:1::b" : "10.0.1.11");
        return bench.adjacencies.find(LAN, ip.high(), ip.low());
    }

    /// Slot of the real server.
    int slot() {
        return serverIpv6 ? 1 : 0;
    }

    /// Ends all, and sees that nobody has kept a buffer.
    @Override
    public void close() {
        assertThat(sent()).as("what nobody has looked at").isEmpty();
        bench.neighbourhood.arp().neighbours().close();
        assertThat(bench.io.buffers().inUse()).as("buffers that are lost").isZero();
        bench.close();
    }

    private final class NotingPeers implements Peers {
        private final int self;
        private final int workers;

        NotingPeers(int self, int workers) {
            this.self = self;
            this.workers = workers;
        }

        @Override
        public int self() {
            return self;
        }

        @Override
        public int count() {
            return workers;
        }

        @Override
        public void handOver(int worker, Frame packet, int hops) {
            byte[] bytes = Memory.toBytes(packet.l2(), packet.length());
            handedOver.add(new HandedOver(worker, bytes, hops));
            bench.io.buffers().free(packet.buffer());
        }
    }

    private final class NotingErrors implements ErrorAnswers {
        @Override
        public void unreachable(Frame packet, Unreachable what, int servicePort) {
            told.add("unreachable " + what + " " + servicePort);
        }

        @Override
        public void timeExceeded(Frame packet, int servicePort) {
            told.add("time exceeded " + servicePort);
        }

        @Override
        public void reset(Frame packet, int servicePort) {
            told.add("reset " + servicePort);
        }

        @Override
        public void unreachableToPeer(Frame packet, Unreachable what) {
            told.add("unreachable " + what);
        }

        @Override
        public void timeExceededToPeer(Frame packet) {
            told.add("time exceeded");
        }

        @Override
        public void tooBigToPeer(Frame packet, int mtu) {
            told.add("too big " + mtu);
        }
    }
}
