// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionState.UDP_NORMAL;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.connection.KeyPair.Families;
import io.fullnat.testing.Seed;
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
    private Families families = Families.IPV4;
    private int nowSeconds = 5;
    private int opened;

    /// What the model knows of a connection.
    private static final class Connection {
        final KeyPair tuples;
        final long entry;
        ConnectionState state;
        int timeout;
        int lastSeen;

        Connection(KeyPair tuples, long entry, ConnectionState state) {
            this.tuples = tuples;
            this.entry = entry;
            this.state = state;
        }
    }

    private static String at(int step) {
        return Seed.message(step);
    }

    @ParameterizedTest(name = "{2}, capacity {0}, up to {1} % in use")
    @CsvSource({
        "1, 100, IPV4",
        "2, 100, IPV4",
        "3, 100, IPV4",
        "7, 100, IPV4",
        "64, 50, IPV4",
        "64, 100, IPV4",
        "100, 100, IPV4",
        "1000, 10, IPV4",
        "1000, 90, IPV4",
        "1000, 100, IPV4",
        "4096, 50, IPV4",
        "4096, 100, IPV4",
        "1, 100, ALL",
        "7, 100, IPV6",
        "64, 50, IPV6_TO_IPV4",
        "64, 100, IPV4_TO_IPV6",
        "100, 100, ALL",
        "1000, 90, IPV6",
        "1000, 100, ALL",
        "4096, 50, ALL"
    })
    void theTableDoesWhatAHashMapDoes(int capacity, int percent, Families chosen) {
        families = chosen;
        int target = Math.max(1, capacity * percent / 100);
        try (ConnectionTable table =
                new ConnectionTable(
                        capacity,
                        random.nextLong(),
                        nowSeconds,
                        this::ended,
                        1,
                        chosen != Families.IPV4)) {
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

    private void ended(long entry, boolean evicted) {
        if (evicted) {
            Connection victim = requireNonNull(model.get(entry), at(opened));
            assertGivesWay(victim);
            forget(entry);
        } else {
            assertThat(endedNow.add(entry)).as("ended twice").isTrue();
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

    private void forget(long entry) {
        Connection gone = model.remove(entry);
        assertThat(gone).as("an entry that is not open").isNotNull();
        list.remove(gone);
    }

    private int anyTimeout() {
        return random.nextInt(20) == 0 ? 4_000 + random.nextInt(5_000) : 1 + random.nextInt(60);
    }

    private void open(ConnectionTable table, int step) {
        KeyPair tuples = KeyPair.random(random, families);
        int before = table.size();
        long entry = tuples.openIn(table);
        if (entry == 0) {
            assertThat(before).as(at(step) + ": refused with room").isEqualTo(table.capacity());
            return;
        }
        opened++;
        assertThat(model).as(at(step) + ": an entry given twice").doesNotContainKey(entry);
        Connection added = new Connection(tuples, entry, ConnectionState.SYN_RECV);
        added.timeout = anyTimeout();
        added.lastSeen = nowSeconds;
        table.start(entry, added.state, added.timeout, nowSeconds);
        model.put(entry, added);
        list.add(added);
    }

    private Connection any() {
        return list.get(random.nextInt(list.size()));
    }

    private void remove(ConnectionTable table) {
        if (!list.isEmpty()) {
            Connection gone = any();
            table.remove(gone.entry);
            forget(gone.entry);
        }
    }

    private void packet() {
        if (!list.isEmpty()) {
            Connection seen = any();
            seen.lastSeen = nowSeconds;
            Tuples.packet(seen.entry, random.nextInt(2), nowSeconds);
        }
    }

    private void move(ConnectionTable table) {
        if (!list.isEmpty()) {
            Connection moved = any();
            moved.state = ConnectionState.of(random.nextInt(ConnectionState.values().length));
            moved.timeout = anyTimeout();
            moved.lastSeen = nowSeconds;
            Tuples.packet(moved.entry, random.nextInt(2), nowSeconds);
            table.move(moved.entry, moved.state, moved.timeout, nowSeconds);
        }
    }

    private void pass(ConnectionTable table, int step) {
        nowSeconds += random.nextInt(30) == 0 ? random.nextInt(20_000) : random.nextInt(4);
        Set<Long> due = new HashSet<>();
        for (Connection connection : list) {
            if (connection.lastSeen + connection.timeout + 1 <= nowSeconds) {
                due.add(connection.entry);
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
            assertThat(one.tuples.inboundFlow(table)).as(at(step)).isEqualTo(one.entry);
            assertThat(one.tuples.outboundFlow(table))
                    .as(at(step))
                    .isEqualTo(one.entry + FLOW_LENGTH);
        }
        KeyPair absent = KeyPair.random(random, families);
        assertThat(absent.inboundFlow(table)).as(at(step)).isZero();
        assertThat(absent.outboundFlow(table)).as(at(step)).isZero();
    }

    private void compareAll(ConnectionTable table) {
        for (Connection one : list) {
            assertThat(one.tuples.inboundFlow(table)).as(at(STEPS)).isEqualTo(one.entry);
            assertThat(one.tuples.outboundFlow(table))
                    .as(at(STEPS))
                    .isEqualTo(one.entry + FLOW_LENGTH);
        }
        Set<Long> visited = new HashSet<>();
        table.visit(0, Integer.MAX_VALUE, visited::add);
        assertThat(visited).as(at(STEPS)).isEqualTo(model.keySet());
    }

    @Test
    void theLikelyFlowIsTheRightOneUnlessTheEntryOverflowedItsBucket() {
        int capacity = 1 << 16;
        int elsewhere = 0;
        try (ConnectionTable table =
                new ConnectionTable(capacity, random.nextLong(), 0, (entry, evicted) -> {})) {
            List<Tuples> all = new ArrayList<>();
            for (int i = 0; i < capacity; i++) {
                all.add(Tuples.random(random));
                assertThat(all.getLast().startIn(table, 0)).as(at(i)).isNotZero();
            }
            for (int i = 0; i < capacity; i++) {
                Tuples tuples = all.get(i);
                long hash = table.hash(tuples.inAddresses(), tuples.inPorts());
                long likely = table.likelyFlow(table.bucket(hash), hash);
                long found = tuples.inboundFlow(table);
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
