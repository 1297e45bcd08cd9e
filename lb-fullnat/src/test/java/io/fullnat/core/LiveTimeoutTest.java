// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Timeouts of the balancer and of services, and what changing them does to live connections.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class LiveTimeoutTest {
    private final Rig rig;
    private final TcpFlow flow;

    LiveTimeoutTest(FamilyPair families) {
        rig = Rig.of(families).configured().withStaticNeighbours();
        flow = TcpFlow.established(rig, 40_000);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void set(TimedState state, int seconds) {
        rig.apply(new Change.SetTimeouts(Timeouts.NONE.with(state, seconds)));
    }

    private void setForService(Timeouts timeouts) {
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withTimeouts(timeouts)));
    }

    private int timeout() {
        return flow.info().orElseThrow().secondsLeft();
    }

    @Test
    void aShorterOneEndsLiveConnectionsThatHaveBeenIdleForLonger() {
        rig.pass(Duration.ofSeconds(100));
        assertThat(flow.state()).isEqualTo("TCP_EST");

        set(TimedState.ESTABLISHED, 60);
        rig.pass(Duration.ofSeconds(1));

        assertThat(flow.state()).isEqualTo("none");
    }

    @Test
    void aShorterOneCountsFromTheLastPacket() {
        rig.pass(Duration.ofSeconds(40));
        set(TimedState.ESTABLISHED, 60);
        assertThat(timeout()).isBetween(19, 21);

        rig.pass(Duration.ofSeconds(15));
        assertThat(flow.state()).isEqualTo("TCP_EST");
        rig.pass(Duration.ofSeconds(7));
        assertThat(flow.state()).isEqualTo("none");
    }

    @Test
    void aLongerOneHoldsForLiveConnections() {
        set(TimedState.ESTABLISHED, 60);
        rig.pass(Duration.ofSeconds(50));
        set(TimedState.ESTABLISHED, 600);
        rig.pass(Duration.ofSeconds(500));

        assertThat(flow.state()).isEqualTo("TCP_EST");
        flow.exchange();
    }

    @Test
    void aServicesOwnComesBeforeItsConnectionTimeoutAndThatBeforeTheBalancers() {
        set(TimedState.ESTABLISHED, 1000);
        assertThat(timeout()).isBetween(998, 1001);

        rig.apply(new Change.EditService(rig.tcp, "rr", Optional.of(Duration.ofSeconds(500))));
        assertThat(timeout()).isBetween(498, 501);

        setForService(Timeouts.NONE.with(TimedState.ESTABLISHED, 200));
        assertThat(timeout()).isBetween(198, 201);

        setForService(Timeouts.NONE.with(TimedState.FIN_WAIT, 200));
        assertThat(timeout()).isBetween(498, 501);

        rig.apply(new Change.EditService(rig.tcp, "rr", Optional.empty()));
        assertThat(timeout()).isBetween(998, 1001);

        set(TimedState.CLOSE, 20);
        assertThat(timeout()).isBetween(7438, 7441);
    }

    @Test
    void oneOfAnotherServiceChangesNothing() {
        rig.apply(
                new Change.SetPolicy(
                        rig.udp,
                        ServicePolicy.DEFAULT.withTimeouts(
                                Timeouts.NONE.with(TimedState.ESTABLISHED, 5))));

        assertThat(timeout()).isBetween(7438, 7441);
    }

    @Test
    void connectionsOfARemovedServiceKeepTheirs() {
        setForService(Timeouts.NONE.with(TimedState.CLOSE_WAIT, 77));
        rig.apply(new Change.RemoveService(rig.tcp));

        flow.clientCloses();

        assertThat(timeout()).isBetween(76, 78);
    }

    @Test
    void halfClosedOnesAreKeptAsLongAsTheServiceSays() {
        setForService(Timeouts.NONE.with(TimedState.CLOSE_WAIT, 3600));
        flow.clientCloses();

        rig.pass(Duration.ofMinutes(59));

        flow.serverData(1000);
    }
}
