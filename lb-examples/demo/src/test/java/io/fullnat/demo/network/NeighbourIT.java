// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Kernel hosts that change their MAC addresses without a word, and stations that lie, with honest
/// traffic beside.
@NetworkTest
class NeighbourIT {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";
    private static final String SERVER = Lab.serverAddress(1).toString();
    private static final String FRESH_CLIENT = "10.64.255.9";
    private static final int SOURCES = 9000;

    private final Scene scene = new Scene(1);
    private final AtomicBoolean running = new AtomicBoolean(true);
    private final AtomicInteger answered = new AtomicInteger();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        scene.close();
    }

    private long count(Counter counter) {
        return scene.balancer.engine().counters().total(counter);
    }

    /// New connections one after the other, until told to stop; the first has been answered.
    private Thread honestTraffic() throws InterruptedException {
        Thread honest =
                scene.lab
                        .client()
                        .start(
                                "honest",
                                () -> {
                                    try {
                                        while (running.get()) {
                                            request();
                                            answered.incrementAndGet();
                                        }
                                    } catch (IOException | RuntimeException failure) {
                                        failures.add(failure);
                                    }
                                });
        for (int wait = 0; answered.get() == 0 && failures.isEmpty(); wait++) {
            assertThat(wait * 20).as("ms without an answer").isLessThan(20_000);
            rest(20);
        }
        return honest;
    }

    private static void request() throws IOException {
        try (HttpConnection connection = HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
            assertThat(connection.getAndClose("/").status()).isEqualTo(200);
        }
    }

    private static void rest(int ms) throws InterruptedException {
        Thread.sleep(ms);
    }

    @Test
    void aServerThatComesBackWithAnotherMacIsFoundByItsClients() throws Exception {
        Thread honest = honestTraffic();
        rest(2000);
        scene.lab.server(1).setting("ipv4/conf/eth0/arp_notify", "0");
        scene.lab.server(1).ip("link", "set", "eth0", "address", "02:00:00:00:77:01");
        int before = answered.get();
        rest(15_000);
        running.set(false);
        honest.join();

        assertThat(failures).isEmpty();
        assertThat(answered.get()).as("answers after the change").isGreaterThan(before + 10);
        assertThat(count(Counter.NEIGHBOUR_MOVES)).isPositive();
    }

    @Test
    void spoofedArpStealsNoRequest() throws Exception {
        String thief = "02:00:00:00:66:06";
        Thread honest = honestTraffic();
        rest(500);
        try (RawLink link = new RawLink(scene.lab.server(2), "eth0")) {
            for (int i = 0; i < 50; i++) {
                link.send(
                        PacketBuilder.ethernet(thief, BROADCAST)
                                .arp(i % 2 + 1, thief, SERVER, ZERO, SERVER)
                                .toBytes());
                link.send(
                        PacketBuilder.ethernet(thief, BROADCAST)
                                .arp(1, thief, SERVER, ZERO, "203.0.113.1")
                                .toBytes());
                rest(100);
            }
        }
        running.set(false);
        honest.join();

        assertThat(failures).isEmpty();
        assertThat(answered.get()).isGreaterThan(10);
        assertThat(count(Counter.NEIGHBOUR_MOVES)).isZero();
        assertThat(count(Counter.NEIGHBOUR_MOVES_REFUSED)).isPositive();
    }

    @Test
    void madeUpNeighboursTakeNobodysRoom() throws Exception {
        scene.balancer
                .engine()
                .control()
                .apply(new Change.AddAddress(InterfaceAddress.of("10.64.0.1/16", "outside")));
        scene.lab.client().ip("address", "add", FRESH_CLIENT + "/16", "dev", "eth0");
        Thread honest = honestTraffic();
        rest(500);
        String balancerMac = macOfTheBalancer();
        try (RawLink link = new RawLink(scene.lab.client(), "eth0")) {
            for (int i = 0; i < SOURCES; i++) {
                String source = "10.64." + (1 + i / 250) + "." + (1 + i % 250);
                link.send(
                        PacketBuilder.ethernet("02:00:00:00:55:05", balancerMac)
                                .ipv4(source, Lab.VIRTUAL.toString())
                                .udp(4000, Scene.ECHO_PORT)
                                .payload("made up")
                                .toBytes());
                if (i % 30 == 29) {
                    rest(10);
                }
            }
            assertThat(echoTo(FRESH_CLIENT)).as("a new client's answer").isTrue();
        }
        running.set(false);
        honest.join();

        assertThat(failures).isEmpty();
        assertThat(answered.get()).isGreaterThan(10);
        long evicted = count(Counter.NEIGHBOURS_EVICTED);
        assertThat(evicted).as("neighbours that gave way").isPositive();
        assertThat(scene.balancer.engine().counters().total(Outcome.NEIGHBOUR_QUEUE_FULL)).isZero();
    }

    private String macOfTheBalancer() {
        String line = scene.lab.client().ip("neigh", "show", "198.51.100.1");
        int at = line.indexOf("lladdr ");
        assertThat(at).as("the gateway in \"%s\"", line).isPositive();
        return line.substring(at + 7, at + 24);
    }

    /// As an application's: asked again each second.
    private boolean echoTo(String source) {
        return scene.lab
                .client()
                .call(() -> {
                    try (DatagramSocket socket =
                            new DatagramSocket(new InetSocketAddress(source, 0))) {
                        socket.setSoTimeout(1000);
                        socket.connect(
                                new InetSocketAddress(Lab.VIRTUAL.toString(), Scene.ECHO_PORT));
                        for (int attempt = 0; attempt < 3; attempt++) {
                            socket.send(new DatagramPacket(new byte[] {7}, 1));
                            try {
                                socket.receive(new DatagramPacket(new byte[8], 8));
                                return true;
                            } catch (SocketTimeoutException late) {
                                // ask again
                            }
                        }
                        return false;
                    }
                });
    }

    @Test
    void aClaimedVirtualAddressIsDefended() throws Exception {
        Thread honest = honestTraffic();
        rest(3000); // until it has been announced twice
        long announced = count(Counter.ARP_ANNOUNCEMENTS);
        String thief = "02:00:00:00:66:06";
        try (RawLink link = new RawLink(scene.lab.client(), "eth0")) {
            for (int i = 0; i < 20; i++) {
                link.send(
                        PacketBuilder.ethernet(thief, BROADCAST)
                                .arp(1, thief, Lab.VIRTUAL.toString(), ZERO, Lab.VIRTUAL.toString())
                                .toBytes());
            }
        }
        rest(500);
        running.set(false);
        honest.join();

        assertThat(failures).isEmpty();
        assertThat(count(Counter.ADDRESS_CONFLICTS)).isEqualTo(20);
        assertThat(count(Counter.ARP_ANNOUNCEMENTS) - announced).isOne();
    }
}
