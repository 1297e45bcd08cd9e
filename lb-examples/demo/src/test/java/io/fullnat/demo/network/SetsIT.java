// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two clients with a kernel, of which a set denies one: it is refused at once, and its live
/// connection ends, while the other is served.
@NetworkTest
class SetsIT {
    private static final String GUEST = Lab.CLIENT.toString();
    private static final String BOT = "198.51.100.11";
    private static final int PATIENCE_MS = 10_000;

    private final Scene scene = new Scene(1, 1);

    @AfterEach
    void close() {
        scene.close();
    }

    private Control control() {
        return scene.balancer.engine().control();
    }

    private static Change add(String set, String entry) {
        return new Change.AddSetMembers(set, List.of(SetMember.of(entry)), false);
    }

    private static Socket connect(String client) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(client), 0));
            socket.setSoTimeout(PATIENCE_MS);
            socket.connect(
                    new InetSocketAddress(Lab.VIRTUAL.toString(), Scene.HTTP.port()), PATIENCE_MS);
            return socket;
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    private boolean isServed(String client) {
        return scene.lab
                .client()
                .call(() -> {
                    try (Socket socket = connect(client)) {
                        return socket.isConnected();
                    } catch (ConnectException refused) {
                        assertThat(refused).hasMessageContaining("refused");
                        return false;
                    }
                });
    }

    @Test
    void aClientInADeniedSetIsRefusedAndAnotherIsServed() throws IOException {
        scene.lab.client().ip("address", "add", BOT + "/24", "dev", "eth0");
        control()
                .apply(
                        new Change.CreateSet(IpSet.builder("bots", SetType.HASH_NET).build()),
                        new Change.CreateSet(IpSet.builder("next", SetType.HASH_NET).build()),
                        new Change.AddAccessRule(
                                Scene.HTTP_SERVICE, AccessRule.deny("ipset:bots")));
        assertThat(isServed(GUEST)).isTrue();
        assertThat(isServed(BOT)).isTrue();
        long purged = scene.balancer.engine().counters().total(Counter.CONNECTIONS_PURGED);
        try (Socket guest = scene.lab.client().call(() -> connect(GUEST));
                Socket bot = scene.lab.client().call(() -> connect(BOT))) {
            control().apply(add("bots", BOT + "/32"));

            assertThat(isServed(GUEST)).isTrue();
            assertThat(isServed(BOT)).isFalse();
            assertThat(scene.balancer.engine().counters().total(Outcome.ACCESS_DENIED))
                    .as("one, and its repetitions")
                    .isPositive();
            assertThat(scene.balancer.engine().counters().total(Counter.CONNECTIONS_PURGED))
                    .isGreaterThan(purged);
            assertThat(answers(guest)).isTrue();
            assertThat(answers(bot)).isFalse();
        }
        control().apply(add("next", GUEST + "/32"), new Change.SwapSets("bots", "next"));
        assertThat(isServed(GUEST)).isFalse();
        assertThat(isServed(BOT)).isTrue();
    }

    /// Whether a server still answers over a connection.
    private static boolean answers(Socket socket) throws IOException {
        try {
            socket.getOutputStream()
                    .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() >= 0;
        } catch (SocketException reset) {
            return false;
        }
    }
}
