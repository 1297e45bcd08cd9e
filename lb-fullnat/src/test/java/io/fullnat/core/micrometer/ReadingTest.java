// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One reading of the state for all meters of a second.
class ReadingTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey GONE = ServiceKey.tcp("192.0.2.81", 80);
    private static final RealServer FIRST = RealServer.of("10.0.1.11", 8080);
    private static final RealServer SECOND = RealServer.of("10.0.1.12", 8080);
    private static final long SECOND_NS = 1_000_000_000L;

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(256)
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .open();
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(io).connections(64).clock(new ManualClock()).build();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - SECOND_NS / 2); // it wraps
    private final Reading reading = new Reading(counting(), now::get);

    private Control counting() {
        return (Control)
                Proxy.newProxyInstance(
                        Control.class.getClassLoader(),
                        new Class<?>[] {Control.class},
                        (proxy, method, arguments) -> {
                            reads.incrementAndGet();
                            return method.invoke(balancer.control(), arguments);
                        });
    }

    @BeforeEach
    void configure() {
        apply(
                new Change.AddService(
                        VirtualService.of(WEB)
                                .withRealServers(List.of(FIRST, SECOND))
                                .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))));
    }

    @AfterEach
    void close() {
        balancer.close();
        io.close();
    }

    private void apply(Change... changes) {
        run(balancer.control().submit(List.of(changes)));
    }

    private void run(CompletableFuture<Void> done) {
        for (int i = 0; i < 10_000 && !done.isDone(); i++) {
            balancer.doWork();
        }
        done.join();
        balancer.doWork();
    }

    private double servers() {
        return reading.servers(new PresentMeters.Subject.Service(WEB));
    }

    @Test
    void theStateIsReadOnceASecond() {
        for (int i = 0; i < 5; i++) {
            assertThat(servers()).isEqualTo(2);
            assertThat(reading.of(WEB, service -> 7)).isEqualTo(7);
        }
        assertThat(reads).hasValue(1);
        now.addAndGet(SECOND_NS - 1);
        servers();
        assertThat(reads).hasValue(1);
        now.incrementAndGet();
        servers();
        assertThat(reads).hasValue(2);
    }

    @Test
    void whatChangesIsSeenASecondLater() {
        servers();
        apply(new Change.RemoveRealServer(WEB, SECOND.endpoint(), false));
        assertThat(servers()).isEqualTo(2);
        now.addAndGet(SECOND_NS);
        assertThat(servers()).isOne();
    }

    @Test
    void serversThatAreUpAreCounted() {
        run(balancer.control().reportHealth(WEB, SECOND.endpoint(), false, "test", 1));
        assertThat(reading.serversUp(new PresentMeters.Subject.Service(WEB))).isOne();
        assertThat(servers()).isEqualTo(2);
    }

    @Test
    void eachSubjectHasItsOwn() {
        assertThat(reading.of(WEB, service -> service.realServers().size())).isEqualTo(2);
        assertThat(
                        reading.of(
                                new PresentMeters.Subject.Server(WEB, SECOND.endpoint()),
                                server -> server.server().endpoint().address().low() & 0xFF))
                .isEqualTo(12);
        assertThat(
                        reading.of(
                                new PresentMeters.Subject.Local(IpAddress.parse("10.0.1.100")),
                                ports -> ports.capacity()))
                .isEqualTo(2 * 64_511);
    }

    @Test
    void whatIsNotThereIsNoNumber() {
        Endpoint nobody = Endpoint.of("10.0.1.13", 8080);
        assertThat(reading.servers(new PresentMeters.Subject.Service(GONE))).isNaN();
        assertThat(reading.serversUp(new PresentMeters.Subject.Service(GONE))).isNaN();
        assertThat(reading.of(GONE, service -> 1)).isNaN();
        assertThat(reading.of(new PresentMeters.Subject.Server(GONE, FIRST.endpoint()), s -> 1))
                .isNaN();
        assertThat(reading.of(new PresentMeters.Subject.Server(WEB, nobody), server -> 1)).isNaN();
        assertThat(
                        reading.of(
                                new PresentMeters.Subject.Local(IpAddress.parse("10.0.1.101")),
                                ports -> 1))
                .isNaN();
    }
}
