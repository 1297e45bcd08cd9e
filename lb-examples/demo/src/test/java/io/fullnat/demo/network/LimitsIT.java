// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.VirtualService;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Limits as clients with a kernel meet them: those that find room are served, the others are
/// refused at once, and when the flood is over there is room again.
@NetworkTest
@ParameterizedClass
@EnumSource(names = {"V4_TO_V4", "V6_TO_V6"})
class LimitsIT {
    private static final int THREADS = 4;
    private static final int PATIENCE_MS = 10_000;

    private final FamilyPair pair;
    private final Scene scene;
    private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refused = new AtomicInteger();

    LimitsIT(FamilyPair pair) {
        NetworkCondition.requireIpv6();
        this.pair = pair;
        scene = Scene.dualStack(1500);
    }

    @AfterEach
    void close() throws IOException {
        closeAll();
        scene.close();
    }

    private Control control() {
        return scene.balancer.engine().control();
    }

    /// Connections that are over make room after a second.
    private ServicePolicy policy() {
        VirtualService service =
                requireNonNull(control().desired().services().get(pair.httpService()));
        ServicePolicy policy = service.policy();
        return policy.withTimeouts(
                policy.timeouts()
                        .with(TimedState.TIME_WAIT, Duration.ofSeconds(1))
                        .with(TimedState.LAST_ACK, Duration.ofSeconds(1))
                        .with(TimedState.CLOSE, Duration.ofSeconds(1)));
    }

    private void limit(ServiceLimits limits) {
        control().apply(new Change.SetPolicy(pair.httpService(), policy().withLimits(limits)));
    }

    private Change server(int number, int max, boolean inhibited) {
        Endpoint endpoint = new Endpoint(pair.servers.server(number), Scene.HTTP_PORT);
        return new Change.EditRealServer(
                pair.httpService(),
                RealServer.builder(endpoint).maxConnections(max).inhibited(inhibited).build());
    }

    /// Opens connections on several threads and keeps those that are served.
    private void flood(int each) throws Exception {
        scene.inParallel(
                THREADS,
                () -> {
                    for (int i = 0; i < each; i++) {
                        connect();
                    }
                    return true;
                });
    }

    private void connect() throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(pair.http().address().toString(), pair.http().port()),
                    PATIENCE_MS);
            open.add(socket);
        } catch (ConnectException full) {
            assertThat(full).hasMessageContaining("refused");
            refused.incrementAndGet();
            socket.close();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    private void closeAll() throws IOException {
        for (Socket socket = open.poll(); socket != null; socket = open.poll()) {
            socket.close();
        }
    }

    /// All that were let in are served by the server that they met.
    private void assertServed() throws IOException {
        for (Socket socket : open) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream()
                    .write(
                            "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
    }

    private List<Long> perServer() {
        List<Long> counts = new ArrayList<>();
        control().status().services().stream()
                .filter(service -> service.service().key().equals(pair.httpService()))
                .flatMap(service -> service.realServers().stream())
                .forEach(each -> counts.add(each.activeConnections() + each.inactiveConnections()));
        return counts;
    }

    /// A SYN whose refusal was lost is sent again.
    private void assertRefused(Outcome outcome) {
        assertThat(scene.balancer.engine().counters().total(outcome))
                .isGreaterThanOrEqualTo(refused.get());
    }

    private void awaitNone() throws InterruptedException {
        for (int tries = 0; perServer().stream().anyMatch(each -> each > 0); tries++) {
            assertThat(tries).as("connections end").isLessThan(200);
            Thread.sleep(50);
        }
    }

    @Test
    void serversHaveNoMoreThanTheyMay() throws Exception {
        limit(ServiceLimits.NONE);
        control().apply(server(1, 5, false), server(2, 3, false));

        flood(10);
        assertThat(open).hasSize(8);
        assertThat(refused).hasValue(THREADS * 10 - 8);
        assertThat(perServer()).containsExactly(5L, 3L);
        assertRefused(Outcome.SERVERS_FULL);
        assertServed();

        closeAll();
        awaitNone();
        flood(10);
        assertThat(open).as("after the flood").hasSize(8);
        control().apply(server(1, 7, false));
        flood(1);
        assertThat(open).as("after the limit was raised").hasSize(10);
        assertServed();
    }

    /// A server that comes back with clients waiting for it gets what it may have, no more.
    @Test
    void aServerThatIsBackFromMaintenanceKeepsItsLimit() throws Exception {
        limit(ServiceLimits.NONE);
        control().apply(server(1, 4, false), server(2, 2, true));
        flood(5);
        assertThat(perServer()).containsExactly(4L, 0L);
        control().apply(server(2, 2, false));
        flood(5);
        assertThat(perServer()).containsExactly(4L, 2L);
        control().apply(server(1, 4, true));
        assertServed();
        flood(2);
        assertThat(perServer()).containsExactly(4L, 2L);
        assertThat(open).hasSize(6);
    }

    @Test
    void aServiceAndAClientHaveNoMoreThanTheyMay() throws Exception {
        limit(ServiceLimits.NONE.withConnections(9));
        flood(8);
        assertThat(open).hasSize(9);
        assertRefused(Outcome.SERVICE_FULL);
        assertServed();
        closeAll();
        awaitNone();
        refused.set(0);

        limit(ServiceLimits.NONE.withPerClient(6));
        flood(8);
        assertThat(open).hasSize(6);
        assertRefused(Outcome.CLIENT_FULL);
        assertServed();
    }

    @Test
    void connectionsBeginNoFasterThanTheyMay() throws Exception {
        limit(ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse("10,20"))));
        long before = System.nanoTime();
        while (open.size() < 60) { // the burst, and 4 s of the rate
            connectAsClient();
        }
        double seconds = (System.nanoTime() - before) / 1e9;
        assertThat(seconds).isGreaterThan(3.8);
        assertThat(open.size()).isLessThanOrEqualTo((int) (20 + 10 * seconds) + 1);
        assertThat(refused.get()).isPositive();
        assertRefused(Outcome.RATE_LIMITED);
        assertServed();
        Thread.sleep(2_200);
        refused.set(0);
        flood(5);
        assertThat(refused).as("once the bucket is full again").hasValue(0);
    }

    private void connectAsClient() {
        scene.lab
                .client()
                .call(() -> {
                    for (int i = 0; i < 5; i++) {
                        connect();
                    }
                    return true;
                });
    }
}
