// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.demo.lab.UdpClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Datagrams that are larger than every link: kernels cut them, the balancer sends the fragments
/// on, kernels put them together again, and the answers come back the same way.
@NetworkTest
class ReceivedFragmentsIT {
    private static final int[] LENGTHS = {1_473, 1_474, 1_475, 4_000, 9_000, 60_000, 65_000};
    private static final int ROUNDS = 3;
    private static final int CLIENTS = 8;

    /// Longer than fragments wait for their first one, so that a stall of the machine loses a try.
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final int TRIES = 10;

    private int repeated;

    @ParameterizedTest
    @EnumSource
    void largeDatagramsComeBackEqual(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1500)) {
            scene.lab.client().call(() -> isAnswered(pair, 10));
            scene.lab.client().call(() -> exchange(pair));
            long least = ROUNDS * 60_000L / 1_480;
            assertThat(count(scene, Outcome.FORWARDED_IN)).as("fragments").isGreaterThan(least);
            assertThat(count(scene, Outcome.FORWARDED_OUT)).isGreaterThan(least);
            assertNoneDropped(scene);
        }
    }

    private void assertNoneDropped(Scene scene) {
        if (repeated == 0) { // else something has held all up
            assertThat(count(scene, Outcome.FRAGMENT)).isZero();
        }
    }

    /// The kernel spreads fragments over queues by addresses, whole packets by ports as well: the
    /// worker at which they arrive is not always their connection's.
    @ParameterizedTest
    @EnumSource
    void severalWorkersSendThemOn(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStackOf(2)) {
            scene.lab.client().call(() -> isAnswered(pair, 10));
            for (int client = 0; client < CLIENTS; client++) {
                scene.lab.client().call(() -> exchange(pair));
            }
            assertThat(scene.balancer.engine().counters().total(Counter.TAKEN_OVER))
                    .as("handed over")
                    .isGreaterThan(CLIENTS);
            assertNoneDropped(scene);
        }
    }

    /// The balancer's link to the servers is narrower: fragments become smaller ones; or their
    /// sender, where it alone may cut, learns what fits, for which it loses a datagram.
    @ParameterizedTest
    @EnumSource
    void fragmentsPassANarrowerLink(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1300)) {
            scene.lab.client().call(() -> isAnswered(pair, 4_000));
            scene.lab.client().call(() -> exchange(pair));
        }
    }

    /// Sends until something is answered: addresses of IPv6 are ready when nobody objects, and a
    /// kernel tells once that what was sent before was too long.
    private static boolean isAnswered(FamilyPair pair, int length) throws IOException {
        try (UdpClient client = new UdpClient(pair.echo(), Duration.ofSeconds(2))) {
            for (int tries = 0; tries < 10; tries++) {
                if (isAnswered(client, length)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isAnswered(UdpClient client, int length) {
        try {
            return client.exchange(Noise.of(length, 0)).isPresent();
        } catch (IOException tooLong) {
            return false;
        }
    }

    /// Asks again where nothing comes back: kernels drop what they have no room for.
    private boolean exchange(FamilyPair pair) throws IOException {
        try (UdpClient client = new UdpClient(pair.echo(), PATIENCE)) {
            for (int round = 0; round < ROUNDS; round++) {
                for (int length : LENGTHS) {
                    byte[] sent = Noise.of(length, round);
                    boolean back = false;
                    for (int tries = 0; !back && tries < TRIES; tries++) {
                        repeated += tries == 0 ? 0 : 1;
                        back = Arrays.equals(client.exchange(sent).orElse(new byte[0]), sent);
                    }
                    assertThat(back).as("%d bytes", length).isTrue();
                }
            }
        }
        return true;
    }

    private static long count(Scene scene, Outcome outcome) {
        return scene.balancer.engine().counters().total(outcome);
    }
}
