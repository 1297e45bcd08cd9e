// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.LINE_LENGTH;
import static io.fullnat.core.connection.ConnectionState.UDP_NORMAL;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.packet.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Long random runs of a connection table beside a hash map that does the same in the simplest way.
class ConnectionTableModelTest {
    private static final int STEPS = 20_000;
    private static final int EXPIRE_LIMIT = 16;

    private final RandomGenerator random = Seed.generator();
    private final Map<Long, Connection> model = new HashMap<>();
    private final List<Connection> list = new ArrayList<>();
    private final Set<Long> endedNow = new HashSet<>();
    private int nowSeconds = 5;
    private int opened;

    /// What the model knows of a connection.
    private static final class Connection {
        final Tuples tuples;
        final long record;
        ConnectionState state;
        int timeout;
        int lastSeen;

        Connection(Tuples tuples, long record, ConnectionState state) {
            this.tuples = tuples;
            this.record = record;
            this.state = state;
        }
    }

    private static String at(int step) {
        return Seed.message(step);
    }

    @ParameterizedTest(name = "capacity {0}, up to {1} % in use")
    @CsvSource({
        "1, 100",
        "2, 100",
        "3, 100",
        "7, 100",
        "64, 50",
        "64, 100",
        "100, 100",
        "1000, 10",
        "1000, 90",
        "1000, 100",
        "4096, 50",
        "4096, 100"
    })
    void theTableDoesWhatAHashMapDoes(int capacity, int percent) {
        int target = Math.max(1, capacity * percent / 100);
        try (ConnectionTable table =
                new ConnectionTable(capacity, random.nextLong(), nowSeconds, this::ended)) {
            for (int step = 0; step < STEPS; step++) {
                int dice = random.nextInt(100);
                boolean open = model.size() < target || percent == 100;
                if (open && dice < (model.size() < target ? 60 : 10)) {
                    open(table, step);
                } else if (dice < 65) {
                    remove(table);
                } else if (dice < 80) {
                    packet();
                } else if (dice < 90) {
                    move(table);
                } else if (dice < 91) {
                    pass(table, step);
                } else {
                    compareOne(table, step);
                }
                assertThat(table.size()).as(at(step)).isEqualTo(model.size());
            }
            compareAll(table);
        }
    }

    private void ended(long record, boolean evicted) {
        if (evicted) {
            Connection victim = requireNonNull(model.get(record), at(opened));
            assertGivesWay(victim);
            forget(record);
        } else {
            assertThat(endedNow.add(record)).as("ended twice").isTrue();
        }
    }

    /// An answered one gives way only if there is none that is over, and a half-open one that was
    /// heard of just now only if there is neither.
    private void assertGivesWay(Connection victim) {
        String where = at(opened) + ": " + victim.state;
        if (victim.state.isUnreplied()) {
            if (nowSeconds - victim.lastSeen < 3) {
                assertThat(list)
                        .as(where)
                        .noneMatch(other -> other.state.isOver() || other.state == UDP_NORMAL);
            }
        } else if (!victim.state.isOver()) {
            assertThat(victim.state).as(where).isEqualTo(UDP_NORMAL);
            assertThat(list).as(where).noneMatch(other -> other.state.isOver());
        }
    }

    private void forget(long record) {
        Connection gone = model.remove(record);
        assertThat(gone).as("a record that is not open").isNotNull();
        list.remove(gone);
    }

    private int anyTimeout() {
        return random.nextInt(20) == 0 ? 4_000 + random.nextInt(5_000) : 1 + random.nextInt(60);
    }

    private void open(ConnectionTable table, int step) {
        Tuples tuples = Tuples.random(random);
        int before = table.size();
        long record = tuples.openIn(table);
        if (record == 0) {
            assertThat(before).as(at(step) + ": refused with room").isEqualTo(table.capacity());
            return;
        }
        opened++;
        assertThat(model).as(at(step) + ": a record given twice").doesNotContainKey(record);
        Connection added = new Connection(tuples, record, ConnectionState.SYN_RECV);
        added.timeout = anyTimeout();
        added.lastSeen = nowSeconds;
        table.start(record, added.state, added.timeout, nowSeconds);
        model.put(record, added);
        list.add(added);
    }

    private Connection any() {
        return list.get(random.nextInt(list.size()));
    }

    private void remove(ConnectionTable table) {
        if (!list.isEmpty()) {
            Connection gone = any();
            table.remove(gone.record);
            forget(gone.record);
        }
    }

    private void packet() {
        if (!list.isEmpty()) {
            Connection seen = any();
            seen.lastSeen = nowSeconds;
            Tuples.packet(seen.record, random.nextInt(2), nowSeconds);
        }
    }

    private void move(ConnectionTable table) {
        if (!list.isEmpty()) {
            Connection moved = any();
            moved.state = ConnectionState.of(random.nextInt(ConnectionState.values().length));
            moved.timeout = anyTimeout();
            moved.lastSeen = nowSeconds;
            Tuples.packet(moved.record, random.nextInt(2), nowSeconds);
            table.move(moved.record, moved.state, moved.timeout, nowSeconds);
        }
    }

    private void pass(ConnectionTable table, int step) {
        nowSeconds += random.nextInt(30) == 0 ? random.nextInt(20_000) : random.nextInt(4);
        Set<Long> due = new HashSet<>();
        for (Connection connection : list) {
            if (connection.lastSeen + connection.timeout + 1 <= nowSeconds) {
                due.add(connection.record);
            }
        }
        endedNow.clear();
        int seen = EXPIRE_LIMIT;
        while (seen == EXPIRE_LIMIT) {
            seen = table.expire(nowSeconds, EXPIRE_LIMIT);
        }
        assertThat(endedNow).as(at(step) + ": ended at " + nowSeconds).isEqualTo(due);
        due.forEach(this::forget);
    }

    private void compareOne(ConnectionTable table, int step) {
        if (!list.isEmpty()) {
            Connection one = any();
            assertThat(one.tuples.inboundLine(table)).as(at(step)).isEqualTo(one.record);
            assertThat(one.tuples.outboundLine(table))
                    .as(at(step))
                    .isEqualTo(one.record + LINE_LENGTH);
        }
        Tuples absent = Tuples.random(random);
        assertThat(absent.inboundLine(table)).as(at(step)).isZero();
        assertThat(absent.outboundLine(table)).as(at(step)).isZero();
    }

    private void compareAll(ConnectionTable table) {
        for (Connection one : list) {
            assertThat(one.tuples.inboundLine(table)).as(at(STEPS)).isEqualTo(one.record);
            assertThat(one.tuples.outboundLine(table))
                    .as(at(STEPS))
                    .isEqualTo(one.record + LINE_LENGTH);
        }
        Set<Long> visited = new HashSet<>();
        table.visit(0, Integer.MAX_VALUE, visited::add);
        assertThat(visited).as(at(STEPS)).isEqualTo(model.keySet());
    }

    @Test
    void theLikelyLineIsTheRightOneUnlessTheEntryOverflowedItsBucket() {
        int capacity = 1 << 16;
        int elsewhere = 0;
        try (ConnectionTable table =
                new ConnectionTable(capacity, random.nextLong(), 0, (record, evicted) -> {})) {
            List<Tuples> all = new ArrayList<>();
            for (int i = 0; i < capacity; i++) {
                all.add(Tuples.random(random));
                assertThat(all.getLast().startIn(table, 0)).as(at(i)).isNotZero();
            }
            for (int i = 0; i < capacity; i++) {
                Tuples tuples = all.get(i);
                long hash = table.hash(tuples.inAddresses(), tuples.inPorts());
                long likely = table.likelyLine(table.bucket(hash), hash);
                long found = tuples.inboundLine(table);
                assertThat(found).as(at(i)).isNotZero();
                if (likely != found) {
                    assertThat(
                                    ConnectionKey.matches(
                                            likely, tuples.inAddresses(), tuples.inPorts()))
                            .as(at(i) + ": the key in two places")
                            .isFalse();
                    elsewhere++;
                }
            }
        }
        assertThat(elsewhere).as("of " + capacity + ", at half load").isLessThan(capacity / 50);
    }
}
