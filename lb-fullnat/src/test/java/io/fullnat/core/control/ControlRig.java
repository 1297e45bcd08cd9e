// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/// A balancer driven by hand, with ports `wan` and `lan`, to which transactions are submitted.
final class ControlRig implements AutoCloseable {
    static final String WAN_MAC = "02:00:00:00:00:01";
    static final String LAN_MAC = "02:00:00:00:00:02";
    static final String CLIENT_MAC = "02:00:00:00:00:c1";
    static final String SERVER_MAC = "02:00:00:00:00:51";
    static final String VIP = "192.0.2.80";
    static final String LOCAL = "10.0.1.100";
    static final String OTHER_LOCAL = "10.0.1.101";
    static final ServiceKey WEB = ServiceKey.tcp(VIP, 80);
    static final ServiceKey TLS = ServiceKey.tcp(VIP, 443);
    static final ServiceKey NOWHERE = ServiceKey.tcp("192.0.2.99", 80);
    static final RealServer SERVER = RealServer.of("10.0.1.11", 8080);
    static final RealServer OTHER_SERVER = RealServer.of("10.0.1.12", 8080);

    final ManualClock clock = new ManualClock();
    final FullNatBalancer balancer;
    private final InMemoryIo io;
    private final FrameEnd client;
    private final FrameEnd server;

    ControlRig() {
        this(builder -> builder);
    }

    ControlRig(UnaryOperator<BalancerBuilder> options) {
        this(options, 0);
    }

    /// @param flowRules how many rules the servers' port takes
    ControlRig(UnaryOperator<BalancerBuilder> options, int flowRules) {
        this(options, openIo(2, flowRules));
    }

    /// With one worker, which all packets reach.
    static ControlRig ofOneWorker(UnaryOperator<BalancerBuilder> options) {
        return new ControlRig(builder -> options.apply(builder.workers(1)), openIo(1, 0));
    }

    /// With an interface of the kernel beside the port `lan`.
    static ControlRig withKernel() {
        return new ControlRig(
                builder -> builder,
                InMemoryIo.builder()
                        .buffers(8192)
                        .wire(
                                PortSettings.of("wan", WAN_MAC).withQueues(2),
                                PortSettings.of("client", CLIENT_MAC))
                        .wire(
                                PortSettings.of("lan", LAN_MAC).withQueues(2).withKernel("klan"),
                                PortSettings.of("server", SERVER_MAC))
                        .open());
    }

    private ControlRig(UnaryOperator<BalancerBuilder> options, InMemoryIo io) {
        this.io = io;
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
        balancer =
                options.apply(
                                FullNatBalancer.builder(io)
                                        .workers(2)
                                        .connections(256)
                                        .clock(clock)
                                        .seed(42))
                        .build();
    }

    static InMemoryIo openIo(int queues, int flowRules) {
        return InMemoryIo.builder()
                .buffers(8192)
                .wire(
                        PortSettings.of("wan", WAN_MAC).withQueues(queues),
                        PortSettings.of("client", CLIENT_MAC))
                .wire(
                        PortSettings.of("lan", LAN_MAC).withQueues(queues).withFlowRules(flowRules),
                        PortSettings.of("server", SERVER_MAC))
                .open();
    }

    /// With addresses, neighbours, and the service [#WEB] of one server and one local address.
    ControlRig configured() {
        apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                neighbour(SERVER),
                neighbour(OTHER_SERVER),
                new Change.AddService(service(WEB)));
        return this;
    }

    static Change neighbour(RealServer server) {
        return new Change.SetNeighbour(
                new Neighbour(server.endpoint().address(), MacAddress.parse(SERVER_MAC), "lan"));
    }

    static VirtualService service(ServiceKey key) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(SERVER)
                .withLocalAddress(local(LOCAL));
    }

    static LocalAddress local(String address) {
        return LocalAddress.of(address, "lan");
    }

    static IpAddress ip(String address) {
        return IpAddress.parse(address);
    }

    /// The rules of the servers' port.
    List<FlowRule> rules() {
        return io.wire("lan").near().rulesInPlace();
    }

    void run() {
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
        }
    }

    void pass(Duration time) {
        clock.advance(time);
        run();
    }

    CompletableFuture<Void> submit(Change... changes) {
        return balancer.control().submit(List.of(changes));
    }

    void apply(Change... changes) {
        CompletableFuture<Void> done = submit(changes);
        run();
        assertThat(done).isCompleted();
    }

    /// The changes are refused, with a message that has all the words, and nothing else happens.
    void refuses(ErrorCode code, List<String> words, Change... changes) {
        BalancerStatus before = status();
        CompletableFuture<Void> done = submit(changes);
        run();
        assertThat(done).isCompletedExceptionally();
        assertThat(done.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .message()
                .contains(words);
        assertThat(((BalancerException) done.exceptionNow()).code()).isEqualTo(code);
        assertThat(status()).isEqualTo(before);
    }

    BalancerStatus status() {
        return balancer.control().status();
    }

    ServiceStatus service() {
        return status().services().stream()
                .filter(service -> service.service().key().equals(WEB))
                .findFirst()
                .orElseThrow();
    }

    Optional<AddressStatus> address(String address) {
        return status().addresses().stream()
                .filter(status -> status.address().prefix().address().equals(ip(address)))
                .findFirst();
    }

    /// A client's SYN to [#WEB]; what came out on the servers' side.
    List<byte[]> connect(int clientPort) {
        return connect("192.0.2.7", clientPort);
    }

    List<byte[]> connect(String address, int clientPort) {
        server.receiveAll();
        send(address, clientPort);
        run();
        return server.receiveAll();
    }

    /// What comes out on the servers' side of a client's packet.
    List<byte[]> pass(PacketBuilder packet) {
        server.receiveAll();
        client.send(packet);
        run();
        return server.receiveAll();
    }

    /// What comes back to the servers' side of a packet from there.
    List<byte[]> ask(PacketBuilder packet) {
        server.receiveAll();
        server.send(packet);
        run();
        return server.receiveAll();
    }

    /// What comes back to the clients' side of a packet from there.
    List<byte[]> askFromClient(PacketBuilder packet) {
        client.receiveAll();
        client.send(packet);
        run();
        return client.receiveAll();
    }

    /// A client sends a SYN to [#WEB] that nobody has looked at yet.
    void send(String address, int clientPort) {
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4(address, VIP)
                        .tcp(clientPort, 80)
                        .flags(Tcp.SYN));
    }

    /// What a client hears that goes on with a connection to [#WEB].
    List<byte[]> speak(String address, int clientPort) {
        client.receiveAll();
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4(address, VIP)
                        .tcp(clientPort, 80)
                        .flags(Tcp.ACK));
        run();
        return client.receiveAll();
    }

    /// What a real server hears that answers a packet it got.
    List<byte[]> answer(byte[] received) {
        server.receiveAll();
        String from = text(received, 30);
        String to = text(received, 26);
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4(from, to)
                        .tcp(port(received, 36), port(received, 34))
                        .flags(Tcp.ACK));
        run();
        return server.receiveAll();
    }

    /// A client's whole handshake with a server of [#WEB]; whether it came about.
    boolean establish(String address, int clientPort) {
        List<byte[]> syn = connect(address, clientPort);
        if (syn.isEmpty()) {
            return false;
        }
        ByteBuffer frame = ByteBuffer.wrap(syn.getFirst());
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4(dotted(frame.getInt(30)), dotted(frame.getInt(26)))
                        .tcp(frame.getShort(36) & 0xFFFF, frame.getShort(34) & 0xFFFF)
                        .sequence(5_000)
                        .acknowledgement(1)
                        .flags(Tcp.SYN | Tcp.ACK));
        run();
        client.receiveAll();
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4(address, VIP)
                        .tcp(clientPort, 80)
                        .sequence(1)
                        .acknowledgement(5_001)
                        .flags(Tcp.ACK));
        run();
        return server.receiveAll().size() == 1;
    }

    private static String dotted(int address) {
        return (address >>> 24)
                + "."
                + (address >>> 16 & 0xFF)
                + "."
                + (address >>> 8 & 0xFF)
                + "."
                + (address & 0xFF);
    }

    private static int port(byte[] frame, int at) {
        return ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
    }

    private static String text(byte[] frame, int at) {
        return dotted(ByteBuffer.wrap(frame).getInt(at));
    }

    /// The TCP flags of a frame without VLAN tag and IP options.
    static int flags(byte[] frame) {
        return frame[47];
    }

    /// A client opens a connection that ends 31 s later.
    void connected(int clientPort) {
        assertThat(connect(clientPort)).hasSize(1);
    }

    /// All connections as the control plane lists them.
    List<ConnectionInfo> connections() {
        List<ConnectionInfo> all = new ArrayList<>();
        balancer.control().connections(ConnectionFilter.ALL, all::add);
        return all;
    }

    /// Whether the balancer answers an ARP request for an address on the servers' side.
    boolean answersFor(String address) {
        server.receiveAll();
        String unknown = "00:00:00:00:00:00";
        server.send(
                PacketBuilder.ethernet(SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                        .arp(1, SERVER_MAC, "10.0.1.11", unknown, address));
        run();
        byte[] answer =
                PacketBuilder.ethernet(LAN_MAC, SERVER_MAC)
                        .arp(2, LAN_MAC, address, SERVER_MAC, "10.0.1.11")
                        .toBytes();
        List<byte[]> frames = new ArrayList<>(server.receiveAll());
        assertThat(frames).isSubsetOf(List.of(answer));
        return !frames.isEmpty();
    }

    @Override
    public void close() {
        balancer.close();
        client.receiveAll();
        server.receiveAll();
        assertThat(io.buffers().inUse()).as("buffers not given back").isZero();
        io.close();
    }
}
