// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a client's kernel makes of our refusals: a connect or a question that cannot be served ends
/// with an error, not with a wait.
@NetworkTest
class RefusalIT {
    private static final ServiceKey ECHO_SERVICE = new ServiceKey(Protocol.UDP, Scene.ECHO);
    private static final int UNUSED = 9;
    private static final int HONEST = 40;
    private static final String ADMITTED = "198.51.100.11";

    /// Longer than any answer takes; none is waited for so long if all is well.
    private static final int PATIENCE_MS = 10_000;

    /// How long nothing must come where nothing is due.
    private static final int SILENCE_MS = 700;

    private final Scene scene = new Scene(1, 1);

    @AfterEach
    void close() {
        scene.close();
    }

    private void addClient(String address) {
        scene.lab.client().addAddress(address, "eth0");
    }

    private static String honest(int n) {
        return "10.9." + n + ".1";
    }

    private void apply(Change... changes) {
        scene.balancer.engine().control().apply(changes);
    }

    private void removeServers() {
        for (int number = 1; number <= Scene.SERVERS; number++) {
            apply(
                    new Change.RemoveRealServer(
                            Scene.HTTP_SERVICE,
                            new Endpoint(Lab.serverAddress(number), Scene.HTTP_PORT)),
                    new Change.RemoveRealServer(
                            ECHO_SERVICE,
                            new Endpoint(Lab.serverAddress(number), Scene.ECHO_PORT)));
        }
    }

    private static void connect(Endpoint to, int patienceMs) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address(to), patienceMs);
        }
    }

    private static InetSocketAddress address(Endpoint endpoint) {
        return new InetSocketAddress(
                InetAddress.ofLiteral(endpoint.address().toString()), endpoint.port());
    }

    private static void ask(String from, Endpoint to, int patienceMs) throws IOException {
        try (DatagramSocket socket =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(from), 0))) {
            socket.connect(address(to));
            socket.setSoTimeout(patienceMs);
            socket.send(new DatagramPacket(new byte[] {1, 2, 3}, 3));
            socket.receive(new DatagramPacket(new byte[100], 100));
        }
    }

    private void asClient(IoCheck check) {
        scene.lab
                .client()
                .call(() -> {
                    check.run();
                    return true;
                });
    }

    private interface IoCheck {
        void run() throws IOException;
    }

    @Test
    void aServiceWithoutServersRefusesAtOnce() {
        removeServers();
        asClient(() -> {
            assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> connect(Scene.HTTP, PATIENCE_MS))
                    .withMessageContaining("refused");
            assertThatExceptionOfType(PortUnreachableException.class)
                    .isThrownBy(() -> ask(Lab.CLIENT.toString(), Scene.ECHO, PATIENCE_MS));
        });

        apply(
                new Change.AddRealServer(
                        Scene.HTTP_SERVICE,
                        RealServer.of(Lab.serverAddress(1).toString(), Scene.HTTP_PORT)));
        asClient(() -> connect(Scene.HTTP, PATIENCE_MS));
    }

    @Test
    void aClientThatARuleKeepsOutIsTold() {
        addClient(ADMITTED + "/24");
        AccessRule rule =
                new AccessRule(AccessRule.Action.DENY, IpPrefix.parse("198.51.100.10/32"));
        apply(
                new Change.AddAccessRule(Scene.HTTP_SERVICE, rule),
                new Change.AddAccessRule(ECHO_SERVICE, rule));
        asClient(() -> {
            assertThatExceptionOfType(ConnectException.class)
                    .isThrownBy(() -> connect(Scene.HTTP, PATIENCE_MS))
                    .withMessageContaining("refused");
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> ask(Lab.CLIENT.toString(), Scene.ECHO, PATIENCE_MS))
                    .satisfies(e -> assertThat(e).isNotInstanceOf(SocketTimeoutException.class));
            ask(ADMITTED, Scene.ECHO, PATIENCE_MS);
        });
    }

    @Test
    void aServiceThatDropsLetsClientsWait() {
        removeServers();
        ServicePolicy silent = ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP);
        apply(
                new Change.SetPolicy(Scene.HTTP_SERVICE, silent),
                new Change.SetPolicy(ECHO_SERVICE, silent));
        asClient(() -> {
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> connect(Scene.HTTP, SILENCE_MS));
            assertThatExceptionOfType(SocketTimeoutException.class)
                    .isThrownBy(() -> ask(Lab.CLIENT.toString(), Scene.ECHO, SILENCE_MS));
        });
    }

    /// One client sends as fast as it can to a port without a service, and one to the service
    /// without servers; forty others ask once each.
    @Test
    void honestClientsAreAnsweredBesideAFlood() throws Exception {
        removeServers();
        for (int n = 0; n < HONEST; n++) {
            addClient(honest(n) + "/32");
        }
        AtomicBoolean running = new AtomicBoolean(true);
        AtomicLong sent = new AtomicLong();
        List<Thread> flood = new ArrayList<>();
        for (int port : List.of(UNUSED, Scene.ECHO_PORT)) {
            flood.add(scene.lab.client().start("flood " + port, () -> flood(port, running, sent)));
        }
        try {
            while (sent.get() < 5_000) {
                LockSupport.parkNanos(1);
            }
            asClient(() -> {
                for (int n = 0; n < HONEST; n++) {
                    String from = honest(n);
                    int port = n % 2 == 0 ? UNUSED : Scene.ECHO_PORT;
                    assertThatExceptionOfType(PortUnreachableException.class)
                            .as("client %d of %d", n, HONEST)
                            .isThrownBy(() -> askAgain(from, new Endpoint(Lab.VIRTUAL, port)));
                    assertThatExceptionOfType(ConnectException.class)
                            .isThrownBy(() -> connect(Scene.HTTP, PATIENCE_MS));
                }
            });
        } finally {
            running.set(false);
            for (Thread thread : flood) {
                thread.join();
            }
        }
    }

    /// As a resolver does: the flood fills the kernel's queues, too, and a datagram may be lost
    /// there.
    private static void askAgain(String from, Endpoint to) throws IOException {
        for (int left = 4; ; left--) {
            try {
                ask(from, to, PATIENCE_MS / 4);
                return;
            } catch (SocketTimeoutException lost) {
                if (left == 0) {
                    throw lost;
                }
            }
        }
    }

    private static void flood(int port, AtomicBoolean running, AtomicLong sent) {
        try (DatagramSocket socket =
                new DatagramSocket(
                        new InetSocketAddress(InetAddress.ofLiteral(Lab.CLIENT.toString()), 0))) {
            InetSocketAddress to = address(new Endpoint(Lab.VIRTUAL, port));
            while (running.get()) {
                socket.send(new DatagramPacket(new byte[] {9}, 1, to));
                sent.incrementAndGet();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
