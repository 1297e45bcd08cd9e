// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.OperatingSystemMXBean;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.IdleMode;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.probe.SocketProbes;
import io.fullnat.core.probe.UnthreadedProbe;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/// What health checks cost: the processor time of a balancer with many servers that are checked,
/// less that of the same balancer without checks. The servers are addresses of loopback, answered
/// by one process beside; the kernel does their part of a handshake in the time of who sends.
///
/// `java … ProbeCost tcp|http SERVERS INTERVAL-SECONDS [SECONDS]`
public final class ProbeCost {
    private static final int PORT = 18_080;
    private static final int A_SERVICE = 1000;
    private static final int WARM_UP = 20;
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

    private ProbeCost() {}

    /// Measures, or is the server.
    ///
    /// @param args see above; `serve` and what is served for the server
    public static void main(String[] args) throws Exception {
        if (args[0].equals("serve")) {
            serve(args[1].equals("http"));
            return;
        }
        Process server =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ProbeCost.class.getName(),
                                "serve",
                                args[0])
                        .inheritIO()
                        .start();
        try {
            Thread.sleep(2000);
            measure(
                    args[0].equals("http") ? HttpProbe.builder().build() : new TcpProbe(),
                    Integer.parseInt(args[1]),
                    Duration.ofSeconds(Integer.parseInt(args[2])),
                    args.length > 3 ? Integer.parseInt(args[3]) : 30);
        } finally {
            server.destroyForcibly();
        }
    }

    private static void serve(boolean http) throws IOException {
        byte[] request = new byte[4096];
        try (ServerSocket server = new ServerSocket(PORT, 4096)) {
            while (true) {
                try (Socket client = server.accept()) {
                    if (http) {
                        InputStream in = client.getInputStream();
                        if (in.read(request) > 0) {
                            client.getOutputStream().write(ANSWER);
                        }
                    }
                } catch (IOException reset) {
                    // that is how a check of TCP ends
                }
            }
        }
    }

    private static void measure(ProbeSpec spec, int servers, Duration interval, int seconds)
            throws InterruptedException {
        InMemoryIo io =
                InMemoryIo.builder()
                        .buffers(4096)
                        .wire(
                                PortSettings.of("port", "02:00:00:00:00:01"),
                                PortSettings.of("far", "02:00:00:00:00:02"))
                        .open();
        SocketProbes sockets = new SocketProbes();
        ProbeFactory factory = asked -> moved(sockets.create(asked));
        try (io;
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .workers(1)
                                .connections(1024)
                                .idle(IdleMode.PARK)
                                .probes(factory)
                                .start()) {
            balancer.control().apply(services(servers, HealthPolicy.NONE).toArray(Change[]::new));
            Thread.sleep(Duration.ofSeconds(WARM_UP / 2));
            double without = share(balancer, seconds).cpu();
            HealthCheck check = HealthCheck.builder(spec).interval(interval).build();
            HealthPolicy policy = HealthPolicy.builder().checks(List.of(check)).build();
            List<Change> changes = new ArrayList<>();
            balancer.control()
                    .desired()
                    .services()
                    .keySet()
                    .forEach(key ->
                            changes.add(
                                    new Change.SetPolicy(
                                            key, ServicePolicy.DEFAULT.withHealth(policy))));
            balancer.control().apply(changes.toArray(Change[]::new));
            Thread.sleep(Duration.ofSeconds(WARM_UP));
            Share with = share(balancer, seconds);
            System.out.printf(
                    "%s, %,d servers each %d s: %.0f probes/s, %d failed; %.1f %% of a core (%.1f %%"
                            + " without), %.1f µs a probe%n",
                    spec,
                    servers,
                    interval.toSeconds(),
                    with.probes(),
                    with.failed(),
                    100 * (with.cpu() - without),
                    100 * without,
                    1e6 * (with.cpu() - without) / with.probes());
        }
    }

    /// What a while took.
    ///
    /// @param cpu processor time in cores
    /// @param probes a second
    /// @param failed of all
    private record Share(double cpu, double probes, long failed) {}

    private static Share share(FullNatBalancer balancer, int seconds) throws InterruptedException {
        OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpuNs = system.getProcessCpuTime();
        long beganNs = System.nanoTime();
        long probes = balancer.counters().total(Counter.HEALTH_PROBES);
        long failed = balancer.counters().total(Counter.HEALTH_PROBES_FAILED);
        Thread.sleep(Duration.ofSeconds(seconds));
        double tookNs = (double) (System.nanoTime() - beganNs);
        return new Share(
                (system.getProcessCpuTime() - cpuNs) / tookNs,
                (balancer.counters().total(Counter.HEALTH_PROBES) - probes) / tookNs * 1e9,
                balancer.counters().total(Counter.HEALTH_PROBES_FAILED) - failed);
    }

    private static List<Change> services(int servers, HealthPolicy policy) {
        List<Change> changes = new ArrayList<>();
        changes.add(
                new Change.AddAddress(
                        new InterfaceAddress(IpPrefix.parse("192.0.2.80/24"), "port")));
        for (int first = 0; first < servers; first += A_SERVICE) {
            List<RealServer> some = new ArrayList<>();
            for (int i = first; i < Math.min(servers, first + A_SERVICE); i++) {
                IpAddress address = new Ipv4Address(0x0A00_0101 + i / 200 * 256 + i % 200);
                some.add(RealServer.of(new Endpoint(address, PORT)));
            }
            changes.add(
                    new Change.AddService(
                            VirtualService.of(
                                            ServiceKey.tcp("192.0.2.80", 1000 + first / A_SERVICE))
                                    .withRealServers(some)
                                    .withPolicy(ServicePolicy.DEFAULT.withHealth(policy))));
        }
        return changes;
    }

    private static HealthProbe moved(HealthProbe probe) {
        if (!(probe instanceof UnthreadedProbe unthreaded)) {
            return target -> probe.probe(onLoopback(target));
        }
        return new UnthreadedProbe() {
            @Override
            public ProbeResult probe(ProbeTarget target) throws IOException, InterruptedException {
                return unthreaded.probe(onLoopback(target));
            }

            @Override
            public void begin(ProbeTarget target, Executor executor, Question question) {
                unthreaded.begin(onLoopback(target), executor, question);
            }
        };
    }

    private static ProbeTarget onLoopback(ProbeTarget target) {
        int bits = ((Ipv4Address) target.endpoint().address()).bits();
        return new ProbeTarget(
                new Endpoint(
                        new Ipv4Address((bits & 0x00FF_FFFF) | 0x7F00_0000),
                        target.endpoint().port()),
                target.source(),
                target.timeout());
    }
}
