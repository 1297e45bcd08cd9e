// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.Ending;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.api.service.VirtualService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two kernels' stacks whose connection is ended by the balancer between them: both are told at
/// once, and believe it.
@NetworkTest
@ParameterizedClass
@EnumSource
@Timeout(120)
class EndResetIT {
    private static final int FIRST_PORT = 8100;

    /// Longer than any reset takes; far shorter than the kernels would find out by themselves.
    private static final long AT_ONCE_MS = 10_000;

    private static final int SILENCE_MS = 1_000;
    private static final int MUCH = 1_000_000;

    private static Scene scene;

    private final ServiceKey service;
    private final Endpoint server;
    private final ServerSocket listener;
    private final Socket client;
    private final Socket accepted;

    @BeforeAll
    static void open() {
        NetworkCondition.requireIpv6();
        scene = Scene.dualStack(1500);
    }

    @AfterAll
    static void close() {
        if (scene != null) {
            scene.close();
        }
    }

    EndResetIT(FamilyPair pair) throws IOException {
        int port = FIRST_PORT + pair.ordinal();
        service = ServiceKey.tcp(pair.clients.virtual().toString(), port);
        server = new Endpoint(pair.servers.server(1), port);
        apply(
                new Change.AddService(
                        VirtualService.of(service)
                                .withScheduler("rr")
                                .withRealServer(RealServer.of(server.address().toString(), port))
                                .withLocalAddress(
                                        LocalAddress.of(
                                                pair.servers.locals().getFirst().toString(),
                                                "inside"))));
        listener =
                scene.lab
                        .server(1)
                        .call(() -> {
                            ServerSocket socket = new ServerSocket();
                            socket.bind(at(server));
                            return socket;
                        });
        client =
                scene.lab
                        .client()
                        .call(() -> {
                            Socket socket = new Socket();
                            socket.connect(at(service.endpoint()), 5_000);
                            return socket;
                        });
        accepted = listener.accept();
        client.getOutputStream().write(7);
        assertThat(accepted.getInputStream().read()).isEqualTo(7);
    }

    @AfterEach
    void closeAll() throws IOException {
        client.close();
        accepted.close();
        listener.close();
        if (scene.balancer.control().desired().services().containsKey(service)) {
            apply(new Change.RemoveService(service));
        }
    }

    private static InetSocketAddress at(Endpoint endpoint) {
        return new InetSocketAddress(
                InetAddress.ofLiteral(endpoint.address().toString()), endpoint.port());
    }

    private static void apply(Change... changes) {
        scene.balancer.control().apply(changes);
    }

    private void policy(ServicePolicy policy) {
        apply(new Change.SetPolicy(service, policy));
    }

    /// What the operator does.
    enum Act {
        REMOVE_SERVER,
        REMOVE_SERVICE,
        END_CONNECTIONS,
        LET_EXPIRE
    }

    private void act(Act act) {
        switch (act) {
            case REMOVE_SERVER -> {
                policy(ServicePolicy.DEFAULT.withRemoval(Removal.END));
                apply(new Change.RemoveRealServer(service, server));
            }
            case REMOVE_SERVICE -> {
                policy(ServicePolicy.DEFAULT.withRemoval(Removal.END));
                apply(new Change.RemoveService(service));
            }
            case END_CONNECTIONS -> apply(new Change.EndConnections(ConnectionFilter.of(service)));
            case LET_EXPIRE -> {
                policy(ServicePolicy.DEFAULT.withResetsOnExpiry(true));
                apply(new Change.EditService(service, "rr", Optional.of(Duration.ofSeconds(1))));
            }
        }
    }

    private static CompletableFuture<Throwable> failure(Callable<?> use) {
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        use.call();
                        failed.complete(new AssertionError("no failure"));
                    } catch (Throwable found) {
                        failed.complete(found);
                    }
                });
        return failed;
    }

    private static void assertReset(CompletableFuture<Throwable> failure, long millis)
            throws Exception {
        assertThat(failure.get(millis, TimeUnit.MILLISECONDS))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @ParameterizedTest
    @EnumSource
    void bothEndsOfAnIdleConnectionHearItAtOnce(Act act) throws Exception {
        CompletableFuture<Throwable> atClient = failure(() -> client.getInputStream().read());
        CompletableFuture<Throwable> atServer = failure(() -> accepted.getInputStream().read());

        act(act);

        long patience = act == Act.LET_EXPIRE ? AT_ONCE_MS + 2_000 : AT_ONCE_MS;
        assertReset(atClient, patience);
        assertReset(atServer, patience);
    }

    /// Its resets may come behind data that the client has not acknowledged.
    @ParameterizedTest
    @EnumSource(names = {"REMOVE_SERVER", "END_CONNECTIONS"})
    void bothEndsOfABusyConnectionHearIt(Act act) throws Exception {
        byte[] much = new byte[100_000];
        CompletableFuture<Throwable> atServer =
                failure(() -> {
                    while (true) {
                        accepted.getOutputStream().write(much);
                    }
                });
        AtomicLong got = new AtomicLong();
        CompletableFuture<Throwable> atClient =
                failure(() -> {
                    byte[] some = new byte[much.length];
                    for (int n = 0; n >= 0; n = client.getInputStream().read(some)) {
                        got.addAndGet(n);
                    }
                    return null;
                });
        Shell.until("much has come", () -> got.get() >= MUCH);

        act(act);

        assertReset(atClient, AT_ONCE_MS);
        assertThat(atServer.get(AT_ONCE_MS, TimeUnit.MILLISECONDS))
                .isInstanceOf(SocketException.class);
    }

    @ParameterizedTest
    @EnumSource(names = "END_CONNECTIONS")
    void orNobodyHearsIt(Act act) throws Exception {
        policy(ServicePolicy.DEFAULT.withEndWith(Ending.SILENCE));
        long before = resets();

        act(act);

        for (Socket end : List.of(client, accepted)) {
            end.setSoTimeout(SILENCE_MS);
            assertThat(failure(() -> end.getInputStream().read()).get(5, TimeUnit.SECONDS))
                    .isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(resets()).isEqualTo(before);
        client.getOutputStream().write(7);
        assertReset(failure(() -> client.getInputStream().read()), AT_ONCE_MS);
    }

    private static long resets() {
        return scene.balancer.counters().total(Counter.END_RESETS);
    }
}
