// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.benchmarks.loop.FloodPhase.Kind;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.IdleMode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/// How honest clients of a service with a SYN proxy fare while others flood it with SYNs: a
/// balancer with one worker, whose port makes spoofed SYNs, segments of open connections and
/// handshakes of clients that begin, each at a steady rate, and whose ends answer at once. A
/// handshake lasts from when its SYN came to the port until the real server's first data are sent
/// to the client: the cookie, its acknowledgement with data, and the server's own handshake are in
/// it. Quiet and flooded in turns.
///
/// `java … FloodedClients [SYNS [HANDSHAKES [SEGMENTS [SECONDS [ROUNDS [wall|cpu]]]]]]`: a second
/// each. By `cpu` time is that which the worker has had of its processor, so that others on the
/// machine are not measured.
public final class FloodedClients implements AutoCloseable {
    private static final int ESTABLISHED = 10_000;
    private static final int OPENING_RATE = 6_000;
    private static final int OPENINGS = 30;
    private static final int WARM_UP_SECONDS = 5;
    private static final int IDLE_SECONDS = 300;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final FloodQueue queue;
    private final FullNatBalancer balancer;
    private long lostBefore;

    /// What became of all in a phase.
    ///
    /// @param connected how long until a client had its SYN-ACK
    /// @param served how long until it had the server's first data
    /// @param begun handshakes
    /// @param lost segments of open connections that were not forwarded, at the port or behind it
    /// @param answered spoofed SYNs that were answered
    /// @param lostSyns spoofed SYNs that were lost at the port
    record Result(
            Histogram connected,
            Histogram served,
            long begun,
            long lost,
            long answered,
            long lostSyns) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "µs until the SYN-ACK p50 %.1f p99 %.1f, until the server's data p50 %.1f p99"
                            + " %.1f p99.9 %.1f; %d of %d served, %d segments lost, %d SYNs"
                            + " answered, %d lost at the port",
                    micros(connected, 50),
                    micros(connected, 99),
                    micros(served, 50),
                    micros(served, 99),
                    micros(served, 99.9),
                    served.getTotalCount(),
                    begun,
                    lost,
                    answered,
                    lostSyns);
        }

        private static double micros(Histogram times, double percentile) {
            return times.getValueAtPercentile(percentile) / 1e3;
        }
    }

    private static final class FloodIo extends OnePort {
        FloodIo(FloodQueue queue) {
            super(List.of(queue), List.of(queue.pool()), false);
        }

        @Override
        public void close() {}
    }

    /// Starts a balancer, and opens connections.
    ///
    /// @param clock of the worker's thread
    /// @param handshakes how many will begin, at most
    FloodedClients(LongSupplier clock, int handshakes) throws InterruptedException {
        LoopNetwork network =
                new LoopNetwork(
                        Protocol.TCP,
                        IDLE_SECONDS,
                        false,
                        false,
                        Optional.empty(),
                        ServicePolicy.DEFAULT.withTcp(
                                TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS)));
        int all = OPENINGS * OPENING_RATE + handshakes;
        queue = Apart.make(() -> new FloodQueue(clock, network, ESTABLISHED, all));
        balancer =
                FullNatBalancer.builder(new FloodIo(queue))
                        .connections(all)
                        .seed(42)
                        .idle(IdleMode.SPIN)
                        .start();
        balancer.control().apply(network.changes().toArray(Change[]::new));
        open();
    }

    /// What is not compiled yet is too slow for some.
    private void open() throws InterruptedException {
        for (int i = 1; i < OPENINGS && !queue.hasOpened(); i++) {
            run(990, 0, 0, OPENING_RATE);
        }
        if (!queue.hasOpened()) {
            throw new IllegalStateException("too slow: not even the connections could be opened");
        }
    }

    /// Lets traffic come.
    ///
    /// @param milliseconds how long
    /// @param spoofed SYNs a second
    /// @param segments of open connections a second
    /// @param handshakes a second
    Result run(long milliseconds, long spoofed, long segments, long handshakes)
            throws InterruptedException {
        FloodPhase phase =
                queue.run(new FloodPhase(milliseconds, spoofed, segments, handshakes)).await();
        long lost = queue.lost(Kind.SPOOFED);
        Result result =
                new Result(
                        phase.connected,
                        phase.served,
                        phase.sent(Kind.HONEST),
                        phase.sent(Kind.ESTABLISHED) - phase.forwarded,
                        phase.answered,
                        lost - lostBefore);
        lostBefore = lost;
        return result;
    }

    /// The clock of a name.
    static LongSupplier clock(String name) {
        return switch (name) {
            case "wall" -> System::nanoTime;
            case "cpu" -> THREADS::getCurrentThreadCpuTime;
            default -> throw new IllegalArgumentException(name + " is neither wall nor cpu");
        };
    }

    /// Measures and prints, a line for each phase.
    ///
    /// @param args as above; 1,000,000, 5,000, 100,000, 5, 3 and wall if they are not there
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        long spoofed = args.length > 0 ? Long.parseLong(args[0]) : 1_000_000;
        int handshakes = args.length > 1 ? Integer.parseInt(args[1]) : 5_000;
        long segments = args.length > 2 ? Long.parseLong(args[2]) : 100_000;
        int seconds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        int rounds = args.length > 4 ? Integer.parseInt(args[4]) : 3;
        LongSupplier clock = clock(args.length > 5 ? args[5] : "wall");
        int all = handshakes * 2 * (WARM_UP_SECONDS + seconds * rounds) + handshakes;
        try (FloodedClients clients = new FloodedClients(clock, all)) {
            clients.run(1000L * WARM_UP_SECONDS, spoofed, segments, handshakes);
            clients.run(1000L * WARM_UP_SECONDS, 0, segments, handshakes);
            for (int round = 0; round < rounds; round++) {
                long milliseconds = 1000L * seconds;
                System.out.println(
                        "quiet:   " + clients.run(milliseconds, 0, segments, handshakes));
                System.out.println(
                        "flooded: " + clients.run(milliseconds, spoofed, segments, handshakes));
            }
        }
    }

    @Override
    public void close() {
        balancer.close();
        queue.close();
    }
}
