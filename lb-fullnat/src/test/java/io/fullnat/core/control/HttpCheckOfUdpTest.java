// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.probe.SocketProbes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is asked of a server need not be the service's protocol (H08): a service of UDP whose
/// server is asked by HTTP, over a real socket, at another port; and once only for two services
/// (H16).
final class HttpCheckOfUdpTest {
    private final AtomicInteger asked = new AtomicInteger();
    private final HttpServer http;
    private final ControlRig rig;
    private volatile int status = 200;

    HttpCheckOfUdpTest() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        http.createContext(
                "/health",
                exchange -> {
                    asked.incrementAndGet();
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        http.start();
        SocketProbes sockets = new SocketProbes();
        rig =
                ControlRig.ofOneWorker(builder ->
                        builder.probes(
                                spec -> target -> sockets.create(spec).probe(onLoopback(target))));
    }

    /// The server's address is one of documentation; what is asked is on this machine.
    private static ProbeTarget onLoopback(ProbeTarget target) {
        assertThat(target.endpoint().address()).isEqualTo(SERVER.endpoint().address());
        return new ProbeTarget(
                Endpoint.of("127.0.0.1", target.endpoint().port()),
                target.source(),
                target.timeout());
    }

    @AfterEach
    void close() {
        rig.close();
        http.stop(0);
    }

    private ServerHealth health(ServiceKey key) {
        return rig.status().services().stream()
                .filter(each -> each.service().key().equals(key))
                .findFirst()
                .orElseThrow()
                .realServers()
                .getFirst()
                .health();
    }

    private void seconds(int count) {
        for (int i = 0; i < 10 * count; i++) {
            rig.pass(Duration.ofMillis(100));
        }
    }

    private Change service(ServiceKey key, int port) {
        HealthCheck check =
                HealthCheck.builder(HttpProbe.builder().path("/health").build())
                        .port(OptionalInt.of(http.getAddress().getPort()))
                        .interval(Duration.ofSeconds(1))
                        .jitter(0)
                        .timeout(Duration.ofSeconds(30))
                        .fall(1)
                        .build();
        return new Change.AddService(
                VirtualService.of(key)
                        .withLocalAddress(ControlRig.local(ControlRig.LOCAL))
                        .withRealServer(RealServer.of(SERVER.endpoint().address().toString(), port))
                        .withPolicy(
                                ServicePolicy.DEFAULT.withHealth(
                                        HealthPolicy.builder().checks(List.of(check)).build())));
    }

    @Test
    void aServiceOfUdpIsCheckedByHttpAtAnotherPortOnceForAll() {
        ServiceKey names = ServiceKey.udp(ControlRig.VIP, 53);
        ServiceKey other = ServiceKey.udp(ControlRig.VIP, 5353);
        rig.configured();
        rig.apply(service(names, 53), service(other, 5353));
        seconds(2);
        assertThat(health(names).active()).isEqualTo(ServerHealth.State.UP);

        asked.set(0);
        seconds(10);
        assertThat(asked).hasValue(10);

        status = 503;
        seconds(2);
        assertThat(health(names).up()).isFalse();
        assertThat(health(names).reason()).contains("HTTP status 503");
        assertThat(health(other).up()).isFalse();

        status = 200;
        seconds(2);
        assertThat(health(names).up()).isTrue();
        assertThat(health(other).up()).isTrue();
    }
}
