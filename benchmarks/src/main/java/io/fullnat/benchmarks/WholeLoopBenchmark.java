package io.fullnat.benchmarks;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.packet.PacketBuilder;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Time a packet takes through the complete engine: duty cycle, gate, look-up, state, translation,
/// counters, timers, transmit. UDP, requests and answers in turn; making a packet and turning it
/// round are in the figure.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseZGC",
            "-Xms1g",
            "-Xmx1g"
        })
public class WholeLoopBenchmark {
    static final int SERVER = ((Ipv4Address) IpAddress.parse("203.0.113.11")).bits();

    private static final int CYCLES = 1000;
    private static final int BURST = 32;

    /// How many flows take turns.
    @Param({"1", "10000", "100000", "1000000"})
    public int flows;

    /// Whether they take turns at random.
    @Param({"false", "true"})
    public boolean random;

    private GeneratingIo io;
    private FullNatBalancer balancer;
    private int last;
    private long state = 42;

    /// Configures a balancer and opens all connections.
    @Setup(Level.Trial)
    public void open() {
        byte[] template =
                PacketBuilder.ethernet("02:00:00:00:00:c1", GeneratingIo.MAC)
                        .ipv4("10.0.0.1", "192.0.2.80")
                        .udp(1024, 53)
                        .noUdpChecksum()
                        .payload(new byte[18])
                        .toBytes();
        io = new GeneratingIo(template, this::inOrder, true);
        balancer = FullNatBalancer.builder(io).connections(1 << 20).seed(42).build();
        VirtualService service =
                VirtualService.of(ServiceKey.udp("192.0.2.80", 53))
                        .withScheduler("rr")
                        .withRealServer(RealServer.of("203.0.113.11", 5353));
        for (int i = 0; i < 20; i++) {
            service = service.withLocalAddress(LocalAddress.of("203.0.113." + (100 + i), "port"));
        }
        CompletableFuture<Void> done =
                balancer.control()
                        .submit(
                                List.of(
                                        new Change.AddAddress(
                                                InterfaceAddress.of("203.0.113.1/24", "port")),
                                        new Change.AddRoute(
                                                Route.via("10.0.0.0/8", "203.0.113.254", "port")),
                                        neighbour("203.0.113.11"),
                                        neighbour("203.0.113.254"),
                                        new Change.AddService(service)));
        while (!done.isDone()) {
            balancer.doWork();
        }
        done.join();
        io.generate(true);
        while (balancer.counters().total(Outcome.FORWARDED_OUT) < flows) {
            balancer.doWork();
        }
        long connections = balancer.counters().total(Counter.CONNECTIONS);
        if (connections != flows) {
            throw new IllegalStateException(connections + " connections for " + flows + " flows");
        }
    }

    private static Change neighbour(String address) {
        return new Change.SetNeighbour(
                new Neighbour(
                        IpAddress.parse(address), MacAddress.parse("02:00:00:00:00:51"), "port"));
    }

    private boolean opened() {
        return balancer.counters().total(Counter.CONNECTIONS) >= flows;
    }

    private int inOrder() {
        if (random && allOpen) {
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
            return (int) (((state >>> 33) * flows) >>> 31);
        }
        last = last + 1 < flows ? last + 1 : 0;
        return last;
    }

    private boolean allOpen;

    /// Connections are open: the order may change.
    @Setup(Level.Iteration)
    public void chooseOrder() {
        allOpen = opened();
    }

    /// One packet.
    ///
    /// @return how much was done
    @Benchmark
    @OperationsPerInvocation(CYCLES * BURST)
    public int packet() {
        int work = 0;
        for (int i = 0; i < CYCLES; i++) {
            work += balancer.doWork();
        }
        return work;
    }

    /// Checks that every packet was forwarded.
    @TearDown(Level.Trial)
    public void close() {
        io.generate(false);
        long received = balancer.counters().total(Counter.RECEIVED);
        long forwarded =
                balancer.counters().total(Outcome.FORWARDED_IN)
                        + balancer.counters().total(Outcome.FORWARDED_OUT);
        balancer.close();
        io.close();
        if (forwarded != received) {
            throw new IllegalStateException(received + " received, " + forwarded + " forwarded");
        }
    }
}
