// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A balancer in Micrometer's registries.
class BalancerMetricsTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey DNS = ServiceKey.udp("2001:db8::80", 53);
    private static final RealServer SERVER = RealServer.of("10.0.1.11", 8080);

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(256)
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .open();
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(io).connections(64).clock(new ManualClock()).build();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BalancerMetrics metrics =
            new BalancerMetrics(balancer.counters(), balancer.control(), Tags.of("node", "a"));

    @BeforeEach
    void bind() {
        apply(
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddAddress(InterfaceAddress.of("192.0.2.80/32", "lan")),
                new Change.AddService(
                        VirtualService.of(WEB)
                                .withRealServer(SERVER)
                                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))));
        metrics.bindTo(registry);
    }

    @AfterEach
    void close() {
        metrics.close();
        balancer.close();
        io.close();
    }

    private void apply(Change... changes) {
        CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
        for (int i = 0; i < 10_000 && !done.isDone(); i++) {
            balancer.doWork();
        }
        done.join();
        balancer.doWork();
    }

    private List<Meter> of(String name) {
        return List.copyOf(registry.find(name).meters());
    }

    private List<Meter> services(String name) {
        return List.copyOf(registry.find("fullnat.service." + name).meters());
    }

    @Test
    void workersHaveAllOutcomesAndCounters() {
        assertThat(of("fullnat.packets")).hasSize(Outcome.values().length);
        for (Counter counter : Counter.values()) {
            String name = counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
            String shown = counter == Counter.BUSY_NANOSECONDS ? "busy" : name;
            assertThat(of("fullnat.worker." + shown)).as(shown).hasSize(1);
        }
        assertThat(registry.get("fullnat.worker.connection.capacity").gauge().value())
                .isEqualTo(64);
        assertThat(registry.get("fullnat.worker.cycles").functionCounter().count())
                .isEqualTo((double) balancer.counters().total(Counter.CYCLES))
                .isPositive();
        assertThat(registry.getMeters())
                .allSatisfy(meter -> assertThat(meter.getId().getTag("node")).isEqualTo("a"));
    }

    @Test
    void theBalancerAsAWhole() {
        assertThat(registry.get("fullnat.transactions").functionTimer().count()).isOne();
        assertThat(registry.get("fullnat.transactions.refused").functionCounter().count()).isZero();
        assertThat(of("fullnat.conditions")).hasSize(Condition.values().length);
        assertThat(registry.get("fullnat.up").gauge().value()).isOne();
    }

    @Test
    void servicesServersAndLocalAddresses() {
        assertThat(registry.get("fullnat.service.connections").functionCounter().count()).isZero();
        assertThat(registry.get("fullnat.service.servers").gauge().value()).isOne();
        assertThat(registry.get("fullnat.service.servers.up").gauge().value()).isOne();
        assertThat(registry.get("fullnat.server.weight").gauge().value()).isOne();
        assertThat(registry.get("fullnat.server.up").gauge().value()).isOne();
        assertThat(registry.get("fullnat.local.ports").gauge().value()).isEqualTo(64_511);
        assertThat(registry.get("fullnat.local.ports.used").gauge().value()).isZero();
        Meter.Id id = of("fullnat.server.up").getFirst().getId();
        assertThat(id.getTag("service")).isEqualTo("192.0.2.80:80");
        assertThat(id.getTag("protocol")).isEqualTo("tcp");
        assertThat(id.getTag("server")).isEqualTo("10.0.1.11:8080");
    }

    private double gauge(String name) {
        return registry.get("fullnat." + name).gauge().value();
    }

    private double count(String name) {
        return registry.get("fullnat." + name).functionCounter().count();
    }

    private void syn(String client) {
        new FrameEnd(io.wire("lan").far(), io.buffers())
                .send(
                        PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                                .ipv4(client, "192.0.2.80")
                                .tcp(40_000, 80)
                                .flags(Tcp.SYN));
        for (int i = 0; i < 10; i++) {
            balancer.doWork();
        }
    }

    /// What Prometheus is told of them by the product, too; of services without persistence there
    /// is no meter of templates.
    @Test
    void setsTemplatesAndClients() {
        assertThat(services("templates")).isEmpty();
        assertThat(of("fullnat.set.refused")).isEmpty();
        assertThat(gauge("template.capacity")).isGreaterThan(1000);
        assertThat(gauge("client.capacity")).isPositive();
        assertThat(gauge("client.rate.capacity")).isPositive();
        assertThat(gauge("client.entries")).isZero();
        assertThat(gauge("client.rate.entries")).isZero();

        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withPersistence(Optional.of(Persistence.of(Duration.ofMinutes(5))))
                        .withLimits(ServiceLimits.NONE.withPerClient(5));
        IpSet bots =
                IpSet.builder("bots", SetType.HASH_NET)
                        .add(SetMember.of("10.0.1.66"), false)
                        .build();
        apply(
                new Change.SetPolicy(WEB, policy),
                new Change.CreateSet(bots),
                new Change.AddAccessRule(WEB, AccessRule.deny("ipset:bots")),
                new Change.SetNeighbour(
                        new Neighbour(
                                IpAddress.parse("10.0.1.11"),
                                MacAddress.parse("02:00:00:00:00:02"),
                                "lan")));
        syn("10.0.1.66");
        syn("10.0.1.67");
        metrics.close(); // what was read a moment ago serves for a second
        BalancerMetrics fresh = new BalancerMetrics(balancer.counters(), balancer.control());
        registry.clear();
        fresh.bindTo(registry);
        assertThat(count("set.refused")).isOne();
        assertThat(count("set.admitted")).isZero();
        assertThat(registry.get("fullnat.set.refused").meter().getId().getTag("set"))
                .isEqualTo("bots");
        assertThat(gauge("service.templates")).isOne();
        assertThat(gauge("client.entries")).isOne();

        apply(
                new Change.SetPolicy(WEB, ServicePolicy.DEFAULT),
                new Change.RemoveAccessRule(WEB, AccessRule.deny("ipset:bots")),
                new Change.DestroySet("bots"));
        assertThat(services("templates")).isEmpty();
        assertThat(of("fullnat.set.refused")).isEmpty();
        assertThat(of("fullnat.set.admitted")).isEmpty();
        fresh.close();
    }

    /// Packets that a service has refused, and its half-open connections where they are limited.
    @Test
    void refusalsAndHalfOpenConnections() {
        assertThat(count("service.refused.packets")).isZero();
        assertThat(services("half.open")).isEmpty();
        apply(
                new Change.SetPolicy(
                        WEB, ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withHalfOpen(1))),
                new Change.AddAccessRule(WEB, AccessRule.deny("10.0.1.66")),
                new Change.SetNeighbour(
                        new Neighbour(
                                IpAddress.parse("10.0.1.11"),
                                MacAddress.parse("02:00:00:00:00:02"),
                                "lan")));
        syn("10.0.1.66");
        syn("10.0.1.66");
        syn("10.0.1.67");
        metrics.close(); // what was read a moment ago serves for a second
        try (BalancerMetrics fresh = new BalancerMetrics(balancer.counters(), balancer.control())) {
            fresh.bindTo(registry);
            assertThat(count("service.refused.packets")).isEqualTo(2);
            assertThat(gauge("service.half.open")).isOne();
            assertThat(of("fullnat.service.half.open").getFirst().getId().getTag("service"))
                    .isEqualTo("192.0.2.80:80");

            apply(new Change.SetPolicy(WEB, ServicePolicy.DEFAULT));
            assertThat(services("half.open")).isEmpty();
        }
    }

    /// One reading a second, however many meters ask.
    @Test
    void rulesAreReadOnceASecond() {
        AtomicLong now = new AtomicLong();
        AtomicInteger reads = new AtomicInteger();
        Control counting =
                (Control)
                        Proxy.newProxyInstance(
                                Control.class.getClassLoader(),
                                new Class<?>[] {Control.class},
                                (proxy, method, arguments) -> {
                                    reads.incrementAndGet();
                                    return method.invoke(balancer.control(), arguments);
                                });
        RuleReading reading = new RuleReading(counting, now::get);
        for (int i = 0; i < 5; i++) {
            assertThat(reading.templates(WEB)).isNaN();
            assertThat(reading.templateCapacity()).isPositive();
            assertThat(reading.of(new PresentMeters.Subject.Set("gone"), SetStatus::refused))
                    .isNaN();
        }
        assertThat(reads).hasValue(2);
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(reading.templateCapacity()).isPositive();
        assertThat(reads).hasValue(3);
    }

    /// As many meters as there are services and servers, however many there have been.
    @Test
    void metersComeAndGoWithWhatTheyShow() {
        int before = registry.getMeters().size();
        apply(new Change.AddService(VirtualService.of(DNS).withRealServer(SERVER)));
        assertThat(services("connections")).hasSize(2);
        assertThat(of("fullnat.server.up")).hasSize(2);

        apply(new Change.RemoveService(DNS));
        assertThat(services("connections")).hasSize(1);
        assertThat(registry.getMeters()).hasSize(before);
        for (int port = 1; port <= 100; port++) {
            RealServer next = RealServer.of("10.0.1.11", 10_000 + port);
            apply(new Change.AddRealServer(WEB, next));
            apply(new Change.RemoveRealServer(WEB, next.endpoint()));
        }
        assertThat(registry.getMeters()).hasSize(before);
    }

    @Test
    void nothingIsFollowedOnceItIsClosed() {
        metrics.close();
        metrics.close();

        assertThat(services("connections")).isEmpty();
        assertThat(of("fullnat.server.up")).isEmpty();
        for (String table : List.of("template", "client", "client.rate")) {
            assertThat(of("fullnat." + table + ".capacity")).isEmpty();
        }
        assertThat(of("fullnat.client.entries")).isEmpty();
        assertThat(of("fullnat.client.rate.entries")).isEmpty();
        apply(new Change.AddService(VirtualService.of(DNS).withRealServer(SERVER)));
        assertThat(services("connections")).isEmpty();
        assertThatThrownBy(() -> metrics.bindTo(new SimpleMeterRegistry()))
                .isInstanceOf(IllegalStateException.class);
    }
}
