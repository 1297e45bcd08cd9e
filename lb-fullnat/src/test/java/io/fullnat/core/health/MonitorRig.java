// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memory.Region;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.transmit.WorkerCounters;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// A monitor driven by hand, with probes that ask a table.
final class MonitorRig implements HealthListener, AutoCloseable {
    static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    static final ServiceKey TLS = ServiceKey.tcp("192.0.2.80", 443);
    static final HealthCheck CHECK =
            HealthCheck.builder(NamedProbe.of("table"))
                    .interval(Duration.ofSeconds(1))
                    .jitter(0)
                    .rise(2)
                    .fall(3)
                    .build();

    final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5_000_000_000L); // it wraps
    final HealthWords words;
    final List<String> events = new ArrayList<>();
    final List<ProbeTarget> asked = new ArrayList<>();
    final Map<Endpoint, HealthProbe> answers = new HashMap<>();
    final TableNotices notices = new TableNotices();
    final List<Set<IpAddress>> announced = new ArrayList<>();
    final Map<IpAddress, String> failing = new HashMap<>();
    final Announcements announcements;
    final HealthMonitor monitor;
    private final Region memory = Region.allocate(8L * 256, "counters of a test");
    final WorkerCounters counters = counters(memory);
    private final Map<Object, Integer> slots = new HashMap<>();

    MonitorRig() {
        this(Runnable::run);
    }

    MonitorRig(Executor executor) {
        this(executor, false, 512);
    }

    /// @param servers how many there may be
    MonitorRig(int servers) {
        this(Runnable::run, false, servers);
    }

    /// One with an announcer.
    static MonitorRig announcing() {
        return new MonitorRig(Runnable::run, true, 512);
    }

    private MonitorRig(Executor executor, boolean announces, int servers) {
        words = new HealthWords(servers, 8);
        announcements =
                new Announcements(
                        announces ? this::announce : null,
                        Runnable::run,
                        this::announcementChanged);
        monitor =
                new HealthMonitor(
                        spec -> target -> answer(target),
                        executor,
                        words,
                        notices,
                        counters,
                        42,
                        announcements,
                        this);
    }

    private Map<IpAddress, String> announce(Set<IpAddress> addresses) throws IOException {
        announced.add(addresses);
        if (failing.containsValue("all")) {
            throw new IOException("no network");
        }
        return Map.copyOf(failing);
    }

    private void announcementChanged(IpAddress address, boolean isAnnounced) {
        events.add(address + (isAnnounced ? " announced" : " withdrawn"));
    }

    /// What connections have met, as a test says.
    static final class TableNotices implements Notices {
        final Map<Integer, String> watched = new HashMap<>();
        final Map<Integer, Long> failures = new HashMap<>();
        final Map<Integer, Long> answers = new HashMap<>();

        @Override
        public void watch(int slot, boolean silence, long nowNs) {
            watched.put(slot, silence ? "silence too" : "");
        }

        @Override
        public void unwatch(int slot) {
            watched.remove(slot);
        }

        @Override
        public long failures(int slot) {
            return failures.getOrDefault(slot, 0L);
        }

        @Override
        public long answers(int slot) {
            return answers.getOrDefault(slot, 0L);
        }
    }

    /// Connections to a server fail, as far as it is watched.
    void fail(int number, int times) {
        int slot = slot(WEB, server(number).endpoint());
        if (notices.watched.containsKey(slot)) {
            notices.failures.merge(slot, (long) times, Long::sum);
        }
        pass(Duration.ofMillis(100));
    }

    void answer(int number, int times) {
        int slot = slot(WEB, server(number).endpoint());
        if (notices.watched.containsKey(slot)) {
            notices.answers.merge(slot, (long) times, Long::sum);
        }
        pass(Duration.ofMillis(100));
    }

    private static WorkerCounters counters(Region memory) {
        int outcomes = Outcome.values().length;
        int all = outcomes + Counter.values().length;
        long[] places = IntStream.range(0, all).mapToLong(i -> memory.address() + 8L * i).toArray();
        return new WorkerCounters(
                Arrays.copyOf(places, outcomes), Arrays.copyOfRange(places, outcomes, all));
    }

    private ProbeResult answer(ProbeTarget target) throws IOException, InterruptedException {
        synchronized (asked) {
            asked.add(target);
        }
        HealthProbe known = answers.get(target.endpoint());
        return known == null ? ProbeResult.passed("") : known.probe(target);
    }

    static RealServer server(int number) {
        return RealServer.of("10.0.1." + number, 80);
    }

    static VirtualService service(HealthPolicy policy, RealServer... servers) {
        return service(WEB, policy, servers);
    }

    static VirtualService service(ServiceKey key, HealthPolicy policy, RealServer... servers) {
        return VirtualService.of(key)
                .withRealServers(List.of(servers))
                .withPolicy(ServicePolicy.DEFAULT.withHealth(policy));
    }

    static HealthPolicy policy(UnaryOperator<HealthPolicy.Builder> more, HealthCheck... checks) {
        return more.apply(HealthPolicy.builder().checks(List.of(checks))).build();
    }

    static HealthPolicy policy(HealthCheck... checks) {
        return policy(builder -> builder, checks);
    }

    int slot(Object name) {
        return slots.computeIfAbsent(name, any -> slots.size());
    }

    private int slot(ServiceKey key, Endpoint server) {
        return slot(key + " " + server);
    }

    Monitored monitored(VirtualService service) {
        ServiceKey key = service.key();
        return new Monitored(
                service,
                key.equals(WEB) ? 0 : 1,
                service.realServers().stream()
                        .mapToInt(server -> slot(key, server.endpoint()))
                        .toArray(),
                service.policy().health().sorryServer().map(sorry -> slot(key, sorry)).orElse(-1));
    }

    /// Brings a state of services into force.
    void apply(VirtualService... services) {
        List<Monitored> all = Arrays.stream(services).map(this::monitored).toList();
        for (VirtualService service : services) {
            monitor.requireProbes(service);
        }
        all.forEach(each -> monitor.prepare(each, clock.nanoTime()));
        monitor.adopt(all, List.of(), clock.nanoTime());
    }

    void remove(ServiceKey key) {
        monitor.adopt(List.of(), List.of(key), clock.nanoTime());
    }

    void poll() {
        while (monitor.poll(clock.nanoTime()) > 0) {
            // until nothing is left
        }
    }

    void pass(Duration time) {
        clock.advance(time);
        poll();
    }

    /// Lets time pass in steps of a tenth of a second.
    void seconds(double seconds) {
        for (int step = 0; step < Math.round(seconds * 10); step++) {
            pass(Duration.ofMillis(100));
        }
    }

    void dead(int... numbers) {
        for (int number : numbers) {
            answers.put(
                    server(number).endpoint(), target -> ProbeResult.failed("connection refused"));
        }
    }

    void alive(int... numbers) {
        for (int number : numbers) {
            answers.remove(server(number).endpoint());
        }
    }

    ServerHealth health(int number) {
        return health(WEB, number);
    }

    ServerHealth health(ServiceKey key, int number) {
        return monitor.health(key, server(number).endpoint(), clock.nanoTime());
    }

    ServiceHealth health() {
        return monitor.health(WEB);
    }

    int word(int number) {
        return words.server(slot(WEB, server(number).endpoint()));
    }

    int sorryWord(Endpoint sorry) {
        return words.server(slot(WEB, sorry));
    }

    /// Which of some servers get new connections.
    List<Integer> used(int... numbers) {
        return Arrays.stream(numbers).filter(number -> word(number) != 0).boxed().toList();
    }

    @Override
    public void serverChanged(ServiceKey service, Endpoint server, ServerHealth health) {
        events.add(server.address() + " " + (health.up() ? "up " : "down ") + health.use().word());
    }

    @Override
    public void endConnections(ServiceKey service, Endpoint server) {
        events.add("end " + server.address());
    }

    @Override
    public void quorumChanged(ServiceKey service, String quorum, ServiceHealth health) {
        events.add(health.quorumUp() ? "quorum" : "no quorum");
        assertThat(quorum).contains("quorum is");
    }

    @Override
    public void close() {
        monitor.close();
        memory.close();
    }
}
