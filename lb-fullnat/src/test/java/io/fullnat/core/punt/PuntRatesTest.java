// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.network.PuntSettings;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// How many frames of each kind go through: at once, and as time passes. There are twelve routing
/// protocols, each of which has a twenty-fourth of the rate for itself.
class PuntRatesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Set<PuntKind> ROUTING = EnumSet.range(PuntKind.ARP, PuntKind.LDP);
    private static final int MOST = 10_000_000;

    private static PuntRates rates(int routing, int host, int other, int workers) {
        return new PuntRates(new PuntSettings(routing, host, other, false), workers);
    }

    /// How many are let through of more than there can be.
    private static int taken(PuntRates rates, PuntKind kind, long now) {
        int taken = 0;
        while (taken < 5_000_000 && rates.take(kind, now)) {
            taken++;
        }
        return taken;
    }

    /// Per second over ten of them, from an empty bucket on.
    private static int steady(PuntRates rates, PuntKind kind) {
        int taken = 0;
        for (long now = SECOND; now <= 11 * SECOND; now += SECOND / 1000) {
            int some = taken(rates, kind, now);
            taken += now == SECOND ? 0 : some;
        }
        return taken / 10;
    }

    @Test
    void allButHostAndOtherAreRoutingProtocols() {
        assertThat(ROUTING).allMatch(kind -> kind.queue() == PuntClass.ROUTING).hasSize(12);
        assertThat(EnumSet.complementOf(EnumSet.copyOf(ROUTING)))
                .containsExactly(PuntKind.HOST, PuntKind.OTHER);
    }

    /// A twentieth of a second of its own part and of the shared half, within their bounds.
    @ParameterizedTest
    @CsvSource({
        "1, 4, 16",
        "24, 4, 16",
        "640, 4, 16",
        "680, 4, 17",
        "2400, 5, 60",
        "10000, 20, 250",
        "10240, 21, 256",
        "30720, 64, 256",
        "10000000, 64, 256"
    })
    void aProtocolHasItsOwnAndThenWhatAllShare(int routing, int own, int shared) {
        PuntRates rates = rates(routing, 1, 1, 1);
        assertThat(taken(rates, PuntKind.BGP, SECOND)).isEqualTo(own + shared);
        assertThat(taken(rates, PuntKind.ARP, SECOND)).as("its own is still there").isEqualTo(own);
        assertThat(taken(rates, PuntKind.BGP, SECOND)).isZero();
    }

    @Test
    void aFloodOfOneLeavesEachOtherItsPart() {
        PuntRates rates = rates(2400, 1, 1, 1);
        taken(rates, PuntKind.ARP, SECOND);
        for (PuntKind kind : ROUTING) {
            int expected = kind == PuntKind.ARP ? 0 : 5;
            assertThat(taken(rates, kind, SECOND)).as(kind.name()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = PuntKind.class,
            names = {"HOST", "OTHER"},
            mode = EnumSource.Mode.EXCLUDE)
    void aProtocolAloneHasItsPartAndTheSharedHalf(PuntKind kind) {
        assertThat(steady(rates(2400, 1, 1, 1), kind)).isBetween(1295, 1305);
    }

    /// And does not take of what routing protocols share.
    @ParameterizedTest
    @CsvSource({
        "1, 16",
        "320, 16",
        "339, 16",
        "340, 17",
        "50000, 2500",
        "10000000, 500000",
    })
    void hostAndOtherHaveTheirOwnRates(int rate, int burst) {
        PuntRates rates = rates(2400, rate, MOST, 1);
        assertThat(taken(rates, PuntKind.HOST, SECOND)).isEqualTo(burst);
        assertThat(taken(rates, PuntKind.OTHER, SECOND)).isEqualTo(MOST / 20);
        assertThat(taken(rates, PuntKind.VRRP, SECOND)).isEqualTo(65);

        rates = rates(2400, MOST, rate, 1);
        assertThat(taken(rates, PuntKind.OTHER, SECOND)).isEqualTo(burst);
        assertThat(taken(rates, PuntKind.HOST, SECOND)).isEqualTo(MOST / 20);
    }

    @Test
    void routingProtocolsTakeNothingOfHostAndOther() {
        PuntRates rates = rates(1, 400, 600, 1);
        for (PuntKind kind : ROUTING) {
            taken(rates, kind, SECOND);
        }
        assertThat(taken(rates, PuntKind.HOST, SECOND)).isEqualTo(20);
        assertThat(taken(rates, PuntKind.OTHER, SECOND)).isEqualTo(30);
    }

    @Test
    void ratesHoldAsTimePasses() {
        assertThat(steady(rates(1, 1000, 1, 1), PuntKind.HOST)).isBetween(999, 1001);
        assertThat(steady(rates(1, 1, 500, 1), PuntKind.OTHER)).isBetween(499, 501);
    }

    @Test
    void workersDivideThem() {
        PuntRates rates = rates(9600, 4000, 8000, 4);
        assertThat(taken(rates, PuntKind.RIP, SECOND)).isEqualTo(5 + 60);
        assertThat(taken(rates, PuntKind.HOST, SECOND)).isEqualTo(50);
        assertThat(taken(rates, PuntKind.OTHER, SECOND)).isEqualTo(100);
    }

    /// Of fewer frames a second than workers each has one.
    @Test
    void noWorkerIsWithout() {
        PuntRates rates = rates(1, 1, 1, 64);
        assertThat(steady(rates, PuntKind.HOST)).isOne();
        assertThat(steady(rates, PuntKind.OTHER)).isOne();
        assertThat(steady(rates, PuntKind.BFD)).as("its own, and one that all share").isEqualTo(2);
    }
}
