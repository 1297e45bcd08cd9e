// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What owners may have of a table at the most, and what is kept for them.
class SharesBoundsTest {
    private static final int CAPACITY = 1000;
    private static final int OWNERS = 8;

    private final Map<Long, Integer> live = new HashMap<>();
    private final ConnectionTable table =
            new ConnectionTable(
                    CAPACITY,
                    Seed.value(),
                    0,
                    (entry, forced) -> live.remove(entry),
                    OWNERS,
                    false);
    private int opened;

    @AfterEach
    void close() {
        table.close();
    }

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
            table.start(entry, state, 10_000, 0);
            live.put(entry, owner);
        }
        return entry;
    }

    private int open(int owner, int count) {
        int done = 0;
        for (int i = 0; i < count; i++) {
            done += open(owner, ConnectionState.ESTABLISHED) == 0 ? 0 : 1;
        }
        return done;
    }

    @Test
    void noneHasMoreThanItMay() {
        table.shares().sharers(2);
        table.shares().bounds(0, 20, 0);
        assertThat(open(0, CAPACITY)).isEqualTo(200);
        assertThat(table.shares().refused(0)).isEqualTo(800);
        assertThat(open(1, CAPACITY)).as("of what is left, three quarters").isEqualTo(600);
        table.shares().bounds(0, 25, 0);
        assertThat(open(0, CAPACITY)).isEqualTo(50);
        table.shares().bounds(0, 1, 0);
        assertThat(open(0, 1)).as("beyond it already").isZero();
        assertThat(table.shares().count(0)).as("nothing is ended").isEqualTo(250);
        table.shares().bounds();
        assertThat(open(0, 1)).as("without bounds").isOne();
    }

    @Test
    void oneAtItsBoundTakesThePlaceOfItsOwn() {
        table.shares().sharers(2);
        table.shares().bounds(0, 10, 0);
        long oldest = open(0, ConnectionState.SYN_RECV);
        for (int i = 0; i < 500; i++) {
            assertThat(open(0, ConnectionState.SYN_RECV)).isNotZero();
        }
        assertThat(live).hasSize(100);
        assertThat(oldest).isNotZero();
    }

    @Test
    void whatIsKeptForOneOthersLeave() {
        table.shares().bounds(1, 100, 30); // owner 0 is alone else
        assertThat(open(0, CAPACITY)).isEqualTo(700);
        assertThat(open(1, 300)).isEqualTo(300);
        assertThat(open(1, 1)).isZero();
        List<Long> its = new ArrayList<>();
        live.forEach((entry, owner) -> {
            if (owner == 1) {
                its.add(entry);
            }
        });
        its.subList(0, 50).forEach(table::remove);
        assertThat(open(0, 10)).as("they are kept again").isZero();
        assertThat(open(1, 60)).isEqualTo(50);
    }

    /// A flood of half-open connections fills the table before anything is kept.
    @Test
    void whatIsKeptIsTakenFromOthersIfNeedBe() {
        for (int i = 0; i < CAPACITY; i++) {
            open(0, ConnectionState.SYN_RECV);
        }
        table.shares().bounds(1, 100, 30);
        assertThat(open(1, 300)).isEqualTo(300);
        assertThat(table.shares().count(0)).isLessThanOrEqualTo(700);
        assertThat(table.shares().count(1)).isEqualTo(300);
    }

    /// Whatever comes, goes and is set, an owner finds room up to what is kept for it.
    @Test
    void itHoldsInAnyOrder() {
        RandomGenerator random = Seed.generator();
        int[] kept = new int[OWNERS];
        table.shares().sharers(OWNERS);
        for (int turn = 0; turn < 200; turn++) {
            if (turn % 20 == 0) {
                live.keySet().forEach(table::remove);
                live.clear();
                List<Integer> bounds = new ArrayList<>();
                for (int owner = 0; owner < OWNERS; owner++) {
                    kept[owner] = random.nextInt(3) == 0 ? 0 : random.nextInt(12);
                    if (kept[owner] > 0) {
                        bounds.addAll(List.of(owner, 100, kept[owner]));
                    }
                }
                table.shares().bounds(bounds.stream().mapToInt(Integer::intValue).toArray());
            }
            open(random.nextInt(OWNERS), random.nextInt(CAPACITY));
            List<Long> some = new ArrayList<>(live.keySet());
            some.subList(0, random.nextInt(some.size() + 1))
                    .forEach(entry -> {
                        live.remove(entry);
                        table.remove(entry);
                    });
            int owner = random.nextInt(OWNERS);
            int due = kept[owner] * CAPACITY / 100 - table.shares().count(owner);
            if (due > 0) {
                assertThat(open(owner, due)).as("turn " + turn).isEqualTo(due);
            }
        }
    }
}
