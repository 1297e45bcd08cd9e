// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.UdpEcho;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Strangers fill the connection table by one server's services; honest clients of these and of
/// another server's go on, and when it is over nothing is left of it.
@NetworkTest
@Timeout(180)
class TableFloodIT {
    private static final int TABLE = 8_192;
    private static final int STRANGERS = 24_000;

    /// So many that the table is full in two seconds; a half-open connection lives as long then.
    private static final int PER_SECOND = 3_000;

    private static final int ECHO = 7;
    private static final int SILENT = 9;
    private static final int ATTEMPTS = 5;

    /// Honest clients get hundreds during a flood; where much else is done on the machine, 45.
    private static final int FEW_ANSWERS = 12;

    private static final String STRANGER = "02:00:00:00:66:06";
    private static final String GATEWAY = "198.51.100.1";
    private static final Endpoint WEB = new Endpoint(Lab.VIRTUAL, 80);
    private static final Endpoint ATTACKED_WEB = new Endpoint(Lab.VIRTUAL, 81);

    private final Lab lab = Lab.create("fullnat-flood", 2);
    private final List<AutoCloseable> servers = new ArrayList<>();
    private RunningBalancer balancer;
    private RawLink link;

    /// What strangers send, all from made-up addresses and ports.
    enum Flood {
        /// SYNs.
        SYN {
            @Override
            List<PacketBuilder> frames(Supplier<PacketBuilder> from, int port) {
                return List.of(from.get().tcp(port, 81).flags(Tcp.SYN).sequence(port));
            }
        },
        /// SYNs, each followed by an acknowledgement of a SYN-ACK that the stranger has not seen.
        SYN_AND_ACK {
            @Override
            List<PacketBuilder> frames(Supplier<PacketBuilder> from, int port) {
                return List.of(
                        from.get().tcp(port, 81).flags(Tcp.SYN).sequence(port),
                        from.get()
                                .tcp(port, 81)
                                .flags(Tcp.ACK)
                                .sequence(port + 1)
                                .acknowledgement(0x1234_5678));
            }
        },
        /// Datagrams that the server reads and does not answer.
        UNANSWERED {
            @Override
            List<PacketBuilder> frames(Supplier<PacketBuilder> from, int port) {
                return List.of(from.get().udp(port, 53).payload("?"));
            }
        },
        /// Datagrams that it answers.
        ANSWERED {
            @Override
            List<PacketBuilder> frames(Supplier<PacketBuilder> from, int port) {
                return List.of(from.get().udp(port, 54).payload("?"));
            }
        };

        abstract List<PacketBuilder> frames(Supplier<PacketBuilder> from, int port);
    }

    @BeforeEach
    void start() {
        for (int number = 1; number <= 2; number++) {
            Endpoint web = new Endpoint(Lab.serverAddress(number), Scene.HTTP_PORT);
            servers.add(HttpOrigin.start(lab.server(number), "s" + number, web));
            servers.add(
                    UdpEcho.start(
                            lab.server(number), new Endpoint(Lab.serverAddress(number), ECHO)));
        }
        servers.add(
                lab.server(2)
                        .call(() ->
                                new DatagramSocket(
                                        new InetSocketAddress(
                                                Lab.serverAddress(2).toString(), SILENT))));
        balancer =
                lab.balancer()
                        .call(() ->
                                RunningBalancer.overDpdk(ConfigurationFile.parse("flood", yaml())));
        link = new RawLink(lab.client(), "eth0");
    }

    @AfterEach
    void close() throws Exception {
        link.close();
        balancer.close();
        for (AutoCloseable server : servers) {
            server.close();
        }
        lab.close();
    }

    /// The times are short so that what is left of a flood is seen to end.
    private static String yaml() {
        return """
        workers: {count: 1, connections: %d}
        memory: {hugepages: none}
        ports:
          - {name: outside, device: "af_packet:%s"}
          - {name: inside, device: "af_packet:%s"}
        addresses:
          - {address: %s, device: outside}
          - {address: %s, device: inside}
          - {address: %s/32, device: outside}
        routes:
          - {to: 0.0.0.0/0, via: %s, device: outside}
        timeouts: {
          syn-recv: 4, fin-wait: 4, close-wait: 4, time-wait: 4, last-ack: 4, close: 4,
          udp-oneway: 4, udp-normal: 4, udp-stream: 4}
        services:
        """
                        .formatted(
                                TABLE,
                                Lab.OUTSIDE_INTERFACE,
                                Lab.INSIDE_INTERFACE,
                                Lab.OUTSIDE,
                                Lab.INSIDE,
                                Lab.VIRTUAL,
                                Lab.CLIENT)
                + service("tcp", 80, 1, Scene.HTTP_PORT)
                + service("udp", ECHO, 1, ECHO)
                + service("tcp", 81, 2, Scene.HTTP_PORT)
                + service("udp", 53, 2, SILENT)
                + service("udp", 54, 2, ECHO);
    }

    private static String service(String protocol, int port, int server, int serverPort) {
        return """
          - protocol: %s
            address: %s:%d
            servers: [{address: "%s:%d"}]
            locals: [{address: %s, device: inside}]
        """
                .formatted(
                        protocol,
                        Lab.VIRTUAL,
                        port,
                        Lab.serverAddress(server),
                        serverPort,
                        Lab.LOCAL.get(server - 1));
    }

    private long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    private List<Condition> conditions() {
        return balancer.control().health().conditions().stream()
                .map(ActiveCondition::condition)
                .toList();
    }

    /// As a resolver asks: again after a second, for sockets lose datagrams too.
    private static void echo(int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(Lab.VIRTUAL.toString(), port));
            socket.setSoTimeout(1_000);
            for (int attempt = 1; ; attempt++) {
                socket.send(new DatagramPacket(new byte[] {7}, 1));
                try {
                    socket.receive(new DatagramPacket(new byte[8], 8));
                    return;
                } catch (SocketTimeoutException late) {
                    if (attempt == ATTEMPTS) {
                        throw late;
                    }
                }
            }
        }
    }

    private void flood(Flood flood) {
        String gateway = Shell.macOf(lab.client(), GATEWAY);
        long start = System.nanoTime();
        for (int number = 0; number < STRANGERS; number++) {
            String source = "10.1." + (number >> 8 & 0xFF) + "." + (number & 0xFF);
            Supplier<PacketBuilder> from =
                    () ->
                            PacketBuilder.ethernet(STRANGER, gateway)
                                    .ipv4(source, Lab.VIRTUAL.toString());
            flood.frames(from, 1_024 + number).forEach(frame -> link.send(frame.toBytes()));
            LockSupport.parkNanos(start + number * 1_000_000_000L / PER_SECOND - System.nanoTime());
        }
    }

    private void awaitTheOldOneAlone() throws InterruptedException {
        try {
            Shell.until("only the old one is left", () -> count(Counter.CONNECTIONS) == 1);
        } catch (AssertionError late) {
            List<ConnectionInfo> left = new ArrayList<>();
            balancer.control().connections(ConnectionFilter.ALL, left::add);
            late.addSuppressed(new AssertionError("left are " + left));
            throw late;
        }
    }

    @ParameterizedTest
    @EnumSource
    void honestClientsGoOnAndNothingIsLeft(Flood flood) throws Exception {
        HttpConnection old = lab.client().call(() -> HttpConnection.open(WEB, Scene.TIMEOUT));
        try (old;
                HonestClients honest = new HonestClients(lab.client())) {
            assertThat(old.get("/").status()).isEqualTo(200);
            honest.with("web", 20, () -> HonestClients.get(WEB))
                    .with("echo", 20, () -> echo(ECHO))
                    .with("attacked web", 20, () -> HonestClients.get(ATTACKED_WEB))
                    .with("attacked echo", 20, () -> echo(54));

            flood(flood);
            assertThat(conditions()).containsExactly(Condition.TABLE_FULL);
            assertThat(honest.answers()).as("answers").isGreaterThan(FEW_ANSWERS);
            long evicted = count(Counter.CONNECTIONS_EVICTED);
            long held = count(Counter.CONNECTIONS);
            honest.assertAllAnswered();

            assertThat(evicted).as("connections that gave way").isGreaterThan(STRANGERS / 4);
            assertThat(held).as("of the table").isLessThan(TABLE * 3 / 4 + TABLE / 8);
            assertThat(balancer.counters().total(Outcome.TABLE_FULL)).isZero();
            assertThat(old.get("/").status()).isEqualTo(200);

            awaitTheOldOneAlone();
            Shell.until("nothing is told any more", () -> conditions().isEmpty());
            lab.client()
                    .call(() -> {
                        HonestClients.get(ATTACKED_WEB);
                        echo(54);
                        return true;
                    });
            assertThat(old.get("/").status()).isEqualTo(200);
        }
    }
}
