// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A balancer on threads of its own probes on others: one that hangs holds up neither the probes of
/// other servers, nor transactions, nor the end.
@Timeout(60)
class StartedHealthTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final RealServer DEAD = RealServer.of("10.0.1.11", 80);
    private static final RealServer HANGING = RealServer.of("10.0.1.12", 80);
    private static final RealServer ALIVE = RealServer.of("10.0.1.13", 80);

    private final BlockingQueue<BalancerEvent.ServerHealthChanged> changes =
            new LinkedBlockingQueue<>();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);

    private ProbeResult probe(ProbeTarget target) throws InterruptedException {
        assertThat(Thread.currentThread().isVirtual()).isTrue();
        Endpoint endpoint = target.endpoint();
        if (endpoint.equals(HANGING.endpoint())) {
            asked.countDown();
            try {
                never.await();
            } catch (InterruptedException ended) {
                interrupted.countDown();
                throw ended;
            }
        }
        return new ProbeResult(endpoint.equals(ALIVE.endpoint()), "as a test says");
    }

    @Test
    void probesHoldUpNobody() throws Exception {
        HealthCheck check =
                HealthCheck.builder(NamedProbe.of("own"))
                        .interval(Duration.ofMillis(100))
                        .timeout(Duration.ofMinutes(1))
                        .build();
        VirtualService service =
                VirtualService.of(WEB)
                        .withRealServers(List.of(DEAD, HANGING, ALIVE))
                        .withPolicy(
                                ServicePolicy.DEFAULT.withHealth(
                                        HealthPolicy.builder().checks(List.of(check)).build()));
        try (InMemoryIo io =
                        InMemoryIo.builder()
                                .buffers(64)
                                .wire(
                                        PortSettings.of("wan", Rig.WAN_MAC),
                                        PortSettings.of("client", Rig.CLIENT_MAC))
                                .open();
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .connections(64)
                                .probes(spec -> this::probe)
                                .listener(event -> {
                                    if (event instanceof BalancerEvent.ServerHealthChanged it) {
                                        changes.add(it);
                                    }
                                })
                                .start()) {
            balancer.services().add(service);
            BalancerEvent.ServerHealthChanged first = changes.take();
            assertThat(first.server()).isEqualTo(DEAD.endpoint());
            assertThat(first.service()).isEqualTo(WEB);
            assertThat(first.health().reason()).isEqualTo("own: as a test says");
            asked.await();
            balancer.control().reportHealth(WEB, ALIVE.endpoint(), false, "by hand", 1).join();
            assertThat(changes.take().health().reason()).isEqualTo("reported: by hand");
            assertThat(interrupted.getCount()).isEqualTo(1);
        }
        interrupted.await();
    }
}
