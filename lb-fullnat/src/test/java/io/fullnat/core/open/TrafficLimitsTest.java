// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.testing.Seed;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrafficLimitsTest {
    private static final ServiceLimits TWO =
            ServiceLimits.NONE.withPackets(Optional.of(TrafficLimit.parse(Unit.PACKETS, "1,2")));

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final TrafficLimits limits = bench.context.trafficLimits();

    @AfterEach
    void close() {
        bench.close();
    }

    private ServiceEntry service(ServiceLimits of) {
        return bench.service(0, ServicePolicy.DEFAULT.withLimits(of));
    }

    private static boolean isPlain(long flow, int tcpFlags) {
        int events = Memory.getByte(flow + ConnectionLayout.EVENTS);
        return StateTable.isAcross(events)
                ? StateTable.isQuietBeside(events, tcpFlags)
                : StateTable.isQuiet(events, tcpFlags);
    }

    /// Established connections: of the kind whose packets the fast path handles alone.
    private static void assertPlain(long entry, boolean plain) {
        assertThat(isPlain(entry, 16)).isEqualTo(plain);
        assertThat(isPlain(entry + ConnectionLayout.FLOW_LENGTH, 16)).isEqualTo(plain);
        assertThat(ConnectionLayout.isMetered(entry)).isEqualTo(!plain);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionIsMarkedWhenItBeginsAndWhenTheLimitChanges(OpenBench.Families families) {
        long before = bench.open(families, Ipv4.PROTOCOL_TCP, 1);
        bench.context.life().move(before, ConnectionState.ESTABLISHED);
        assertPlain(before, true);

        ServiceEntry limited = service(TWO);
        limits.adopt(limited);
        long after = bench.open(families, Ipv4.PROTOCOL_TCP, 2, limited);
        bench.context.life().move(after, ConnectionState.ESTABLISHED);
        assertPlain(after, false);
        assertPlain(before, true);
        assertThat(ConnectionLayout.isWide(after)).isEqualTo(families != OpenBench.Families.IPV4);
        assertThat(ConnectionLayout.isCrossFamily(after)).isEqualTo(families.in != families.out);
        limits.mark(before);
        assertPlain(before, false);

        limits.adopt(service(ServiceLimits.NONE));
        assertThat(limits.take(after, ConnectionLayout.INBOUND, 60)).isNull();
        limits.mark(before);
        limits.mark(after);
        assertPlain(before, true);
        assertPlain(after, true);
    }

    @Test
    void aPacketWithoutBitsGivesItsTokenBack() {
        TrafficLimit bits = TrafficLimit.parse(Unit.BITS, "12k,12k");
        ServiceEntry both = service(TWO.withBandwidth(Optional.of(bits)));
        limits.adopt(both);
        long entry = bench.open(OpenBench.Families.IPV4, Ipv4.PROTOCOL_UDP, 1, both);
        assertThat(limits.take(entry, 0, 1000)).isNull();
        assertThat(limits.refusal(both, 1000)).isEqualTo(Outcome.BANDWIDTH_LIMITED);
        assertThat(limits.take(entry, 0, 1000)).isEqualTo(Outcome.BANDWIDTH_LIMITED);
        assertThat(limits.refusal(both, 500)).isNull();
        assertThat(limits.take(entry, 0, 500)).as("the second packet").isNull();
        assertThat(limits.refusal(both, 0)).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(limits.take(entry, 0, 0)).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(limits.take(entry, 1, 1500)).as("the other direction").isNull();
    }

    @Test
    void onlyASwitchLooksAtLiveConnections() {
        ServiceLimits one =
                TWO.withPackets(Optional.of(TrafficLimit.of(Unit.PACKETS, 1))).withConnections(7);
        assertThat(TrafficLimits.differ(ServiceLimits.NONE, TWO)).isTrue();
        assertThat(TrafficLimits.differ(TWO, ServiceLimits.NONE)).isTrue();
        assertThat(TrafficLimits.differ(TWO, one)).isFalse();
        assertThat(limits.refusal(service(ServiceLimits.NONE), 1500)).isNull();
    }
}
