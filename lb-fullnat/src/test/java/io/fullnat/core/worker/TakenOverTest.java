// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.path.FastPath;
import io.fullnat.core.path.Peers;
import io.fullnat.core.path.SlowPath;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.AnswerLimits;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.ArpStack.NeighbourUpdates;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Icmpv6Answers;
import io.fullnat.core.stack.ListenerVersions;
import io.fullnat.core.stack.NeighbourStack;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.stack.TestHops;
import io.fullnat.core.stack.ValidAddresses;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of the messages that another worker wrote. Most packets here are errors about
/// packets to clients, which go on from worker to worker: what is handed on tells how it came.
class TakenOverTest {
    private static final int BURST = 4;
    private static final int WORKERS = 4;
    private static final String STATION = "02:00:00:00:00:0f";
    private static final String VIP = "192.0.2.1";
    private static final String CLIENT = "198.51.0.7";

    /// By port.
    private static final List<Device> DEVICES = List.of(device(0, "lan"), device(1, "wan"));

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final StackContext stack = bench.context.stack();
    private final WorkerCounters counters = stack.counters();
    private final OneToOneRingBuffer[][] rings = HandOff.rings(2);
    private final HandOff sender = new HandOff(1, rings, stack.pool(), counters);
    private final HandOff receiver = new HandOff(0, rings, stack.pool(), counters);
    private final List<String> handedOn = new ArrayList<>();
    private final List<String> sent = new ArrayList<>();
    private final List<Long> buffers = new ArrayList<>();
    private final NeighbourStack links;
    private final SlowPath slow;
    private final FastPath fast;
    private final TakenOver takenOver;

    TakenOverTest() {
        stack.view(view());
        links =
                new NeighbourStack(
                        stack,
                        bench.adjacencies,
                        ValidAddresses.of(List.of()),
                        new ListenerVersions(),
                        (how, device, high, low, mac) -> {},
                        (what, device, high, low, before, now) -> {},
                        new NoWaiters(),
                        NeighbourSettings.DEFAULT,
                        false);
        AnswerLimits answers = new AnswerLimits(stack, Seed.value());
        Neighbourhood neighbourhood =
                new Neighbourhood(
                        bench.adjacencies,
                        links.arp(),
                        new IcmpAnswers(stack, answers),
                        links.discovery(),
                        new Icmpv6Answers(stack, ValidAddresses.of(List.of()), answers));
        slow =
                new SlowPath(
                        bench.context,
                        neighbourhood,
                        new NextWorker(),
                        null,
                        new PuntGate(stack, 0, List.of()));
        long[] macs = DEVICES.stream().mapToLong(Device::mac).toArray();
        fast = new FastPath(bench.context, bench.adjacencies, slow, macs, BURST);
        takenOver = new TakenOver(counters, links, fast, slow, BURST);
    }

    @AfterEach
    void close() {
        assertThat(stack.pool().inUse()).as("buffers that nobody has given back").isZero();
        fast.close();
        slow.close();
        links.neighbours().close();
        bench.close();
    }

    private static Device device(int port, String name) {
        return new Device(port, name, port, 0, 2L << 40 | 2 + port, 1500, ReversePath.OFF);
    }

    private static NetworkView view() {
        RouteTable routes =
                new RouteTable(
                        List.of(
                                new RouteTable.Entry(
                                        0, IpAddress.mapped(0), 96, RouteTable.Hop.onLink(0))));
        return new NetworkView(DEVICES, Set.of(0, 1), List.of(), routes, List.of(), 1);
    }

    /// Notes what a worker hands on.
    private final class NextWorker implements Peers {
        @Override
        public int self() {
            return 0;
        }

        @Override
        public int count() {
            return WORKERS;
        }

        @Override
        public void handOver(int worker, Frame frame, int hops) {
            handedOn.add(line(frame.buffer(), frame.l2(), frame.length(), frame.port(), hops));
            counters.end(Outcome.HANDED_OVER, frame.buffer());
            stack.pool().free(frame.buffer());
        }
    }

    private static String line(long buffer, long data, int length, int port, int hops) {
        return "buffer %d at %d, %d bytes of port %d, %d hops"
                .formatted(buffer, data, length, port, hops);
    }

    private static String mac(int port) {
        return new MacAddress(DEVICES.get(port).mac()).toString();
    }

    /// An error about a packet to a client that no worker asked so far knows.
    private static PacketBuilder error(int port) {
        byte[] quoted =
                PacketBuilder.ethernet(mac(port), STATION)
                        .ipv4(VIP, CLIENT)
                        .tcp(80, 30_008)
                        .toBytes();
        return PacketBuilder.ethernet(STATION, mac(port))
                .ipv4(CLIENT, VIP)
                .icmp(3, 1, 0)
                .quoting(quoted, 8);
    }

    /// The other worker hands a packet over.
    private void handOver(PacketBuilder packet, int port, int hops) {
        PacketBurst one = new PacketBurst(1);
        assertThat(packet.appendTo(stack.pool(), one)).isTrue();
        Frame frame = new Frame();
        frame.set(one.buffer(0), one.data(0), one.length(0), port);
        sent.add(line(one.buffer(0), one.data(0), one.length(0), port, hops + 1));
        buffers.add(one.buffer(0));
        sender.handOver(0, frame, hops);
    }

    /// Reads all that it wrote.
    private void read() {
        sender.flush();
        receiver.read(takenOver, Integer.MAX_VALUE);
    }

    @Test
    void eachPacketIsHandledAsTheOneThatItWasAndInItsTurn() {
        for (int hops : new int[] {0, 0, 1, 0, 2, 1, 0}) {
            handOver(error(0).padding(sent.size()), 0, hops);
        }
        read();
        assertThat(handedOn).isEqualTo(sent);
        assertThat(counters.get(Counter.TAKEN_OVER)).isEqualTo(7);
    }

    @Test
    void whatAllWorkersHaveLookedForEndsHere() {
        handOver(error(0), 0, WORKERS - 2);
        handOver(error(0), 0, WORKERS - 1);
        read();
        assertThat(handedOn).isEqualTo(sent.subList(0, 1));
        assertThat(counters.get(Outcome.ICMP_IGNORED)).isOne();
    }

    /// A frame is for the MAC address of its own port alone.
    @Test
    void eachPacketIsOfThePortThatItCameBy() {
        int[] ports = {0, 0, 1, 0, 1, 1, 1, 0};
        int[] hops = {0, 0, 0, 0, 0, 1, 0, 1};
        for (int i = 0; i < ports.length; i++) {
            handOver(error(ports[i]), ports[i], hops[i]);
        }
        read();
        assertThat(handedOn).isEqualTo(sent);
        handOver(error(1), 0, 0);
        read();
        assertThat(counters.get(Outcome.OTHER_HOST)).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {BURST - 1, BURST, BURST + 1, 2 * BURST, 2 * BURST + 1, 31, 32})
    void asManyPacketsAsThereAreGoInBurstsThatAreNoLargerThanTheyMayBe(int count) {
        for (int i = 0; i < count; i++) {
            handOver(error(0), 0, 0);
        }
        read();
        assertThat(handedOn).isEqualTo(sent);
        assertThat(counters.get(Counter.TAKEN_OVER)).isEqualTo(count);
    }

    /// 32 packets are a message: what is left begins another, of which nothing is known yet.
    @Test
    void packetsThatOneMessageDoesNotHoldComeWithTheNext() {
        for (int i = 0; i < 32; i++) {
            handOver(error(0), 0, i % 3);
        }
        for (int i = 0; i < 3; i++) {
            handOver(error(1), 1, 0);
        }
        read();
        assertThat(handedOn).isEqualTo(sent);
        assertThat(counters.get(Counter.TAKEN_OVER)).isEqualTo(35);
    }

    /// No port has the number 7.
    @Test
    void whatAMessageLeftWhenItFailedIsNotHandledWithTheNext() {
        handOver(error(0), 7, 0);
        assertThatExceptionOfType(ArrayIndexOutOfBoundsException.class).isThrownBy(this::read);
        assertThat(stack.pool().inUse()).isOne();
        handOver(error(1), 1, 0);
        read();
        assertThat(handedOn).containsExactly(sent.getLast());
        stack.pool().free(buffers.getFirst());
    }

    @Test
    void aMessageWithoutAPacketIsNothing() {
        takenOver.onMessage(HandOff.PACKETS, new UnsafeBuffer(new byte[64]), 8, 0);
        assertThat(handedOn).isEmpty();
        assertThat(counters.get(Counter.TAKEN_OVER)).isZero();
    }

    /// It was found to be right before the packet was handed over. One that goes round is looked at
    /// as if it had just come.
    @Test
    void theChecksumOfTheHeaderIsLookedAtAgainOnlyOnItsWayRound() {
        handOver(error(0).badIpChecksum(), 0, 0);
        read();
        assertThat(handedOn).isEqualTo(sent);
        handOver(error(0).badIpChecksum(), 0, 1);
        read();
        assertThat(handedOn).hasSize(1);
        assertThat(counters.get(Outcome.BAD_IP_CHECKSUM)).isOne();
    }

    private Device lan() {
        return DEVICES.getFirst();
    }

    /// The first of them is known to be ours, the second went round until it came here.
    @Test
    void packetsOfAConnectionGoToItsServerAndTheTapSeesThemAsTheyCame() {
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 7);
        bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        TestHops.reachable(bench.adjacencies, lan(), "10.0.1.11", STATION);
        FrameEnd far = new FrameEnd(bench.io.wire("lan").far(), bench.io.buffers());
        Tap tap = new Tap(CaptureSettings.ALL, List.of("lan", "wan"), 1518, 0);
        counters.tap(tap);
        PacketBuilder segment =
                PacketBuilder.ethernet(STATION, mac(0))
                        .ipv4(CLIENT, VIP)
                        .tcp(30_007, 80)
                        .flags(Tcp.ACK)
                        .payload("hello");
        handOver(segment, 0, 0);
        handOver(segment, 0, 1);
        handOver(error(1), 1, 0);
        read();
        stack.transmitters()[0].flush();

        assertThat(far.receiveAll())
                .hasSize(2)
                .allSatisfy(frame ->
                        assertThat(Arrays.copyOfRange(frame, 30, 34))
                                .containsExactly(10, 0, 1, 11));
        List<CapturedFrame> captured = new ArrayList<>();
        tap.drain(captured, 0, 0, 100);
        assertThat(captured.stream().filter(frame -> !frame.sent()))
                .map(TakenOverTest::line)
                .containsExactlyInAnyOrder(
                        line(0, segment.toBytes()),
                        line(0, segment.toBytes()),
                        line(1, error(1).toBytes()));
    }

    private static String line(CapturedFrame frame) {
        return line(frame.port(), frame.bytes());
    }

    private static String line(int port, byte[] bytes) {
        return "port %d: %s".formatted(port, HexFormat.of().formatHex(bytes));
    }

    private int hop(String address) {
        return TestHops.unresolved(bench.adjacencies, DEVICES.get(1), address);
    }

    private void learnt(int how, String address, String mac) {
        IpAddress ip = IpAddress.parse(address);
        sender.learnt(how, 1, ip.high(), ip.low(), MacAddress.parse(mac).bits());
        read();
    }

    private int state(int index) {
        return Memory.getInt(bench.adjacencies.entry(index) + AdjacencyTable.STATE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.1.11", "2001:db8:1:2:3:4:5:6"})
    void aNeighbourThatAnotherWorkerHasHeardIsKnownAsThatOneHeardIt(String address) {
        int index = hop(address);
        assertThat(state(index)).isEqualTo(AdjacencyTable.INCOMPLETE);

        learnt(NeighbourUpdates.ANSWERED, address, "02:12:34:56:78:9a");
        assertThat(state(index)).isEqualTo(AdjacencyTable.REACHABLE);
        assertThat(TestHops.mac(bench.adjacencies, index)).hasToString("02:12:34:56:78:9a");

        learnt(NeighbourUpdates.MOVED, address, "02:00:00:00:00:99");
        assertThat(TestHops.mac(bench.adjacencies, index)).hasToString("02:00:00:00:00:99");
        assertThat(counters.get(Counter.TAKEN_OVER)).isZero();
        assertThat(handedOn).isEmpty();
    }

    @Test
    void oneWhoOnlySpokeIsNotKnownToHear() {
        int index = hop("10.0.1.11");
        learnt(NeighbourUpdates.SPOKE, "10.0.1.11", STATION);
        assertThat(state(index)).isEqualTo(AdjacencyTable.STALE);
    }

    /// It may be of no use here.
    @Test
    void aNeighbourOfWhomNobodyAskedHereIsForgotten() {
        learnt(NeighbourUpdates.ANSWERED, "10.0.1.11", STATION);
        assertThat(bench.adjacencies.size()).isZero();
    }

    private static final class NoWaiters implements ArpStack.Waiters {
        @Override
        public void resume(long buffer, long data, int length, int port) {}

        @Override
        public void giveUp(long buffer, long data, int length, int port) {}
    }
}
