// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernels' TCP, with window scaling, SACK and retransmissions, through services that drop what
/// lies outside of windows: nothing of it does.
@NetworkTest
class OutOfWindowIT {
    private static final long LARGE = 50_000_000;

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

    @ParameterizedTest
    @EnumSource
    void nothingOfHonestEndsIsDropped(FamilyPair pair) throws Exception {
        scene.balancer
                .control()
                .apply(
                        new Change.SetPolicy(
                                new ServiceKey(Protocol.TCP, pair.http()),
                                ServicePolicy.DEFAULT.withOutOfWindow(OutOfWindow.DROP)));

        scene.inParallel(
                4,
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

        assertThat(scene.balancer.counters().total(Outcome.OUT_OF_WINDOW)).isZero();
    }
}
