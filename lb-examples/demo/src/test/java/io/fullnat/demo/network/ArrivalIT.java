// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.demo.lab.UdpEcho;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Addresses between real kernels: whose packets are believed, and who answers where.
@NetworkTest
class ArrivalIT {
    private static final int ECHO_PORT = 7;
    private static final int TIMEOUT_MS = 5_000;
    private static final int SILENCE_MS = 300;
    private static final String LOCAL = Lab.LOCAL.getFirst().toString();

    private final Scene scene = new Scene(1, 1);

    @AfterEach
    void close() {
        scene.close();
    }

    private long count(Outcome outcome) {
        return scene.balancer.engine().counters().total(outcome);
    }

    private static void until(BooleanSupplier happened) {
        long deadlineNs = System.nanoTime() + 1_000_000L * TIMEOUT_MS;
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime() - deadlineNs).as("nanoseconds too late").isNegative();
            LockSupport.parkNanos(1);
        }
    }

    private static DatagramSocket socket(NetworkNamespace namespace, String address, int port) {
        return namespace.call(() -> {
            DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, port));
            socket.setSoTimeout(TIMEOUT_MS);
            return socket;
        });
    }

    private static void send(DatagramSocket socket, String text, String address, int port)
            throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        socket.send(new DatagramPacket(bytes, bytes.length, new InetSocketAddress(address, port)));
    }

    private static Optional<String> receive(DatagramSocket socket, int timeoutMs)
            throws IOException {
        socket.setSoTimeout(timeoutMs);
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException nothing) {
            return Optional.empty();
        }
        return Optional.of(new String(Arrays.copyOf(packet.getData(), packet.getLength()), UTF_8));
    }

    /// The client's kernel has the address, and sends from it.
    private DatagramSocket forged(String address, int port) {
        scene.lab.client().ip("address", "add", address + "/32", "dev", "lo");
        return socket(scene.lab.client(), address, port);
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.101", "203.0.113.1", "203.0.113.0", "203.0.113.255"})
    void aPacketFromAnAddressThatNoClientCanHaveIsDropped(String source) throws IOException {
        try (DatagramSocket socket = forged(source, 0)) {
            send(socket, "who am I", Lab.VIRTUAL.toString(), ECHO_PORT);
            until(() -> count(Outcome.BAD_SOURCE) == 1);

            assertThat(count(Outcome.FORWARDED_IN)).isZero();
        }
    }

    /// The client forges what the server would answer, address and ports right.
    @Test
    void onlyTheServersSideAnswers() throws IOException {
        scene.echoes.forEach(UdpEcho::close); // their ports are the test's now
        String address = Lab.serverAddress(1).toString();
        try (DatagramSocket even = socket(scene.lab.client(), Lab.CLIENT.toString(), 0);
                DatagramSocket odd = socket(scene.lab.client(), Lab.CLIENT.toString(), 0);
                DatagramSocket server = socket(scene.lab.server(1), address, ECHO_PORT)) {
            send(even, "even", Lab.VIRTUAL.toString(), ECHO_PORT);
            send(odd, "odd", Lab.VIRTUAL.toString(), ECHO_PORT); // one of them to each server
            DatagramPacket question = new DatagramPacket(new byte[100], 100);
            server.receive(question);
            InetSocketAddress local = (InetSocketAddress) question.getSocketAddress();
            try (DatagramSocket forger = forged(address, ECHO_PORT)) {
                send(forger, "forged", local.getHostString(), local.getPort());
                until(() -> count(Outcome.NOT_LOCAL) == 1);
            }
            send(server, "answer", local.getHostString(), local.getPort());

            DatagramSocket client = question.getLength() == 4 ? even : odd;
            assertThat(receive(client, TIMEOUT_MS)).contains("answer");
            assertThat(receive(client, SILENCE_MS)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "client, 192.0.2.80,    true",
        "client, 203.0.113.101, false",
        "client, 203.0.113.1,   true",
        "server, 203.0.113.101, true",
        "server, 192.0.2.80,    false",
    })
    void addressesAnswerPingsWhereTheyAre(String from, String address, boolean answers) {
        NetworkNamespace namespace =
                from.equals("client") ? scene.lab.client() : scene.lab.server(1);
        if (from.equals("server")) {
            namespace.ip("route", "add", "192.0.2.80", "via", "203.0.113.1");
        }
        int timeoutMs = answers ? TIMEOUT_MS : SILENCE_MS;
        boolean answered =
                namespace.call(() -> InetAddress.getByName(address).isReachable(timeoutMs));

        assertThat(answered).isEqualTo(answers);
        assertThat(count(Outcome.ECHO_ANSWERED) > 0).as("counted").isEqualTo(answers);
    }

    @Test
    void aClosedPortOfALocalAddressIsSilentToClientsAndToldToServers() throws IOException {
        try (DatagramSocket client = socket(scene.lab.client(), Lab.CLIENT.toString(), 0)) {
            send(client, "anybody", LOCAL, 4000);
            until(() -> count(Outcome.NOT_LOCAL) == 1);
        }
        try (DatagramSocket server =
                socket(scene.lab.server(1), Lab.serverAddress(1).toString(), 0)) {
            send(server, "anybody", LOCAL, 4000);
            until(() -> count(Outcome.NO_CONNECTION) == 1);
        }
        assertThat(scene.balancer.engine().counters().total(Counter.ICMP_ERRORS)).isOne();
    }
}
