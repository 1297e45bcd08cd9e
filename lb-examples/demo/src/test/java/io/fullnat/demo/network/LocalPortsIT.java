// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One local address towards one real server with a kernel's stack that closes first: each
/// connection leaves it in TIME_WAIT for a minute, where it believes nothing (RFC 1337) but a newer
/// time stamp.
@NetworkTest
class LocalPortsIT {
    private static final int CLIENTS = 6;
    private static final int PER_SECOND = 400;

    /// So many that one whose client is slow holds up nobody else.
    private static final int SERVER_THREADS = 16;

    private static final int TIMEOUT_MS = 10_000;
    private static final int FLOOD_PER_SECOND = 20_000;
    private static final Endpoint SERVICE = new Endpoint(Lab.VIRTUAL, 80);

    private final Lab lab = Lab.create("fullnat-ports", 1);
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;
    private ServerSocket listener;
    private RunningBalancer balancer;

    @BeforeEach
    void start() {
        lab.server(1).setting("ipv4/tcp_rfc1337", "1");
        lab.server(1).setting("ipv4/tcp_max_tw_buckets", "262144");
        InetSocketAddress address =
                new InetSocketAddress(Lab.serverAddress(1).toString(), Scene.HTTP_PORT);
        listener =
                lab.server(1)
                        .call(() -> {
                            ServerSocket socket = new ServerSocket();
                            socket.bind(address, 1_024);
                            return socket;
                        });
        for (int i = 0; i < SERVER_THREADS; i++) {
            threads.add(lab.server(1).start("server " + i, this::serve));
        }
        for (int i = 1; i < CLIENTS; i++) {
            lab.client().ip("address", "add", client(i) + "/24", "dev", "eth0");
        }
        balancer =
                lab.balancer()
                        .call(() ->
                                RunningBalancer.overDpdk(ConfigurationFile.parse("ports", yaml())));
    }

    private static String client(int number) {
        return "198.51.100." + (10 + number);
    }

    private static String yaml() {
        return """
        workers: {count: 1, connections: 262144}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:%s"}
          - {name: inside, device: "af_packet:%s"}
        addresses:
          - {address: %s, device: outside}
          - {address: %s, device: inside}
          - {address: %s/32, device: outside}
        services:
          - protocol: tcp
            address: %s
            servers: [{address: "%s:%d"}]
            locals: [{address: %s, device: inside}]
        """
                .formatted(
                        Lab.OUTSIDE_INTERFACE,
                        Lab.INSIDE_INTERFACE,
                        Lab.OUTSIDE,
                        Lab.INSIDE,
                        Lab.VIRTUAL,
                        SERVICE,
                        Lab.serverAddress(1),
                        Scene.HTTP_PORT,
                        Lab.LOCAL.getFirst());
    }

    @AfterEach
    void close() throws Exception {
        over = true;
        balancer.close();
        listener.close();
        for (Thread thread : threads) {
            thread.join();
        }
        lab.close();
    }

    /// Answers a byte by a byte and closes first.
    private void serve() {
        while (!over) {
            try (Socket socket = listener.accept()) {
                socket.setSoTimeout(TIMEOUT_MS);
                socket.getOutputStream().write(socket.getInputStream().read());
            } catch (IOException closed) {
                over |= listener.isClosed(); // else a client gave up, which says so itself
            }
        }
    }

    /// One connection of a client.
    private void ask(int client, int number) {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(client(client)), 0));
            socket.connect(
                    new InetSocketAddress(SERVICE.address().toString(), SERVICE.port()),
                    TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream().write(number & 0x7F);
            int answer = socket.getInputStream().read();
            if (answer == (number & 0x7F) && socket.getInputStream().read() < 0) {
                answers.incrementAndGet();
            } else {
                failures.add("client " + client + ", connection " + number + ": got " + answer);
            }
        } catch (IOException e) {
            failures.add("client " + client + ", connection " + number + ": " + e);
        }
    }

    /// All clients at a common rate, each on some threads.
    private List<Thread> clients(int perSecond, int connections) {
        List<Thread> running = new ArrayList<>();
        AtomicInteger next = new AtomicInteger();
        long start = System.nanoTime();
        for (int i = 0; i < 4 * CLIENTS; i++) {
            int client = i % CLIENTS;
            running.add(
                    lab.client()
                            .start(
                                    "client " + i,
                                    () -> {
                                        int number = next.getAndIncrement();
                                        while (number < connections && !over) {
                                            long due =
                                                    start
                                                            + TimeUnit.SECONDS.toNanos(number)
                                                                    / perSecond;
                                            LockSupport.parkNanos(due - System.nanoTime());
                                            ask(client, number);
                                            number = next.getAndIncrement();
                                        }
                                    }));
        }
        return running;
    }

    @Test
    void noPortIsGivenAgainWhileTheServerHoldsTheTuple() throws Exception {
        int connections = 25 * PER_SECOND;

        for (Thread client : clients(PER_SECOND, connections)) {
            client.join();
        }

        assertThat(failures).isEmpty();
        assertThat(answers.get()).isEqualTo(connections);
    }

    /// The flood makes the ports go round in seconds, so here the server is an ordinary one, which
    /// a reset frees of TIME_WAIT.
    @Test
    void aFloodOfSynsLosesNoHonestRequest() throws Exception {
        lab.server(1).setting("ipv4/tcp_rfc1337", "0");
        Thread flood =
                lab.client()
                        .start(
                                "flood",
                                () ->
                                        SpoofedSyns.send(
                                                SERVICE,
                                                FLOOD_PER_SECOND,
                                                () -> !over && reclaimed() < 60_000));
        List<Thread> honest = clients(50, 1_000);

        flood.join();
        assertThat(reclaimed()).as("connections that gave way").isGreaterThanOrEqualTo(60_000);
        for (Thread client : honest) {
            client.join();
        }

        assertThat(failures).isEmpty();
        assertThat(answers.get()).isEqualTo(1_000);
        assertThat(balancer.engine().counters().total(Outcome.NO_LOCAL_PORT)).isZero();
    }

    private long reclaimed() {
        return balancer.engine().counters().total(Counter.PORTS_RECLAIMED);
    }
}
