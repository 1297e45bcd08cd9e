// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.service.ServicePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A server that changes between real and sorry server: what workers are told of it as the one says
/// nothing of it as the other.
final class SorrySlotTest {
    private static final Change REMOVAL =
            new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), false);
    private static final Change ADDITION = new Change.AddRealServer(WEB, OTHER_SERVER);

    private final ControlRig rig =
            ControlRig.ofOneWorker(
                    builder -> builder.probes(spec -> target -> ProbeResult.passed("")));
    private int clientPort = 1024;

    @BeforeEach
    void configure() {
        rig.configured();
        rig.apply(ADDITION);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Change sorry(boolean there) {
        HealthPolicy.Builder policy = HealthPolicy.builder();
        return new Change.SetPolicy(
                WEB,
                ServicePolicy.DEFAULT.withHealth(
                        (there ? policy.sorryServer(OTHER_SERVER.endpoint()) : policy).build()));
    }

    /// The last bytes of the addresses that connections go to.
    private List<Integer> connect() {
        List<Integer> servers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rig.connect(clientPort++).forEach(frame -> servers.add(frame[33] & 0xFF));
        }
        return servers;
    }

    @Test
    void aRealServerBecomesTheSorryServerAndARealOneAgain() {
        assertThat(connect()).containsOnly(11, 12).contains(11, 12);
        for (int turn = 0; turn < 2; turn++) {
            rig.apply(REMOVAL, sorry(true));
            assertThat(connect()).hasSize(4).containsOnly(11);
            rig.apply(sorry(false), ADDITION);
            assertThat(connect()).hasSize(4).containsOnly(11, 12).contains(11, 12);
        }
    }

    @Test
    void itsConnectionsAreEndedWithTheServerThatTheyWereGivenTo() {
        connect();
        assertThat(rig.connections()).hasSize(4);
        rig.apply(new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), true), sorry(true));
        assertThat(rig.connections()).hasSize(2);
        rig.apply(new Change.RemoveRealServer(WEB, SERVER.endpoint(), false));
        assertThat(connect()).hasSize(4).containsOnly(12);
        rig.apply(sorry(false), ADDITION);
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, OTHER_SERVER.endpoint(), Duration.ofSeconds(60));
        rig.pass(Duration.ofSeconds(2));
        assertThat(drained).as("with four that it got as the sorry server").isNotDone();
        rig.apply(new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint(), true));
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.connections()).hasSize(2);
        assertThat(drained).isCompleted();
    }
}
