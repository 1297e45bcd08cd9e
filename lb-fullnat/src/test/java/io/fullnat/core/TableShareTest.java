// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TableShare;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The share of the connection tables that a service may have, and what is kept for it.
class TableShareTest {
    private static final int TABLE = 1000;

    private static Change share(ServiceKey key, String share) {
        return new Change.SetPolicy(
                key,
                ServicePolicy.DEFAULT.withLimits(
                        ServiceLimits.NONE.withTableShare(TableShare.parse(share))));
    }

    private int port = 10_000;

    /// Clients whose questions are answered and who go on, so that none gives way.
    private int served(Rig rig, int clients) {
        int served = 0;
        for (int i = 0; i < clients; i++) {
            int from = port++;
            var out = rig.clientSends(rig.request().udp(from, 53).payload("question"));
            if (IpFrame.destinationPort(out.getFirst()) == 5353) {
                served++;
                int local = IpFrame.sourcePort(out.getFirst());
                rig.serverSends(rig.answer().udp(5353, local).payload("answer"));
                rig.clientSends(rig.request().udp(from, 53).payload("more"));
            }
        }
        return served;
    }

    @ParameterizedTest
    @EnumSource
    void aServiceHasNoMoreThanItMay(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, TABLE).configured().withStaticNeighbours()) {
            rig.apply(share(rig.udp, "10"));
            assertThat(served(rig, 120)).isEqualTo(100);
            assertThat(rig.count(Outcome.TABLE_FULL)).isEqualTo(20);
            rig.apply(share(rig.udp, "12"));
            assertThat(served(rig, 30)).isEqualTo(20);
            rig.apply(share(rig.udp, "100"));
            assertThat(served(rig, 30)).isEqualTo(30);
        }
    }

    @Test
    void whatIsKeptForAServiceOthersLeaveUntilItIsGone() {
        try (Rig rig = new Rig(1, TABLE).configured().withStaticNeighbours()) {
            rig.apply(share(rig.tcp, "100,80"));
            assertThat(served(rig, 200)).as("three quarters of the rest").isEqualTo(150);
            rig.apply(new Change.RemoveService(rig.tcp));
            assertThat(served(rig, 200)).isEqualTo(200);
        }
    }

    @Test
    void moreThanThereIsCannotBeKept() {
        try (Rig rig = new Rig(1, TABLE).configured()) {
            rig.apply(share(rig.tcp, "100,50"));
            assertThatThrownBy(() -> rig.apply(share(rig.udp, "60,41")))
                    .hasRootCauseInstanceOf(BalancerException.class)
                    .hasMessageContaining("add up to 91 percent, which is more than 90");
            rig.apply(share(rig.udp, "60,40"));
            assertThatThrownBy(() -> TableShare.parse("10,11"))
                    .hasMessage("reserved table share 11 is not 0-10 percent");
            assertThatThrownBy(() -> TableShare.parse("0"))
                    .hasMessage("table share 0 is not 1-100 percent");
            assertThatThrownBy(() -> TableShare.parse("50%"))
                    .hasMessageContaining("\"50%\" is no share of a table: percent");
        }
    }
}
