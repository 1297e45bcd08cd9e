// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.WebhookSettings;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.webhook.Webhook.Pace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Webhooks beside a balancer, as a configuration names them.
@Timeout(180)
class WebhooksTest {
    private final ApiRig rig = new ApiRig();
    private final EventHub hub = EventHub.of(rig.control());
    private final Webhooks webhooks =
            new Webhooks(
                    Clock.systemUTC(),
                    new Pace(Duration.ofMillis(10), Duration.ofMillis(100), Duration.ofMillis(50)),
                    InetAddress::getAllByName);

    @AfterEach
    void close() {
        webhooks.close();
        hub.close();
        rig.close();
    }

    private static WebhookSettings settings(String name, URI url, Optional<Path> token) {
        return new WebhookSettings(
                name,
                url,
                List.of("fault", "applied"),
                Duration.ofSeconds(60),
                token,
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private void follow(WebhookSettings... settings) {
        webhooks.prepare(List.of(settings)).run();
    }

    private void happen(String what) {
        hub.onEvent(new BalancerEvent.Fault(what));
    }

    @Test
    void aBalancerTellsItsTransactions() throws Exception {
        try (Receiver receiver = new Receiver()) {
            follow(settings("a", receiver.url("/"), Optional.empty()));
            webhooks.begin(rig.control(), hub);
            rig.addressed();
            assertThat(receiver.next().body()).contains("\"kind\":\"applied\"", "\"revision\":1");
        }
    }

    /// The other gets everything meanwhile.
    @Test
    void oneThatHangsHoldsUpNobody() throws Exception {
        try (Receiver receiver = new Receiver();
                ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            follow(
                    settings(
                            "silent",
                            URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/"),
                            Optional.empty()),
                    settings("b", receiver.url("/"), Optional.empty()));
            webhooks.begin(rig.control(), hub);
            for (int i = 0; i < 100; i++) {
                happen("no. " + i + ".");
            }
            for (int i = 0; i < 100; i++) {
                assertThat(receiver.next().body()).contains("no. " + i + ".");
            }
            long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (webhooks.readings().getFirst().waiting() > 99 && System.nanoTime() < endNs) {
                Thread.sleep(1);
            }
            assertThat(webhooks.readings().getFirst())
                    .isEqualTo(new Webhooks.Reading("silent", 0, 0, 0, 99));
            assertThat(webhooks.readings().getLast().name()).isEqualTo("b");
        }
    }

    private List<ActiveCondition> failing() {
        return rig.control().health().conditions().stream()
                .filter(active -> active.condition() == Condition.WEBHOOK_FAILING)
                .toList();
    }

    private void awaitFailing(int count) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (failing().size() != count && System.nanoTime() < endNs) {
            Thread.sleep(20);
        }
        assertThat(failing()).hasSize(count);
    }

    /// It is a condition while it lasts, and what waited comes when it is over.
    @Test
    void oneThatFailsIsACondition() throws Exception {
        try (Receiver receiver = new Receiver()) {
            for (int i = 0; i < 10_000; i++) {
                receiver.statuses.add(503);
            }
            follow(settings("a", receiver.url("/"), Optional.empty()));
            webhooks.begin(rig.control(), hub);
            happen("first");
            happen("second");
            awaitFailing(1);
            assertThat(failing())
                    .singleElement()
                    .satisfies(active -> {
                        assertThat(active.subject()).isEqualTo("a");
                        assertThat(active.detail()).isEqualTo("answered with 503");
                    });
            receiver.statuses.clear();
            Receiver.Request last = receiver.next();
            while (!last.body().contains("second")) {
                last = receiver.next();
            }
            awaitFailing(0);
        }
    }

    /// A webhook of the same name keeps what waits; one that is left out ends.
    @Test
    void aReloadKeepsWhatWaits() throws Exception {
        URI gone;
        try (Receiver receiver = new Receiver()) {
            gone = receiver.url("/");
        }
        try (Receiver receiver = new Receiver()) {
            follow(settings("a", gone, Optional.empty()), settings("b", gone, Optional.empty()));
            webhooks.begin(rig.control(), hub);
            happen("first");
            happen("second");
            follow(settings("a", receiver.url("/moved"), Optional.empty()));
            assertThat(receiver.next().body()).contains("first");
            assertThat(receiver.next().body()).contains("second");
            assertThat(webhooks.readings()).extracting(Webhooks.Reading::name).containsExactly("a");

            follow(
                    settings("a", receiver.url("/moved"), Optional.empty()),
                    settings("c", receiver.url("/new"), Optional.empty()));
            happen("third");
            assertThat(List.of(receiver.next().target(), receiver.next().target()))
                    .containsExactlyInAnyOrder("POST /moved", "POST /new");
        }
    }

    @Test
    void aFileThatCannotBeReadIsRefusedBeforeAnythingChanges() throws IOException {
        try (Receiver receiver = new Receiver()) {
            assertThatThrownBy(() ->
                            webhooks.prepare(
                                    List.of(
                                            settings(
                                                    "a",
                                                    receiver.url("/"),
                                                    Optional.of(Path.of("/nowhere/token"))))))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("/nowhere/token");
            assertThat(webhooks.readings()).isEmpty();
        }
    }

    @Test
    void nothingComesAfterTheEnd() throws Exception {
        try (Receiver receiver = new Receiver()) {
            follow(settings("a", receiver.url("/"), Optional.empty()));
            webhooks.begin(rig.control(), hub);
            webhooks.close();
            happen("after");
            follow(settings("a", receiver.url("/"), Optional.empty()));
            assertThat(webhooks.readings()).isEmpty();
            assertThat(receiver.others()).isZero();
        }
    }
}
