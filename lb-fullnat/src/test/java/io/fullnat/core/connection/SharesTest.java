// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which connections give way when a table is full, and how services share it ([Shares]).
class SharesTest {
    private static final int CAPACITY = 1000;
    private static final int GREEDY = 0;
    private static final int OTHER = 1;
    private static final int OWNERS = 300;

    private final List<Long> evicted = new ArrayList<>();
    private final ConnectionTable table =
            new ConnectionTable(
                    CAPACITY,
                    Seed.value(),
                    0,
                    (entry, forced) -> {
                        if (forced) {
                            evicted.add(entry);
                        }
                    },
                    OWNERS,
                    false);
    private int now;
    private int opened;

    @AfterEach
    void close() {
        table.close();
    }

    private void pass(int seconds) {
        now += seconds;
        table.expire(now, Integer.MAX_VALUE);
    }

    /// Opens a connection; its entry, or 0.
    private long open(int owner, ConnectionState state) {
        Tuples t = Tuples.numbered(opened++);
        long entry =
                table.open(
                        table.hash(t.inAddresses(), t.inPorts()),
                        t.inAddresses(),
                        t.inPorts(),
                        table.hash(t.outAddresses(), t.outPorts()),
                        t.outAddresses(),
                        t.outPorts(),
                        owner);
        if (entry != 0) {
            table.start(entry, ConnectionState.SYN_RECV, 10_000, now);
            if (state != ConnectionState.SYN_RECV) {
                table.move(entry, state, 10_000, now);
            }
        }
        return entry;
    }

    private List<Long> open(int owner, ConnectionState state, int count) {
        List<Long> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(open(owner, state));
        }
        return entries;
    }

    private void seen(List<Long> entries) {
        entries.forEach(entry -> Tuples.packet(entry, ConnectionLayout.INBOUND, now));
    }

    @Test
    void oneAloneMayHaveAll() {
        assertThat(open(GREEDY, ConnectionState.ESTABLISHED, CAPACITY)).doesNotContain(0L);
        assertThat(open(GREEDY, ConnectionState.ESTABLISHED)).isZero();
        assertThat(table.shares().refused(GREEDY)).isOne();
    }

    @ParameterizedTest
    @EnumSource(names = {"SYN_RECV", "ESTABLISHED", "UDP_ONEWAY", "UDP_NORMAL", "UDP_STREAM"})
    void oneOfTwoLeavesTheLastQuarter(ConnectionState state) {
        table.shares().sharers(2);

        open(GREEDY, state, 2 * CAPACITY);

        assertThat(table.shares().count(GREEDY))
                .isBetween(CAPACITY * 3 / 4 - 1, CAPACITY * 3 / 4 + 1);
        evicted.clear();
        assertThat(open(OTHER, ConnectionState.ESTABLISHED, CAPACITY / 8)).doesNotContain(0L);
        assertThat(evicted).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"2, 428", "3, 300", "10, 96"})
    void thoseThatWantAllGetEqualParts(int owners, int each) {
        table.shares().sharers(owners);

        for (int i = 0; i < CAPACITY; i++) {
            for (int owner = 0; owner < owners; owner++) {
                open(owner, ConnectionState.ESTABLISHED);
            }
        }

        for (int owner = 0; owner < owners; owner++) {
            assertThat(table.shares().count(owner)).isBetween(each - 3, each + 3);
        }
    }

    @Test
    void aFloodOfOneTakesNoConnectionOfAnother() {
        table.shares().sharers(2);
        List<Long> honest = open(OTHER, ConnectionState.SYN_RECV, 50);

        for (int second = 0; second < 10; second++) {
            open(GREEDY, ConnectionState.UDP_ONEWAY, 3 * CAPACITY);
            pass(1);
        }

        assertThat(evicted).isNotEmpty().doesNotContainAnyElementsOf(honest);
        assertThat(table.shares().count(OTHER)).isEqualTo(50);
    }

    @Test
    void oneThatWasAloneGivesWayToOneThatComes() {
        open(GREEDY, ConnectionState.SYN_RECV, CAPACITY);
        table.shares().sharers(2);

        assertThat(open(OTHER, ConnectionState.ESTABLISHED, CAPACITY / 2)).doesNotContain(0L);

        assertThat(table.shares().count(GREEDY)).isEqualTo(CAPACITY / 2);
    }

    @Test
    void whatIsDoneGivesWayBeforeWhatMayBeAnsweredInAMoment() {
        List<Long> answered = open(GREEDY, ConnectionState.UDP_NORMAL, 100);
        List<Long> closed = open(GREEDY, ConnectionState.CLOSE, 100);
        List<Long> old = open(GREEDY, ConnectionState.SYN_RECV, 100);
        open(GREEDY, ConnectionState.ESTABLISHED, 100);
        open(GREEDY, ConnectionState.UDP_STREAM, 100);
        open(GREEDY, ConnectionState.CLOSE_WAIT, 100);
        open(GREEDY, ConnectionState.FIN_WAIT, 100);
        pass(3);
        List<Long> young = open(GREEDY, ConnectionState.UDP_ONEWAY, 300);

        open(GREEDY, ConnectionState.ESTABLISHED, 600);

        List<Long> expected = new ArrayList<>(old);
        expected.addAll(closed);
        expected.addAll(answered);
        expected.addAll(young);
        assertThat(evicted).isEqualTo(expected);
        assertThat(open(GREEDY, ConnectionState.ESTABLISHED)).as("nothing is left").isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void anUnansweredFlowInUseOutlivesThoseThatAreNot(int inUse) {
        List<Long> busy = open(GREEDY, ConnectionState.UDP_ONEWAY, inUse);
        open(GREEDY, ConnectionState.UDP_ONEWAY, CAPACITY - inUse);
        pass(60);
        seen(busy);

        open(GREEDY, ConnectionState.UDP_ONEWAY, CAPACITY - inUse);

        assertThat(evicted).doesNotContainAnyElementsOf(busy);
    }

    @Test
    void manyServicesFindRoomThatOneHasTaken() {
        open(GREEDY, ConnectionState.SYN_RECV, CAPACITY);
        table.shares().sharers(OWNERS);

        for (int owner = 1; owner < OWNERS; owner++) {
            assertThat(open(owner, ConnectionState.ESTABLISHED)).as("owner %s", owner).isNotZero();
        }
    }

    @Test
    void countsAreRightWhateverEnds() {
        table.shares().sharers(3);
        List<Long> all = open(2, ConnectionState.SYN_RECV, 30);
        all.subList(0, 10).forEach(table::remove);
        pass(20_000);

        assertThat(table.shares().count(2)).isZero();
        assertThat(table.size()).isZero();
        assertThat(open(2, ConnectionState.SYN_RECV, 30)).doesNotContain(0L);
    }
}
