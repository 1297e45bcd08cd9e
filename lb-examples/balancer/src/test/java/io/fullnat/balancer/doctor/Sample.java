// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Counter;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// A reading in which all is well: two workers, two ports, a service. A test changes what it is
/// about.
final class Sample {
    static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    static final Duration INTERVAL = Duration.ofSeconds(5);
    static final String YAML =
            """
            workers: {count: 2}
            ports:
              - {name: wan, device: 'af_packet:eth0'}
              - {name: lan, device: '0000:01:00.0'}
            """;

    String status = "UP";
    final Map<String, Optional<String>> health =
            new TreeMap<>(Map.of("wan", Optional.empty(), "lan", Optional.empty()));
    final List<Running.Condition> conditions = new ArrayList<>();
    final List<Map<String, Long>> before = List.of(new HashMap<>(), new HashMap<>());
    final List<Map<String, Long>> after = List.of(new HashMap<>(), new HashMap<>());
    final List<Running.Port> portsBefore = new ArrayList<>(List.of(port("wan"), port("lan")));
    final List<Running.Port> ports = new ArrayList<>(List.of(port("wan"), port("lan")));
    final List<Running.Pool> pools = new ArrayList<>(List.of(new Running.Pool("wan", 900, 100)));
    final List<Running.Service> services = new ArrayList<>();
    final List<Running.Neighbour> neighbours = new ArrayList<>();
    final List<Running.Address> addresses =
            new ArrayList<>(List.of(new Running.Address("10.0.1.1", 24, "lan")));
    final List<Running.Route> routes = new ArrayList<>();
    final List<Running.Advice> advice = new ArrayList<>();
    Running.Drift drift = Running.Drift.NONE;
    Optional<Double> heap = Optional.of(0.5);

    Optional<String> clockSource = Optional.of("tsc");
    Optional<Boolean> synchronised = Optional.of(true);
    final List<Running.Advice> adviceBefore = new ArrayList<>();
    OptionalLong swapped = OptionalLong.of(0);
    OptionalLong openFiles = OptionalLong.of(100);
    OptionalLong mostFiles = OptionalLong.of(1000);
    final List<String> arguments =
            new ArrayList<>(
                    List.of("java", "-XX:+UseShenandoahGC", "-Xmx1g", "io.fullnat.balancer.Main"));
    OptionalLong memoryUsed = OptionalLong.of(100);
    OptionalLong memoryLimit = OptionalLong.of(1000);
    final Map<String, Machine.Interface> interfaces =
            new TreeMap<>(Map.of("wan", network(true, true, 1500, "full", List.of())));
    final Map<String, Machine.Device> devices =
            new TreeMap<>(
                    Map.of(
                            "lan",
                            new Machine.Device("0000:01:00.0", true, Optional.of("vfio-pci"))));
    final List<Machine.NamedFile> files = new ArrayList<>();
    final List<Machine.Certificate> certificates = new ArrayList<>();

    String yaml = YAML;
    boolean runs = true;
    boolean asked;
    Optional<String> wrong = Optional.empty();

    Sample() {
        services.add(service("192.0.2.80:80", List.of(server(1, true, "")), List.of(local(10))));
        neighbours.add(new Running.Neighbour(0, "10.0.1.11", "lan", "reachable"));
        for (Map<String, Long> worker : after) {
            worker.put(Counter.CONNECTION_CAPACITY.name(), 1000L);
        }
    }

    static Running.Port port(String name) {
        return new Running.Port(
                name,
                1500,
                2,
                true,
                10_000,
                "software",
                7,
                7,
                Map.of("largePacketsCut", 5L, "checksumsCompleted", 5L));
    }

    static Machine.Interface network(
            boolean there, boolean up, int mtu, String duplex, List<String> addresses) {
        return new Machine.Interface("eth0", there, up, mtu, Optional.of(duplex), addresses);
    }

    static Running.Service service(
            String name, List<Running.Server> servers, List<Running.Local> locals) {
        return new Running.Service("tcp", name, servers, Optional.empty(), locals);
    }

    /// The same with a sorry server.
    static Running.Service with(Running.Service service, Running.Server sorry) {
        return new Running.Service(
                service.protocol(),
                service.name(),
                service.servers(),
                Optional.of(sorry),
                service.locals());
    }

    static Running.Server server(int weight, boolean up, String reason) {
        return new Running.Server(
                "10.0.1.11", "10.0.1.11:8080", weight, false, up, false, reason, 12, 0);
    }

    static Running.Local local(int fullest) {
        return new Running.Local("10.0.1.100", "lan", false, fullest, false, 0);
    }

    /// Adds what a worker counts between the two readings.
    Sample count(int worker, Enum<?> name, long more) {
        before.get(worker).put(name.name(), 50L);
        after.get(worker).put(name.name(), 50 + more);
        return this;
    }

    Sample condition(String name, String subject, String detail) {
        conditions.add(new Running.Condition(name, subject, detail, 4));
        return this;
    }

    Configuration configuration() {
        return ConfigurationFile.parse("sample", yaml);
    }

    Observation reading() {
        Running running =
                new Running(
                        4711,
                        status,
                        health,
                        conditions,
                        new Running.Counts(before),
                        new Running.Counts(after),
                        portsBefore,
                        ports,
                        pools,
                        services,
                        neighbours,
                        addresses,
                        routes,
                        advice,
                        drift,
                        heap);
        Machine machine =
                new Machine(
                        NOW,
                        clockSource,
                        synchronised,
                        adviceBefore,
                        runs
                                ? Optional.of(
                                        new Machine.ProcessState(
                                                4711, swapped, openFiles, mostFiles, arguments))
                                : Optional.empty(),
                        memoryUsed,
                        memoryLimit,
                        interfaces,
                        devices,
                        files,
                        certificates);
        return new Observation(
                INTERVAL,
                Path.of("/run/fullnat.sock"),
                Optional.of(Path.of("/etc/fullnat/fullnat.yaml")),
                asked,
                machine,
                wrong.isPresent() ? Optional.empty() : Optional.of(configuration()),
                wrong,
                runs ? Optional.of(running) : Optional.empty(),
                runs ? Optional.empty() : Optional.of("no balancer answers"),
                List.of());
    }

    /// Level and name of each finding.
    List<String> found() {
        return Doctor.examine(reading()).findings().stream()
                .map(finding -> finding.level() + " " + finding.name())
                .toList();
    }

    /// The only finding.
    Finding only() {
        List<Finding> findings = Doctor.examine(reading()).findings();
        if (findings.size() != 1) {
            throw new AssertionError(findings.toString());
        }
        return findings.getFirst();
    }
}
