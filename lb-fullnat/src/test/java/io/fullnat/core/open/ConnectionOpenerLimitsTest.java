// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.testing.Seed;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What [ConnectionOpener] claims before it opens a connection, what it gives back if none comes of
/// it, and why it would open none.
class ConnectionOpenerLimitsTest {
    private static final int FIRST = OpenBench.IPV4;
    private static final int SECOND = OpenBench.IPV6;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private boolean admitted = true;
    private final ConnectionOpener opener =
            new ConnectionOpener(bench.context, (service, request) -> admitted);
    private final Choice choice = new Choice();
    private int asked;

    @AfterEach
    void close() {
        bench.close();
    }

    /// Of packet modifiers, which do nothing.
    private static final class Choice implements Modifiers.Choice {
        private boolean needed;
        private boolean fails;
        private boolean modifierFails;

        @Override
        public PacketModifier choose(long entry, ServiceEntry service) {
            return new PacketModifier() {
                @Override
                public void begin(long of, long record, ServiceEntry its) {
                    if (modifierFails) {
                        throw new IllegalStateException("begin");
                    }
                }

                @Override
                public void modify(ModifiedPacket packet) {}
            };
        }

        @Override
        public boolean isNeeded(ServiceEntry service) {
            if (fails) {
                throw new IllegalStateException("needed");
            }
            return needed;
        }
    }

    private int schedule(ConnectionRequest request, ServerLoads loads) {
        asked++;
        return bench.chosen;
    }

    private ServiceEntry serve(ServiceLimits limits, Scheduler scheduler, ServerEntry... servers) {
        VirtualService wanted =
                VirtualService.of(ServiceKey.tcp("192.0.2.1", 80))
                        .withPolicy(ServicePolicy.DEFAULT.withLimits(limits));
        ServiceEntry entry = bench.service(0, wanted, scheduler, servers);
        bench.serve(entry);
        return entry;
    }

    private ServiceEntry serve(ServiceLimits limits) {
        return serve(limits, this::schedule, bench.servers);
    }

    private @Nullable Outcome open(int client, ServiceEntry of) {
        return bench.open(opener, false, OpenBench.TCP, client, of);
    }

    private @Nullable Outcome refusal(int client, ServiceEntry of) {
        return bench.refusal(opener, false, OpenBench.TCP, client, of);
    }

    private static int serverOf(long flow) {
        return TrafficTable.slot(ConnectionLayout.traffic(flow));
    }

    private int size() {
        return bench.context.table().size();
    }

    private int ofService() {
        return bench.limits.services().count(0);
    }

    private int ofServer(int slot) {
        return bench.limits.servers().count(slot);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionIsClaimedForItsServiceAndItsClientUntilItEnds(boolean ipv6) {
        bench.chosen = FIRST;
        ServiceEntry service = serve(new ServiceLimits(2, 1, 0));
        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 7, service)).isNull();
        long flow = opener.flow();
        assertThat(ofService()).isOne();
        assertThat(ConnectionLayout.counted(flow)).isEqualTo(ConnectionLayout.COUNTED_CLIENT);

        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 7, service))
                .isEqualTo(Outcome.CLIENT_FULL);
        assertThat(bench.refusal(opener, ipv6, OpenBench.TCP, 7, service))
                .isEqualTo(Outcome.CLIENT_FULL);
        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 8, service)).isNull();
        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 9, service))
                .isEqualTo(Outcome.SERVICE_FULL);
        assertThat(asked).as("whom the limits let pass").isEqualTo(2);

        bench.context.life().end(flow);
        assertThat(ofService()).isOne();
        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 7, service)).isNull();
    }

    @Test
    void whatWasClaimedIsGivenBackIfNoServerIsFound() {
        ServiceEntry service = serve(new ServiceLimits(1, 1, 1));
        for (int i = 0; i < 3; i++) {
            assertThat(open(7, service)).isEqualTo(Outcome.NO_REAL_SERVER);
            assertThat(ofService()).isZero();
        }
        bench.chosen = FIRST;
        assertThat(open(7, service)).isNull();
        assertThat(ofService()).isOne();
    }

    /// The oldest one, of which nothing was heard.
    @Test
    void aHalfOpenOneGivesWayToTheNext() {
        bench.chosen = FIRST;
        ServiceEntry service = serve(ServiceLimits.NONE.withHalfOpen(2));
        for (int client = 1; client <= 3; client++) {
            bench.context.stack().time(client * 10_000_000_000L);
            assertThat(open(client, service)).isNull();
        }
        assertThat(size()).isEqualTo(2);
        assertThat(bench.context.stack().counters().get(Counter.HALF_OPEN_GAVE_WAY)).isOne();
        assertThat(bench.context.table().shares().gaveWayOf(0)).isOne();
    }

    /// The first of two servers may have one connection.
    private ServiceEntry serveWithOneForTheFirst() {
        return serve(
                ServiceLimits.NONE,
                this::schedule,
                bench.serverWithLimit(FIRST, 1, true),
                bench.servers[SECOND]);
    }

    @Test
    void aServerIsClaimedUntilTheConnectionEnds() {
        bench.chosen = FIRST;
        ServiceEntry service = serveWithOneForTheFirst();
        assertThat(open(1, service)).isNull();
        long flow = opener.flow();
        assertThat(ofServer(FIRST)).isOne();
        assertThat(open(2, service)).isEqualTo(Outcome.SERVERS_FULL);
        assertThat(size()).isOne();

        bench.context.life().end(flow);
        assertThat(ofServer(FIRST)).isZero();
        assertThat(open(2, service)).isNull();
    }

    @Test
    void oneWithoutALimitIsNotClaimed() {
        bench.chosen = SECOND;
        ServiceEntry service = serveWithOneForTheFirst();
        for (int client = 0; client < 3; client++) {
            assertThat(open(client, service)).isNull();
        }
        assertThat(ofServer(SECOND)).isZero();
    }

    @Test
    void aClaimedServerThatCannotBeReachedIsGivenBack() {
        bench.chosen = 0;
        ServiceEntry service =
                serve(
                        ServiceLimits.NONE.withConnections(5),
                        this::schedule,
                        bench.serverWithLimit(FIRST, 1, false));
        for (int i = 0; i < 2; i++) {
            assertThat(open(1, service)).isEqualTo(Outcome.NO_LOCAL_ADDRESS);
            assertThat(ofServer(FIRST)).isZero();
            assertThat(ofService()).isZero();
        }
    }

    /// It had room when the scheduler looked.
    @Test
    void ifOtherWorkersFillTheChosenServerTheNextOneIsAskedFor() {
        Scheduler slow =
                (request, loads) -> {
                    asked++;
                    if (!loads.isUsable(FIRST)) {
                        return SECOND;
                    }
                    bench.limits.servers().add(FIRST, 1);
                    return FIRST;
                };
        ServiceEntry service =
                serve(
                        ServiceLimits.NONE,
                        slow,
                        bench.serverWithLimit(FIRST, 1, true),
                        bench.servers[SECOND]);
        assertThat(open(1, service)).isNull();
        assertThat(serverOf(opener.flow())).isEqualTo(SECOND);
        assertThat(asked).isEqualTo(2);
        assertThat(ofServer(FIRST)).as("the other worker's").isOne();
    }

    @Test
    void itIsNotAskedForEver() {
        Scheduler slow =
                (request, loads) -> {
                    if (asked++ > 0) {
                        bench.limits.servers().release(FIRST);
                    }
                    assertThat(loads.isUsable(FIRST)).isTrue();
                    bench.limits.servers().add(FIRST, 1);
                    return FIRST;
                };
        ServiceEntry service =
                serve(ServiceLimits.NONE, slow, bench.serverWithLimit(FIRST, 1, true));
        assertThat(open(1, service)).isEqualTo(Outcome.SERVERS_FULL);
        assertThat(asked).isEqualTo(64);
        assertThat(size()).isZero();
        assertThat(bench.context.stack().counters().get(Counter.FAULTS)).isZero();
    }

    /// Fills the table of modifiers, whose only place another connection has.
    private void fillModifiers() {
        Modifiers modifiers = bench.context.modify(1, choice);
        modifiers.begin(bench.open(Families.IPV4, OpenBench.TCP, 500), bench.service);
        assertThat(modifiers.size()).isOne();
    }

    /// Rules, limits, modifiers, servers: what costs little is asked before what costs more, and
    /// whom one refuses takes nothing of the next.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFirstReasonCounts(boolean opens) {
        ServiceEntry service = serve(ServiceLimits.NONE.withConnections(1));
        fillModifiers();
        bench.chosen = FIRST;
        admitted = false;
        bench.limits.services().add(0, 1);
        choice.needed = true;
        bench.health.server(FIRST, 0);
        bench.health.server(SECOND, 0);

        assertThat(reason(opens, service)).isEqualTo(Outcome.ACCESS_DENIED);
        admitted = true;
        assertThat(reason(opens, service)).isEqualTo(Outcome.SERVICE_FULL);
        bench.limits.services().add(0, -1);
        assertThat(reason(opens, service)).isEqualTo(Outcome.MODIFIERS_FULL);
        choice.needed = false;
        assertThat(asked).isZero();
        assertThat(reason(opens, service)).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(ofService()).isZero();
        bench.context.stack().time(1_000_000_000L);
        bench.health.server(FIRST, HealthWords.WHOLE);
        assertThat(reason(opens, service)).isNull();
        assertThat(ofService()).isEqualTo(opens ? 1 : 0);
        assertThat(size()).isEqualTo(opens ? 2 : 1);
    }

    private @Nullable Outcome reason(boolean opens, ServiceEntry service) {
        return opens ? open(1, service) : refusal(1, service);
    }

    @Test
    void aServiceIsFullOrHasNobodyWhoServes() {
        ServiceEntry service =
                serve(ServiceLimits.NONE, this::schedule, bench.serverWithLimit(FIRST, 1, true));
        assertThat(refusal(1, service)).isNull();
        bench.limits.servers().add(FIRST, 1);
        assertThat(refusal(1, service)).isEqualTo(Outcome.SERVERS_FULL);
        assertThat(open(1, service)).isEqualTo(Outcome.SERVERS_FULL);
        bench.health.server(FIRST, 0);
        assertThat(refusal(1, service)).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(open(1, service)).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(ofServer(FIRST)).isOne();
    }

    /// Of each family, however often.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void toAskWhyTakesNothing(boolean ipv6) {
        bench.chosen = FIRST;
        ServiceEntry service = serve(new ServiceLimits(1, 1, 1));
        for (int i = 0; i < 3; i++) {
            assertThat(bench.refusal(opener, ipv6, OpenBench.TCP, 7, service)).isNull();
        }
        assertThat(asked).isZero();
        assertThat(ofService()).isZero();
        assertThat(size()).isZero();
        assertThat(bench.open(opener, ipv6, OpenBench.TCP, 7, service)).isNull();
        assertThat(bench.refusal(opener, ipv6, OpenBench.TCP, 7, service))
                .isEqualTo(Outcome.CLIENT_FULL);
    }

    @Test
    void whatIsThrownBeforeAConnectionBeginsLeavesNothingClaimed() {
        bench.chosen = FIRST;
        ServiceEntry service = serve(new ServiceLimits(1, 0, 0));
        fillModifiers();
        choice.fails = true;
        assertThatThrownBy(() -> open(1, service)).hasMessage("needed");
        assertThat(ofService()).isZero();
        choice.fails = false;
        assertThat(open(1, service)).isNull();
    }

    @Test
    void aConnectionWhoseModifierCannotBeginEndsAndGivesBackWhatItHas() {
        bench.chosen = FIRST;
        ServiceEntry service =
                serve(
                        new ServiceLimits(1, 1, 0),
                        this::schedule,
                        bench.serverWithLimit(FIRST, 1, true));
        bench.context.modify(4, choice);
        choice.modifierFails = true;
        assertThatThrownBy(() -> open(1, service)).hasMessage("begin");
        assertThat(size()).isZero();
        assertThat(ofService()).isZero();
        assertThat(ofServer(FIRST)).isZero();
        assertThat(Memory.getLong(bench.traffic.server(FIRST) + TrafficTable.LIVE)).isZero();

        choice.modifierFails = false;
        assertThat(open(1, service)).isNull();
        assertThat(ConnectionLayout.isModified(opener.flow())).isTrue();
    }
}
