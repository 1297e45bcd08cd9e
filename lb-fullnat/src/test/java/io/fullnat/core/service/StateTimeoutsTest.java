// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Idle times: a service's own, the balancer's, or the default.
class StateTimeoutsTest {
    private static final VirtualService PLAIN = VirtualService.of(ServiceKey.tcp("192.0.2.80", 80));

    private static VirtualService with(Timeouts timeouts) {
        return PLAIN.withPolicy(PLAIN.policy().withTimeouts(timeouts));
    }

    private static Timeouts established(long seconds) {
        return Timeouts.NONE.with(TimedState.ESTABLISHED, seconds);
    }

    @ParameterizedTest
    @EnumSource
    void withoutAWordTheDefaultHolds(ConnectionState state) {
        assertThat(StateTimeouts.DEFAULT.seconds(77, state))
                .isEqualTo(state.timed().defaultSeconds());
    }

    @Test
    void theBalancersHoldForServicesThatSayNothing() {
        StateTimeouts.Builder builder =
                new StateTimeouts.Builder(StateTimeouts.DEFAULT, established(100));
        builder.add(3, PLAIN);
        StateTimeouts timeouts = builder.build();

        assertThat(timeouts.common()).isEqualTo(established(100));
        assertThat(timeouts.seconds(3, ConnectionState.ESTABLISHED)).isEqualTo(100);
        assertThat(timeouts.seconds(500, ConnectionState.ESTABLISHED)).isEqualTo(100);
        assertThat(timeouts.seconds(3, ConnectionState.CLOSE))
                .isEqualTo(TimedState.CLOSE.defaultSeconds());
    }

    @Test
    void aServicesOwnHoldForItAlone() {
        StateTimeouts.Builder builder =
                new StateTimeouts.Builder(StateTimeouts.DEFAULT, established(100));
        builder.add(2, with(established(7)));
        builder.add(3, PLAIN);
        StateTimeouts timeouts = builder.build();

        assertThat(timeouts.seconds(2, ConnectionState.ESTABLISHED)).isEqualTo(7);
        for (int other : new int[] {0, 1, 3}) {
            assertThat(timeouts.seconds(other, ConnectionState.ESTABLISHED)).isEqualTo(100);
        }
    }

    @Test
    void theConnectionTimeoutIsThatOfSomeStatesAndLessThanThePolicys() {
        VirtualService service = with(established(7)).withConnectionTimeout(Duration.ofSeconds(50));
        StateTimeouts.Builder builder =
                new StateTimeouts.Builder(StateTimeouts.DEFAULT, Timeouts.NONE);
        builder.add(0, service);
        StateTimeouts timeouts = builder.build();

        assertThat(timeouts.seconds(0, ConnectionState.ESTABLISHED)).isEqualTo(7);
        for (ConnectionState state : ConnectionState.values()) {
            if (state.timed() != TimedState.ESTABLISHED) {
                int expected =
                        state.timed().takesConnectionTimeout()
                                ? 50
                                : state.timed().defaultSeconds();
                assertThat(timeouts.seconds(0, state)).as("%s", state).isEqualTo(expected);
            }
        }
    }

    /// Its identity tells workers whether they must look at their connections.
    @Test
    void whereNothingChangesItIsTheSameObject() {
        StateTimeouts.Builder first =
                new StateTimeouts.Builder(StateTimeouts.DEFAULT, Timeouts.NONE);
        first.add(1, with(established(7)));
        StateTimeouts before = first.build();
        assertThat(before).isNotSameAs(StateTimeouts.DEFAULT);

        StateTimeouts.Builder same = new StateTimeouts.Builder(before, Timeouts.NONE);
        same.add(1, with(established(7)));
        assertThat(same.build()).isSameAs(before);
        StateTimeouts.Builder other = new StateTimeouts.Builder(before, Timeouts.NONE);
        other.add(1, with(established(8)));
        assertThat(other.build()).isNotSameAs(before);
        assertThat(before.seconds(1, ConnectionState.ESTABLISHED)).as("unchanged").isEqualTo(7);
    }

    @Test
    void aFormerServicesConnectionsKeepTheirsUntilItsSlotIsAnothers() {
        StateTimeouts.Builder first =
                new StateTimeouts.Builder(StateTimeouts.DEFAULT, Timeouts.NONE);
        first.add(1, with(established(7)));
        StateTimeouts.Builder without = new StateTimeouts.Builder(first.build(), established(90));
        StateTimeouts gone = without.build();
        assertThat(gone.seconds(1, ConnectionState.ESTABLISHED)).isEqualTo(7);
        assertThat(gone.seconds(0, ConnectionState.ESTABLISHED)).isEqualTo(90);

        StateTimeouts.Builder reused = new StateTimeouts.Builder(gone, established(90));
        reused.add(1, PLAIN);
        assertThat(reused.build().seconds(1, ConnectionState.ESTABLISHED)).isEqualTo(90);
    }
}
