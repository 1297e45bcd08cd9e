// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Kernels' TCP on both sides of a SYN proxy: handshakes, and much data in both directions.
@NetworkTest
@Timeout(240)
class SynProxyIT {
    private static final long LARGE = 20_000_000;
    private static final int AT_ONCE = 4;
    private static final int HONEST = 300;
    private static final int FLOOD_PER_SECOND = 10_000;

    private static Scene scene;

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

    private static void proxy(FamilyPair pair, SynProxy proxy) {
        scene.balancer
                .control()
                .apply(
                        new Change.SetPolicy(
                                new ServiceKey(Protocol.TCP, pair.http()),
                                ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(proxy))));
    }

    private static long count(Outcome outcome) {
        return scene.balancer.counters().total(outcome);
    }

    private static long count(Counter counter) {
        return scene.balancer.counters().total(counter);
    }

    private static void exchange(FamilyPair pair) throws Exception {
        scene.inParallel(
                AT_ONCE,
                () -> {
                    try (HttpConnection connection =
                            HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                        HttpReply up = connection.post("/sha256", LARGE);
                        HttpReply down = connection.digest("/bytes/" + LARGE);
                        assertThat(up.status()).isEqualTo(200);
                        assertThat(down.body()).hasSize(64).isEqualTo(up.body());
                    }
                    return null;
                });
    }

    @ParameterizedTest
    @EnumSource
    void muchDataArriveUnchangedThroughConnectionsOfCookies(FamilyPair pair) throws Exception {
        proxy(pair, SynProxy.ALWAYS);
        long answered = count(Outcome.SYN_ANSWERED);
        long accepted = count(Counter.COOKIES_ACCEPTED);
        try {
            exchange(pair);
        } finally {
            proxy(pair, SynProxy.OFF);
        }
        assertThat(count(Outcome.SYN_ANSWERED) - answered).isGreaterThanOrEqualTo(AT_ONCE);
        assertThat(count(Counter.COOKIES_ACCEPTED) - accepted).isEqualTo(AT_ONCE);
    }

    /// Each of these is less than the server offers, or other.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "always,scale=no",
                "always,scale=0",
                "always,scale=9,mss=600",
                "always,sack=no",
                "always,timestamps=no",
                "always,scale=no,sack=no,timestamps=no"
            })
    void anyOfferWorksWithLinux(String offer) throws Exception {
        proxy(FamilyPair.V4_TO_V4, SynProxy.parse(offer));
        long accepted = count(Counter.COOKIES_ACCEPTED);
        try {
            exchange(FamilyPair.V4_TO_V4);
        } finally {
            proxy(FamilyPair.V4_TO_V4, SynProxy.OFF);
        }
        assertThat(count(Counter.COOKIES_ACCEPTED) - accepted).isEqualTo(AT_ONCE);
    }

    /// What the kernel of a client sees in the answer to its SYN.
    @ParameterizedTest
    @EnumSource(names = {"V4_TO_V4", "V6_TO_V6"})
    void theAnswerHasWhatLinuxOffers(FamilyPair pair) throws Exception {
        try (Capture client = new Capture(scene.lab.client(), "eth0")) {
            proxy(pair, SynProxy.ALWAYS);
            try {
                scene.inParallel(
                        1,
                        () -> {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                assertThat(http.get("/").status()).isEqualTo(200);
                            }
                            return null;
                        });
            } finally {
                proxy(pair, SynProxy.OFF);
            }
            client.stop();
            String answer = "tcp.flags.syn == 1 && tcp.flags.ack == 1";
            assertThat(client.packets(answer)).isEqualTo(1);
            assertThat(
                            client.packets(
                                    answer
                                            + " && tcp.options.sack_perm"
                                            + " && tcp.options.wscale.shift == 7"
                                            + " && tcp.options.timestamp.tsval"
                                            + " && tcp.window_size_value == 5840"))
                    .isEqualTo(1);
            assertThat(client.packets("_ws.malformed")).isZero();
            assertThat(client.packets("tcp.flags.reset == 1")).isZero();
        }
    }

    /// It goes on by itself, and honest clients connect meanwhile; none of what is made up comes to
    /// a server, or stays.
    @Test
    void honestClientsAreServedThroughAFlood() throws Exception {
        FamilyPair pair = FamilyPair.V4_TO_V4;
        proxy(pair, SynProxy.from(100));
        long created = count(Counter.CONNECTIONS_CREATED);
        long accepted = count(Counter.COOKIES_ACCEPTED);
        AtomicBoolean over = new AtomicBoolean();
        Thread flood =
                scene.lab
                        .client()
                        .start(
                                "flood",
                                () ->
                                        SpoofedSyns.send(
                                                pair.http(), FLOOD_PER_SECOND, () -> !over.get()));
        try {
            Shell.until("the SYN proxy is active", SynProxyIT::isActive);
            scene.inParallel(
                    1,
                    () -> {
                        for (int i = 0; i < HONEST; i++) {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                assertThat(http.getAndClose("/").status()).isEqualTo(200);
                            }
                        }
                        return null;
                    });
        } finally {
            over.set(true);
            flood.join();
            proxy(pair, SynProxy.OFF);
        }
        assertThat(count(Counter.COOKIES_ACCEPTED) - accepted).isGreaterThanOrEqualTo(HONEST);
        assertThat(count(Counter.CONNECTIONS_CREATED) - created)
                .as("of honest clients, and what switched it on")
                .isLessThan(2L * HONEST + 200);
    }

    private static boolean isActive() {
        return scene.balancer.control().health().conditions().stream()
                .anyMatch(active -> active.condition() == Condition.SYN_PROXY_ACTIVE);
    }
}
