// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
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
        apply(new Change.AddService(VirtualService.of(DNS).withRealServer(SERVER)));
        assertThat(services("connections")).isEmpty();
        assertThatThrownBy(() -> metrics.bindTo(new SimpleMeterRegistry()))
                .isInstanceOf(IllegalStateException.class);
    }
}
