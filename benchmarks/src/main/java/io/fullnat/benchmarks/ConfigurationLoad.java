// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// How long a big configuration takes: to be loaded by a balancer that runs, compared and reloaded,
/// while datagrams pass through it and are counted. Not a JMH benchmark, because the first time,
/// with nothing compiled yet, is what an operator waits for.
///
/// `java -cp benchmarks.jar io.fullnat.benchmarks.ConfigurationLoad [SERVICES [ROUNDS]]`
public final class ConfigurationLoad {
    private static final PrintStream OUT = System.out;
    private static final int PORTS_PER_ADDRESS = 100;

    private ConfigurationLoad() {}

    /// Measures and prints.
    ///
    /// @param arguments how many services (20000) and how many reloads (5)
    /// @throws IOException if the file cannot be written
    /// @throws InterruptedException never: nobody interrupts it
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int services = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 20_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path file = Files.createTempFile("fullnat", ".yaml");
        try {
            Files.writeString(file, yaml(services, 1));
            OUT.printf(
                    Locale.ROOT, "%d services, %d KiB of YAML%n", services, Files.size(file) >> 10);
            run(file, services, rounds);
        } finally {
            Files.delete(file);
        }
    }

    /// The ports that the configuration is for, with clients and servers at their other ends.
    static InMemoryIo wires() {
        return InMemoryIo.builder()
                .wire(
                        PortSettings.of("out", "02:00:00:00:01:01"),
                        PortSettings.of("client", "02:00:00:00:01:02"))
                .wire(
                        PortSettings.of("in", "02:00:00:00:02:01"),
                        PortSettings.of("server", "02:00:00:00:02:02"))
                .open();
    }

    /// A listener of the API on any port of the loopback interface, which asks for no token.
    static ApiSettings.Tcp loopback() {
        return new ApiSettings.Tcp(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Optional.empty(),
                Optional.empty());
    }

    private static void run(Path file, int services, int rounds)
            throws IOException, InterruptedException {
        InMemoryIo io = wires();
        Configuration empty = ConfigurationFile.parse("small", yaml(0, 1));
        EchoTraffic traffic =
                new EchoTraffic(io, Endpoint.of("198.18.0.1", 53), "203.0.113.250/24");
        try (RunningBalancer balancer = RunningBalancer.start(io, empty, Optional.of(file))) {
            traffic.start();
            timed("first load", () -> balancer.reload(false).size());
            for (int round = 1; round <= rounds; round++) {
                reload(balancer, file, services, round);
            }
            OUT.println(traffic.stop());
        }
    }

    private static void reload(RunningBalancer balancer, Path file, int services, int round)
            throws IOException {
        OUT.println("round " + round);
        timed("  read", () -> ConfigurationFile.read(file));
        timed("  reload, nothing differs", () -> balancer.reload(false).size());
        Files.writeString(file, yaml(services, round + 1));
        timed("  dry run, every service differs", () -> balancer.reload(true).size());
        timed("  reload, every service differs", () -> balancer.reload(false).size());
        timed("  export", balancer::export);
    }

    private static <T> T timed(String what, Supplier<T> action) {
        long cpuStartNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        long startNs = System.nanoTime();
        T result = action.get();
        String size = result instanceof Integer changes ? ", changes " + changes : "";
        long cpuNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuStartNs;
        OUT.printf(
                Locale.ROOT,
                "%-34s %6.0f ms, own CPU %6.0f ms%s%n",
                what,
                (System.nanoTime() - startNs) / 1e6,
                cpuNs / 1e6,
                size);
        return result;
    }

    /// A configuration of as many services, with two real servers and a local address each, and of
    /// one more that [EchoTraffic] can use.
    static String yaml(int services, int weight) {
        return yaml(services, 2, weight);
    }

    /// The same with another number of real servers.
    static String yaml(int services, int servers, int weight) {
        StringBuilder yaml =
                new StringBuilder(
                        """
                        workers: {connections: 1024}
                        ports: [{name: out, device: 'null:'}, {name: in, device: 'null:'}]
                        addresses:
                          - {address: 198.18.0.1/24, device: out}
                          - {address: 203.0.113.1/24, device: in}
                        """);
        for (int i = 0; i < services; i += PORTS_PER_ADDRESS) {
            yaml.append("  - {address: ").append(address(i)).append("/32, device: out}\n");
        }
        yaml.append(
                """
                services:
                  - protocol: udp
                    address: 198.18.0.1:53
                    servers: [{address: '203.0.113.250:7'}]
                    locals: [{address: 203.0.113.3, device: in}]
                """);
        for (int i = 0; i < services; i++) {
            String port = ":" + (1000 + i % PORTS_PER_ADDRESS);
            yaml.append("  - protocol: tcp\n    address: ").append(address(i)).append(port);
            yaml.append("\n    scheduler: wrr\n    servers:\n");
            for (int server = 0; server < servers; server++) {
                int host = 2 * (i % 100) + 10 + server % 2;
                yaml.append("      - {address: 203.0.113.").append(host).append(':');
                yaml.append(8000 + i / 100 + 250 * (server / 2));
                yaml.append(", weight: ").append(weight).append("}\n");
            }
            yaml.append("    locals:\n      - {address: 203.0.113.2, device: in}\n");
        }
        return yaml.toString();
    }

    private static String address(int service) {
        int vip = service / PORTS_PER_ADDRESS;
        return "192.0." + vip / 250 + "." + (1 + vip % 250);
    }
}
