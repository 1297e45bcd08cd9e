// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.GATEWAY;
import static io.fullnat.core.Rig.LAN_MAC;
import static io.fullnat.core.Rig.LOCAL;
import static io.fullnat.core.Rig.SERVER;
import static io.fullnat.core.Rig.SERVER_MAC;
import static io.fullnat.core.Rig.VIP;
import static io.fullnat.core.Rig.WAN_MAC;
import static io.fullnat.core.Rig.neighbour;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Chain;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;

/// A whole small balancer for inputs of a fuzzer, with two workers and few connections and buffers,
/// so that tables get full. Whatever it is sent, nothing fails, each frame has one outcome, each
/// buffer comes back, and what leaves has a right header.
///
/// As making one takes longer than an input, many inputs in turn go to one: see [#settle()].
final class FuzzBalancer implements AutoCloseable {
    static final int LAN_MTU = 1400;
    static final String OTHER_SERVER = "10.0.1.12";

    /// Services whose clients and servers differ in family.
    static final ServiceKey TCP_6_TO_4 = ServiceKey.tcp(Rig6.VIP, 6480);

    static final ServiceKey UDP_6_TO_4 = ServiceKey.udp(Rig6.VIP, 6453);
    static final ServiceKey TCP_4_TO_6 = ServiceKey.tcp(VIP, 4680);
    static final ServiceKey UDP_4_TO_6 = ServiceKey.udp(VIP, 4653);

    private static final int WORKERS = 2;
    private static final int BUFFERS = 512;
    private static final int IP = 14;
    private static final int VLAN = 4;
    private static final int UOA = 248;
    private static final int WAN_MTU = 1500;

    /// The last frames that arrived at the clients' end, and at the servers'.
    final List<byte[]> atClient = new ArrayList<>();

    final List<byte[]> atServer = new ArrayList<>();

    /// Whether all that was sent had right checksums; then so has all that leaves.
    boolean honest;

    private final ManualClock clock = new ManualClock();
    private final InMemoryIo io;
    private final FullNatBalancer balancer;
    private final FrameEnd client;
    private final FrameEnd server;
    private final DesiredState configured;

    FuzzBalancer() {
        io =
                InMemoryIo.builder()
                        .buffers(BUFFERS)
                        .wire(
                                PortSettings.of("wan", WAN_MAC).withQueues(WORKERS),
                                PortSettings.of("client", CLIENT_MAC))
                        .wire(
                                PortSettings.of("lan", LAN_MAC)
                                        .withMtu(LAN_MTU)
                                        .withQueues(WORKERS)
                                        .withFlowRules(16),
                                PortSettings.of("server", SERVER_MAC))
                        .open();
        balancer =
                FullNatBalancer.builder(io)
                        .workers(WORKERS)
                        .connections(32)
                        .clock(clock)
                        .seed(42)
                        .build();
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
        apply(changes());
        apply(FuzzService.all().stream().map(one -> add(one.service())).toList());
        for (int second = 0; second < 5; second++) {
            pass(Duration.ofSeconds(1)); // nobody objects to addresses of IPv6
        }
        configured = balancer.control().desired();
    }

    private static Change add(VirtualService service) {
        return new Change.AddService(service);
    }

    private void apply(List<Change> changes) {
        CompletableFuture<Void> done = submit(changes);
        run();
        done.join();
    }

    private static List<Change> changes() {
        return List.of(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", GATEWAY, "wan")),
                new Change.AddService(service(Rig.TCP, 8080, SERVER, OTHER_SERVER)),
                new Change.AddService(
                        service(Rig.UDP, 5353, SERVER)
                                .withAccessRules(List.of(AccessRule.deny("203.0.113.0/24")))),
                neighbour(GATEWAY, CLIENT_MAC, "wan"),
                neighbour(SERVER, SERVER_MAC, "lan"),
                new Change.AddAddress(InterfaceAddress.of(Rig6.WAN + "/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig6.VIP + "/128", "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig6.LAN + "/64", "lan")),
                new Change.AddRoute(Route.via("::/0", Rig6.GATEWAY, "wan")),
                new Change.AddService(Rig6.service(Rig6.TCP, 8080)),
                new Change.AddService(Rig6.service(Rig6.UDP, 5353)),
                new Change.AddService(service6(TCP_6_TO_4, SERVER, LOCAL, 8080)),
                new Change.AddService(service6(UDP_6_TO_4, SERVER, LOCAL, 5353)),
                new Change.AddService(service6(TCP_4_TO_6, Rig6.SERVER, Rig6.LOCAL, 8080)),
                new Change.AddService(service6(UDP_4_TO_6, Rig6.SERVER, Rig6.LOCAL, 5353)),
                neighbour(Rig6.GATEWAY, CLIENT_MAC, "wan"),
                neighbour(Rig6.SERVER, SERVER_MAC, "lan"));
    }

    private static VirtualService service6(ServiceKey key, String server, String local, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(server, port))
                .withLocalAddress(LocalAddress.of(local, "lan"));
    }

    private static VirtualService service(ServiceKey key, int port, String... servers) {
        VirtualService service =
                VirtualService.of(key)
                        .withScheduler("rr")
                        .withLocalAddress(LocalAddress.of(LOCAL, "lan"));
        for (String server : servers) {
            service = service.withRealServer(RealServer.of(server, port));
        }
        return service;
    }

    /// A change that may be refused.
    CompletableFuture<Void> submit(List<Change> changes) {
        return balancer.control().submit(changes);
    }

    /// A frame that no wire carries is not sent.
    void send(boolean fromClient, byte[] frame) {
        if (frame.length <= io.buffers().dataCapacity()) {
            (fromClient ? client : server).send(frame);
        }
    }

    void pass(Duration time) {
        clock.advance(time);
        run();
    }

    /// Lets it work until nothing is left to do, and takes what came out.
    void run() {
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            if (turns > 100_000) {
                throw new AssertionError("the balancer never rests");
            }
        }
        take(client, atClient);
        take(server, atServer);
    }

    private void take(FrameEnd end, List<byte[]> last) {
        List<byte[]> frames = end.receiveAll();
        if (!frames.isEmpty()) {
            last.clear();
            last.addAll(frames);
            frames.forEach(frame -> check(frame, end == client ? WAN_MTU : LAN_MTU));
        }
    }

    /// The IPv4 header of each frame that leaves is right, and the frame as long as it says, and no
    /// longer than its link takes.
    private void check(byte[] frame, int mtu) {
        if (frame.length > IP + VLAN + mtu) {
            throw new AssertionError("a frame of " + frame.length + " bytes leaves");
        }
        if ((frame[12] & 0xFF) == 0x86 && (frame[13] & 0xFF) == 0xDD) {
            checkLength6(frame);
            if (honest) {
                checkTransport6(seen(frame, IP + 6, IP + 4));
            }
            return;
        }
        if (frame[12] != 8 || frame[13] != 0) {
            return; // ARP
        }
        int total = (frame[IP + 2] & 0xFF) << 8 | (frame[IP + 3] & 0xFF);
        if (IP + total > frame.length) {
            throw new AssertionError(total + " bytes in a frame of " + frame.length);
        }
        if (!isRight(frame, Checksum::isIpv4HeaderValid)) {
            throw new AssertionError("a wrong header checksum leaves");
        }
        if (honest && !isRight(seen(frame, IP + 9, IP + 2), FuzzBalancer::isTransportRight)) {
            throw new AssertionError("a wrong transport checksum leaves");
        }
    }

    private static boolean isRight(byte[] frame, LongPredicate check) {
        long address = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, address);
            return check.test(address + IP);
        } finally {
            Memory.free(address);
        }
    }

    /// A frame as its server sees it when the header of UOA is gone that tells its client.
    private static byte[] seen(byte[] frame, int protocolAt, int lengthAt) {
        if ((frame[protocolAt] & 0xFF) != UOA) {
            return frame;
        }
        int at = IP + FuzzFrames.header(frame);
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int told = bytes.getShort(at + 2);
        byte[] seen = Arrays.copyOf(frame, frame.length - told);
        System.arraycopy(frame, at + told, seen, at, seen.length - at);
        seen[protocolAt] = frame[at + 1];
        ByteBuffer.wrap(seen).putShort(lengthAt, (short) (bytes.getShort(lengthAt) - told));
        return seen;
    }

    private static void checkLength6(byte[] frame) {
        int payload = (frame[IP + 4] & 0xFF) << 8 | (frame[IP + 5] & 0xFF);
        if (frame[IP] >> 4 != 6 || IP + 40 + payload > frame.length) {
            throw new AssertionError(payload + " bytes of payload in a frame of " + frame.length);
        }
    }

    private static void checkTransport6(byte[] frame) {
        long ip = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, ip);
            Ipv6Chain chain = new Ipv6Chain();
            if (chain.walk(ip + IP, frame.length - IP) != Ipv6Chain.RIGHT || chain.isFragment()) {
                return;
            }
            long transport = chain.transport();
            int length = chain.transportLength();
            if (!Checksum.isTransport6Valid(ip + IP, chain.protocol(), transport, length)) {
                throw new AssertionError("a wrong transport checksum leaves in IPv6");
            }
        } finally {
            Memory.free(ip);
        }
    }

    private static boolean isTransportRight(long ip) {
        if (Ipv4.isFragment(ip)) {
            return true;
        }
        return Ipv4.protocol(ip) == Ipv4.PROTOCOL_ICMP
                ? Checksum.isIcmpValid(ip)
                : Checksum.isTransportValid(ip);
    }

    /// Ends what an input has begun, and checks what must hold then.
    void settle() {
        apply(List.of(new Change.EndConnections(ConnectionFilter.ALL)));
        DesiredState now = balancer.control().desired();
        if (!now.services().equals(configured.services())) {
            List<Change> changes = new ArrayList<>();
            now.services().keySet().forEach(key -> changes.add(new Change.RemoveService(key)));
            configured.services().values().forEach(service -> changes.add(add(service)));
            apply(changes);
        }
        pass(Duration.ofMinutes(10)); // nobody waits for a neighbour any longer
        atClient.clear();
        atServer.clear();
        honest = false;
        Rig.assertAllCounted(balancer.counters());
        long held = io.buffers().inUse();
        long faults = balancer.counters().total(Counter.FAULTS);
        if (held != 0 || faults != 0) {
            throw new AssertionError(held + " buffers are lost, " + faults + " faults");
        }
        balancer.workersThemselves().forEach(worker -> checkNothingIsLeft(worker.flows()));
    }

    private static void checkNothingIsLeft(FlowContext flows) {
        Modifiers modifiers = flows.modifiers();
        int connections = flows.table().size();
        int handshakes = flows.handshakes().size();
        int modified = modifiers == null ? 0 : modifiers.size();
        if (connections + handshakes + flows.handshakes().held() + modified != 0) {
            throw new AssertionError(
                    connections
                            + " connections are left, "
                            + handshakes
                            + " handshakes, "
                            + modified
                            + " that are modified");
        }
    }

    /// How often something was counted.
    long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    @Override
    public void close() {
        balancer.close();
        client.receiveAll();
        server.receiveAll();
        long held = io.buffers().inUse();
        io.close();
        if (held != 0) {
            throw new AssertionError(held + " buffers are lost at the end");
        }
    }
}
