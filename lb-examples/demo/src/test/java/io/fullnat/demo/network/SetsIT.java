// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.demo.lab.LabFamily;
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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Two clients with a kernel, of which a set denies one: it is refused at once, and its live
/// connection ends, while the other is served.
@NetworkTest
@ParameterizedClass
@EnumSource
class SetsIT {
    private static final int PATIENCE_MS = 10_000;

    private final FamilyPair pair;
    private final Scene scene;
    private final String guest;
    private final String bot;

    SetsIT(FamilyPair pair) {
        NetworkCondition.requireIpv6();
        this.pair = pair;
        guest = pair.clients.client().toString();
        bot = pair.guest();
        scene = Scene.dualStack(1500);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private Control control() {
        return scene.balancer.engine().control();
    }

    private Change set(String name) {
        SetFamily family = pair.clients == LabFamily.IPV4 ? SetFamily.IPV4 : SetFamily.IPV6;
        return new Change.CreateSet(IpSet.builder(name, SetType.HASH_NET).family(family).build());
    }

    private static Change add(String set, String entry) {
        return new Change.AddSetMembers(set, List.of(SetMember.of(entry)), false);
    }

    private Socket connect(String client) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(client), 0));
            socket.setSoTimeout(PATIENCE_MS);
            socket.connect(
                    new InetSocketAddress(pair.http().address().toString(), pair.http().port()),
                    PATIENCE_MS);
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
        pair.addGuest(scene.lab);
        control()
                .apply(
                        set("bots"),
                        set("next"),
                        new Change.AddAccessRule(
                                pair.httpService(), AccessRule.deny("ipset:bots")));
        assertThat(isServed(guest)).isTrue();
        assertThat(isServed(bot)).isTrue();
        long purged = scene.balancer.engine().counters().total(Counter.CONNECTIONS_PURGED);
        try (Socket one = scene.lab.client().call(() -> connect(guest));
                Socket other = scene.lab.client().call(() -> connect(bot))) {
            control().apply(add("bots", pair.alone(bot)));

            assertThat(isServed(guest)).isTrue();
            assertThat(isServed(bot)).isFalse();
            assertThat(scene.balancer.engine().counters().total(Outcome.ACCESS_DENIED))
                    .as("one, and its repetitions")
                    .isPositive();
            assertThat(scene.balancer.engine().counters().total(Counter.CONNECTIONS_PURGED))
                    .isGreaterThan(purged);
            assertThat(answers(one)).isTrue();
            assertThat(answers(other)).isFalse();
        }
        control().apply(add("next", pair.alone(guest)), new Change.SwapSets("bots", "next"));
        assertThat(isServed(guest)).isFalse();
        assertThat(isServed(bot)).isTrue();
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
