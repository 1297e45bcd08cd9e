// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.memoryio.InMemoryIo;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A worker's thread makes no garbage while it forwards, whatever the flow: new connections and
/// known ones.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("optimized")
class AllocationTest {
    /// Long enough for the compiler to be done: when it takes back an optimistic guess it may
    /// rebuild an object that its code had done without.
    private static final long WARM_UP = 6_000_000;

    private static final long MEASURED = 10_000_000;
    private static final int BURST = 32;
    private static final int BUFFERS = 16_384;
    private static final int FLOWS = 10_000;

    /// Datagrams under way. With few, two threads that share a processor hand it to each other more
    /// often than they work.
    private static final int WINDOW = 1024;

    private static final int KEPT_OUT = 60_000;
    private static final int IN_THE_SET = 60_001;

    /// A packet that is lost would have a test wait for ever: so long after the latest that came.
    private static final long PATIENCE_NS = Duration.ofMinutes(2).toNanos();

    private static final int PERIODS = 3;
    private static final int KNOCKS = 100_000;

    /// Time passes with the packets, not with the machine: what follows a change of addresses (each
    /// is looked for, announced, announced again within seconds) is over before one measures, and
    /// the first timers of connections have had their turn, for which a class is loaded.
    private static final Duration BETWEEN_BURSTS = Duration.ofNanos(250_000);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// Ten million on end: code that the JVM takes back in the middle of it allocates once what it
    /// had done without, on a busy machine mostly.
    @Order(2)
    @ParameterizedTest(name = "IPv6: {0}")
    @ValueSource(booleans = {false, true})
    void aWorkerAllocatesNothingOverTenMillionPackets(boolean ipv6) {
        ManualClock clock = new ManualClock();
        try (InMemoryIo io = MeasuredWorker.open(BUFFERS);
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .clock(clock)
                                .admission(worker -> AllocationTest::admits)
                                .start()) {
            balancer.control().apply(configuration(ipv6));
            Traffic traffic = new Traffic(io, ipv6, clock);
            traffic.begin(balancer.counters());
            traffic.forward(WARM_UP);
            traffic.knock(balancer.counters());
            long worker = threadId("fullnat-worker-0");

            long knocks = KNOCKS;
            long allocated = Long.MAX_VALUE;
            for (int period = 0; period < PERIODS && allocated > 0; period++) {
                long before = threads.getThreadAllocatedBytes(worker);
                traffic.forward(MEASURED);
                traffic.knock(balancer.counters());
                knocks += KNOCKS;
                allocated = threads.getThreadAllocatedBytes(worker) - before;
            }

            assertThat(balancer.counters().total(Outcome.FORWARDED_IN))
                    .isGreaterThanOrEqualTo(WARM_UP + MEASURED);
            assertThat(allocated).as("bytes allocated by the worker's thread").isZero();
            assertThat(balancer.counters().total(Outcome.ACCESS_DENIED)).isEqualTo(knocks);
        }
    }

    /// What the compiler can do without it may allocate again when it is short of a profile. So the
    /// first cycles of a fresh balancer, which no optimizing compiler has seen, are measured too;
    /// before the other test, which has them all compiled. Where other tests of the same JVM had
    /// code compiled, the JVM itself may allocate once, when it takes that code back: hence the
    /// least of some periods, each longer than whatever a worker does from time to time.
    @Order(1)
    @ParameterizedTest(name = "IPv6: {0}")
    @ValueSource(booleans = {false, true})
    void aCycleAllocatesNothingBeforeItIsOptimized(boolean ipv6) throws Exception {
        try (MeasuredWorker worker = new MeasuredWorker(BUFFERS)) {
            worker.apply(List.of(configuration(ipv6)));
            FullNatBalancer balancer = worker.balancer;
            Traffic traffic = new Traffic(worker.io, ipv6, worker.clock);
            traffic.cycle(worker, 2_500); // loads classes
            long before = balancer.counters().total(Outcome.FORWARDED_IN);

            long allocated = Long.MAX_VALUE;
            for (int period = 0; period < PERIODS; period++) {
                allocated = Math.min(allocated, traffic.cycle(worker, 2_000));
            }

            assertThat(allocated).as("bytes allocated by cycles of the worker").isZero();
            assertThat(balancer.counters().total(Outcome.FORWARDED_IN) - before)
                    .isEqualTo(PERIODS * 1_000L * BURST);
        }
    }

    /// An application that keeps one client out, and looks at all that a request says.
    private static boolean admits(ServiceKey service, ConnectionRequest request) {
        return request.protocol() == service.protocol()
                && (request.clientAddressHigh() | request.clientAddressLow()) != 0
                && request.clientPort() != KEPT_OUT;
    }

    private static Change[] configuration(boolean ipv6) {
        String server = ipv6 ? Rig6.SERVER : Rig.SERVER;
        return new Change[] {
            new Change.AddAddress(
                    InterfaceAddress.of(ipv6 ? Rig6.WAN + "/64" : "192.0.2.1/24", "wan")),
            new Change.AddAddress(
                    InterfaceAddress.of(ipv6 ? Rig6.LAN + "/64" : "10.0.1.1/24", "lan")),
            new Change.SetNeighbour(
                    new Neighbour(
                            IpAddress.parse(server), MacAddress.parse(Rig.SERVER_MAC), "lan")),
            new Change.CreateSet(strangers("networks", SetType.HASH_NET, ipv6, "")),
            new Change.CreateSet(strangers("ports", SetType.HASH_NET_PORT, ipv6, ",tcp:80")),
            new Change.CreateSet(
                    IpSet.builder("guests", SetType.BITMAP_PORT)
                            .range("0-65535")
                            .add(SetMember.of("1-60000"), false)
                            .build()),
            new Change.CreateSet(
                    IpSet.builder("unwanted", SetType.BITMAP_PORT)
                            .range("0-65535")
                            .add(SetMember.of("udp:" + IN_THE_SET), false)
                            .build()),
            new Change.AddService(
                    VirtualService.of(ipv6 ? Rig6.UDP : Rig.UDP)
                            .withAccessRules(
                                    List.of(
                                            AccessRule.deny("ipset:networks"),
                                            AccessRule.deny("ipset:ports,dst"),
                                            AccessRule.deny("ipset:unwanted"),
                                            AccessRule.allow("ipset:guests")))
                            .withRealServer(RealServer.of(server, 5353))
                            .withPolicy(
                                    ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP))
                            .withLocalAddress(
                                    LocalAddress.of(ipv6 ? Rig6.LOCAL : Rig.LOCAL, "lan")))
        };
    }

    /// A set of clients that none of the traffic comes from.
    private static IpSet strangers(String name, SetType type, boolean ipv6, String rest) {
        IpSet.Builder set =
                IpSet.builder(name, type).family(ipv6 ? SetFamily.IPV6 : SetFamily.IPV4);
        for (int i = 0; i < 1000; i++) {
            String network =
                    ipv6
                            ? "2001:db8:ffff:%x::/64".formatted(i)
                            : "203.0.%d.%d/32".formatted(i >> 8, i & 0xFF);
            set.add(SetMember.of(network + rest), false);
        }
        return set.build();
    }

    private long threadId(String name) {
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(info -> info != null && info.getThreadName().equals(name))
                .findFirst()
                .orElseThrow()
                .getThreadId();
    }

    /// Sends datagrams of many flows at one end and takes them off at the other.
    private static final class Traffic {
        private final PortQueue sender;
        private final PortQueue receiver;
        private final BufferPool pool;
        private final PacketBurst out = new PacketBurst(BURST);
        private final PacketBurst in = new PacketBurst(BURST);
        private final byte[] template;
        private final int ports;
        private final ManualClock clock;
        private int flow;

        Traffic(InMemoryIo io, boolean ipv6, ManualClock clock) {
            this.clock = clock;
            template =
                    ipv6
                            ? Rig6.fromClient().udp(1024, 53).toBytes()
                            : Rig.fromClient().udp(1024, 53).noUdpChecksum().toBytes();
            ports = ipv6 ? 54 : 34;
            sender = io.wire("wan").far().queue(0);
            receiver = io.wire("lan").far().queue(0);
            pool = io.buffers();
        }

        /// Sends until something is forwarded: an address of IPv6 is not used at once.
        void begin(CountersReader counters) {
            long since = System.nanoTime();
            while (counters.total(Outcome.FORWARDED_IN) == 0) {
                assertThat(System.nanoTime() - since).isLessThan(PATIENCE_NS);
                clock.advance(Duration.ofMillis(10));
                send();
                receiver.receive(in);
                pool.freeAll(in);
            }
        }

        void forward(long packets) {
            long received = 0;
            long sent = 0;
            long since = System.nanoTime();
            while (received < packets) {
                if (System.nanoTime() - since > PATIENCE_NS) {
                    throw new AssertionError("lost: " + (sent - received) + " packets");
                }
                if (sent - received < WINDOW) {
                    clock.advance(BETWEEN_BURSTS);
                    sent += send();
                }
                int arrived = receiver.receive(in);
                if (arrived > 0) {
                    received += arrived;
                    since = System.nanoTime();
                } else {
                    YieldingIdleStrategy.INSTANCE.idle();
                }
                pool.freeAll(in);
            }
        }

        /// Cycles of a worker on this thread, a millisecond each, every other one idle; what they
        /// allocated.
        long cycle(MeasuredWorker worker, int cycles) throws Exception {
            long allocated = 0;
            for (int i = 0; i < cycles; i++) {
                if (i % 2 == 0) {
                    send();
                }
                clock.advance(Duration.ofMillis(1));
                allocated += worker.work();
                while (receiver.receive(in) > 0) {
                    pool.freeAll(in);
                }
            }
            return allocated;
        }

        /// Datagrams of clients that are kept out, by the application and by a set.
        void knock(CountersReader counters) {
            long before = counters.total(Outcome.ACCESS_DENIED);
            long sent = 0;
            while (sent < KNOCKS) {
                int port = sent % (2 * BURST) < BURST ? KEPT_OUT : IN_THE_SET;
                sent += send(port, (int) Math.min(BURST, KNOCKS - sent));
                while (sent - (counters.total(Outcome.ACCESS_DENIED) - before)
                        > (sent < KNOCKS ? WINDOW : 0)) {
                    YieldingIdleStrategy.INSTANCE.idle();
                }
            }
        }

        private int send() {
            flow = (flow + BURST) % FLOWS;
            return send(0, BURST);
        }

        /// @param port of the client, or 0 for those of the next flows
        private int send(int port, int count) {
            out.clear();
            while (out.size() < count && pool.allocate(out)) {
                int last = out.size() - 1;
                long data = out.data(last);
                Memory.fromBytes(template, data);
                int ofFlow = 1024 + (flow + last) % FLOWS;
                Memory.putNetworkShort(data + ports, port == 0 ? ofFlow : port);
                out.set(last, data, template.length);
            }
            int taken = sender.transmit(out);
            out.removeFirst(taken);
            pool.freeAll(out);
            return taken;
        }
    }
}
