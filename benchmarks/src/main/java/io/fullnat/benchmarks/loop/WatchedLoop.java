// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.core.IdleMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What a worker pays for being looked at: its processor time a packet on connections that are
/// known, while nobody looks, while metrics are scraped each second, and while in addition a page
/// and a terminal ask each second for what they show.
///
/// The ways take turns, a period of some seconds each. The one who looks runs on another processor
/// than the worker, when there is one.
///
/// `java … WatchedLoop [FLOWS [SERVICES [ROUNDS [MILLIONS]]]]`, where a period is MILLIONS of
/// packets long.
public final class WatchedLoop {
    private static final int TABLE = 1 << 20;
    private static final int IDLE_SECONDS = 300;
    private static final int SETTLING_MS = 2500;
    private static final int WARM_UPS = 2;

    /// The network without services, which are added once it runs.
    private static final String EMPTY = "ports: [{name: port, device: 'null:'}]\n";

    private final LoopTraffic traffic;
    private final FlowOrder order;
    private final long requests;

    private WatchedLoop(LoopTraffic traffic, int flows, long packets) {
        this.traffic = traffic;
        order = FlowOrder.random(flows);
        requests = packets / 2;
    }

    /// Measures and prints.
    ///
    /// @param args flows (100000), other services of two real servers each (1000), periods of each
    ///   way (9) and their length in millions of packets (200)
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] args) throws InterruptedException {
        int flows = argument(args, 0, 100_000);
        int services = argument(args, 1, 1000);
        int rounds = argument(args, 2, 9);
        long packets = argument(args, 3, 200) * 1_000_000L;
        LoopNetwork network = new LoopNetwork(Protocol.UDP, IDLE_SECONDS);
        LoopIo io = new LoopIo(true);
        try (RunningBalancer balancer =
                        RunningBalancer.start(
                                io,
                                ConfigurationFile.parse("empty", EMPTY),
                                builder ->
                                        builder.connections(TABLE)
                                                .seed(42)
                                                .idle(IdleMode.BACK_OFF));
                ApiServer server =
                        ApiServer.start(loopback(), balancer, (line, input, out, err) -> 0)) {
            balancer.engine().control().apply(network.changes().toArray(Change[]::new));
            balancer.engine().control().apply(others(services));
            LoopTraffic traffic = LoopTraffic.over(io, balancer.engine(), network);
            TimeUnit.MILLISECONDS.sleep(SETTLING_MS);
            traffic.open(flows, true).await();
            System.out.printf(
                    Locale.ROOT,
                    "%,d flows at random, %,d services, %d periods of %,d packets each%n",
                    flows,
                    services + 1,
                    rounds,
                    packets);
            new WatchedLoop(traffic, flows, packets)
                    .measure(server.tcpPort().orElseThrow(), rounds)
                    .forEach(WatchedLoop::print);
            traffic.requireAllForwarded();
        }
    }

    private static int argument(String[] args, int at, int otherwise) {
        return args.length > at ? Integer.parseInt(args[at]) : otherwise;
    }

    private static ApiSettings loopback() {
        ApiSettings.Tcp tcp =
                new ApiSettings.Tcp(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Optional.empty(),
                        Optional.empty());
        return new ApiSettings(Optional.empty(), Optional.of(tcp), Optional.empty());
    }

    private static Change[] others(int count) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServiceKey key =
                    new ServiceKey(
                            Protocol.TCP, Endpoint.of("198.51." + (i >> 8) + "." + (i & 255), 443));
            changes.add(new Change.AddService(VirtualService.of(key)));
            for (int server = 11; server <= 12; server++) {
                changes.add(
                        new Change.AddRealServer(
                                key, RealServer.of("203.0.113." + server, 1024 + i)));
            }
        }
        return changes.toArray(Change[]::new);
    }

    private Map<Watching, double[]> measure(int port, int rounds) throws InterruptedException {
        Map<Watching, double[]> ns = new EnumMap<>(Watching.class);
        for (int round = -WARM_UPS; round < rounds; round++) {
            for (Watching way : Watching.values()) {
                double[] own = ns.computeIfAbsent(way, each -> new double[rounds]);
                try (Watcher watcher = Watcher.start(port, way)) {
                    double measured = traffic.steady(order, requests, true).await().nsPerPacket();
                    if (round >= 0) {
                        own[round] = measured;
                    }
                    watcher.requireAnswers();
                }
            }
        }
        return ns;
    }

    private static void print(Watching way, double[] ns) {
        double[] sorted = ns.clone();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-10s ns a packet: median %.2f (%.2f-%.2f)%n",
                way.name().toLowerCase(Locale.ROOT),
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
