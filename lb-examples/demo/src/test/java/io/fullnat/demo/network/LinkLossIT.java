// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.LinkState;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The interfaces of a balancer at work go down, away, and come back.
@NetworkTest
class LinkLossIT {
    private final Scene scene = new Scene(1, 1);
    private final CountersReader counters = scene.balancer.engine().counters();

    @AfterEach
    void close() {
        scene.close();
    }

    private String get(Duration timeout) {
        return scene.lab
                .client()
                .call(() -> {
                    try (HttpConnection connection = HttpConnection.open(Scene.HTTP, timeout)) {
                        return connection.get("/").body();
                    }
                });
    }

    /// Both servers in turn, so that the MAC addresses of both are known.
    private void assertServes() {
        assertThat(List.of(get(Scene.TIMEOUT).substring(0, 2), get(Scene.TIMEOUT).substring(0, 2)))
                .containsExactlyInAnyOrder("s1", "s2");
    }

    private void assertDoesNot() {
        assertThatThrownBy(() -> get(Duration.ofSeconds(2)))
                .hasRootCauseInstanceOf(IOException.class);
    }

    private LinkState inside() {
        return scene.balancer.io().ports().get(1).link();
    }

    private static void until(BooleanSupplier so) throws InterruptedException {
        for (int i = 0; !so.getAsBoolean(); i++) {
            assertThat(i).as("tenths of a second").isLessThan(200);
            Thread.sleep(100);
        }
    }

    @Test
    void anInterfaceThatIsTakenDownIsSeenAndComesBack() throws Exception {
        assertServes();

        scene.lab.balancer().ip("link", "set", Lab.INSIDE_INTERFACE, "down");
        until(() -> !inside().up());
        long forwarded = counters.total(Outcome.FORWARDED_IN);
        assertDoesNot();

        assertThat(counters.total(Outcome.FORWARDED_IN)).isEqualTo(forwarded);
        assertThat(counters.total(Outcome.LINK_DOWN)).isPositive();

        scene.lab.balancer().ip("link", "set", Lab.INSIDE_INTERFACE, "up");
        until(() -> inside().up());
        assertServes();
        String large =
                scene.lab
                        .client()
                        .call(() -> {
                            try (HttpConnection connection =
                                    HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                                return connection.digest("/bytes/3000000").body();
                            }
                        });
        assertThat(large).hasSize(64);
    }

    @Test
    void anInterfaceThatIsDeletedAndMadeAnewIsUsedAgain() throws Exception {
        assertServes();
        String mac = scene.balancer.io().ports().get(1).mac().toString();

        scene.lab.balancer().ip("link", "del", Lab.INSIDE_INTERFACE);
        until(() -> !inside().up());
        assertThat(inside().trouble()).isEqualTo("interface inside is gone");
        long forwarded = counters.total(Outcome.FORWARDED_IN);
        assertDoesNot();
        assertThat(counters.total(Outcome.FORWARDED_IN)).isEqualTo(forwarded);
        assertThat(counters.total(Outcome.LINK_DOWN)).isPositive();

        scene.lab.connectInside();
        until(() -> inside().up());
        assertServes();
        assertThat(scene.lab.balancer().ip("link", "show", Lab.INSIDE_INTERFACE)).contains(mac);
    }
}
