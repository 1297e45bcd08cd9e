// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.path.FragmentBench.DEVICE;
import static io.fullnat.core.path.FragmentBench.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.stack.StackContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is known of packets in fragments: by which key, how long, and what gives way.
class FragmentTableTest {
    private static final int PORTS = 0x3500_409C;

    private final FragmentBench bench = new FragmentBench(64, 1);
    private final StackContext stack = bench.stack;
    private final FragmentTable table = bench.table;

    @AfterEach
    void close() {
        bench.close();
    }

    private long find(String source, int identification) {
        return bench.find(source, identification);
    }

    private long begin(String source, int identification) {
        assertThat(find(source, identification)).isEqualTo(FragmentTable.NONE);
        long record = table.add(FragmentRecord.HERE);
        FragmentRecord.begin(record, PORTS, 16, 77);
        table.count(record, 0, 16, true);
        return record;
    }

    @Test
    void aPacketIsFoundByAllOfItsKey() {
        long record = begin("198.51.100.7", 7);
        assertThat(find("198.51.100.7", 7)).isEqualTo(record);
        assertThat(FragmentRecord.ports(record)).isEqualTo(PORTS);
        assertThat(FragmentRecord.firstLength(record)).isEqualTo(16);
        assertThat(find("198.51.100.8", 7)).isEqualTo(FragmentTable.NONE);
        assertThat(find("198.51.100.7", 8)).isEqualTo(FragmentTable.NONE);
        assertThat(bench.find("198.51.100.7", "192.0.2.81", 17, 7, DEVICE))
                .isEqualTo(FragmentTable.NONE);
        assertThat(bench.find("198.51.100.7", "192.0.2.80", 6, 7, DEVICE))
                .isEqualTo(FragmentTable.NONE);
        assertThat(bench.find("198.51.100.7", "192.0.2.80", 17, 7, 4))
                .isEqualTo(FragmentTable.NONE);
        assertThat(table.size()).isOne();
    }

    /// Two seconds after the last fragment, thirty after the first one.
    @ParameterizedTest
    @CsvSource({"1, 2000, true", "1, 2001, false", "20, 1500, true", "21, 1500, false"})
    void aPacketIsForgotten(int fragments, int apartMs, boolean known) {
        stack.time(0);
        long record = begin("198.51.100.7", 7);
        for (int i = 1; i <= fragments; i++) {
            stack.time((long) i * apartMs * MS);
            long found = find("198.51.100.7", 7);
            if (i == fragments) {
                assertThat(found != FragmentTable.NONE).isEqualTo(known);
            } else {
                assertThat(found).isEqualTo(record);
                table.count(record, i * 16, 16, true);
            }
        }
    }

    @Test
    void aPacketIsCompleteWhenAllItsBytesHaveCome() {
        long record = begin("198.51.100.7", 7);
        table.count(record, 32, 5, false);
        assertThat(FragmentRecord.isComplete(record)).isFalse();
        table.count(record, 16, 16, true);
        assertThat(FragmentRecord.isComplete(record)).isTrue();
        stack.time(stack.nowNs() + 100 * MS);
        assertThat(find("198.51.100.7", 7)).as("one that comes twice").isEqualTo(record);
        stack.time(stack.nowNs() + 1);
        assertThat(find("198.51.100.7", 7)).as("another's").isEqualTo(FragmentTable.NONE);
    }

    @Test
    void whatIsCompleteGivesWayFirst() {
        long first = begin("198.51.100.7", 1);
        for (int i = 2; i <= FragmentTable.CAPACITY; i++) {
            begin("198.51.100.7", i);
        }
        assertThat(find("198.51.100.7", 900)).isNotEqualTo(FragmentTable.NONE);
        table.count(find("198.51.100.7", 900), 16, 8, false);
        begin("198.51.100.7", 5_000);
        assertThat(find("198.51.100.7", 900)).isEqualTo(FragmentTable.NONE);
        assertThat(find("198.51.100.7", 1)).isEqualTo(first);
        begin("198.51.100.7", 5_001);
        assertThat(find("198.51.100.7", 1)).as("the oldest").isEqualTo(FragmentTable.NONE);
        assertThat(table.size()).isEqualTo(FragmentTable.CAPACITY);
    }

    /// A packet of a source with few of them outlives those of one that floods, though it is older.
    @Test
    void whoFloodsDisplacesItsOwn() {
        for (int i = 0; i < 7; i++) {
            begin("198.51.100.7", i);
        }
        for (int i = 0; i < 3 * FragmentTable.CAPACITY; i++) {
            begin("203.0.113.9", i);
        }
        for (int i = 0; i < 7; i++) {
            assertThat(find("198.51.100.7", i)).isNotEqualTo(FragmentTable.NONE);
        }
    }

    @Test
    void whatIsAwaitedIsOverdueAfterASecond() {
        stack.time(5_000 * MS);
        assertThat(find("198.51.100.7", 7)).isEqualTo(FragmentTable.NONE);
        long record = table.add(FragmentRecord.AWAITED);
        FragmentRecord.hold(record, 9);
        FragmentRecord.hold(record, 4);
        assertThat(FragmentRecord.held(record)).isEqualTo(2);
        assertThat(FragmentRecord.heldFirst(record)).isEqualTo(9);
        assertThat(FragmentRecord.heldLast(record)).isEqualTo(4);
        stack.time(5_999 * MS);
        assertThat(table.overdue()).isEqualTo(FragmentTable.NONE);
        stack.time(6_000 * MS);
        assertThat(table.overdue()).isEqualTo(record);
        table.set(record, FragmentRecord.HERE, 0, 0);
        assertThat(table.overdue()).isEqualTo(FragmentTable.NONE);
        assertThat(table.awaited()).isEqualTo(FragmentTable.NONE);
    }

    /// Places are used again, whatever chains and lists they were in.
    @Test
    void recordsAreUsedAgain() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 10_000; i++) {
                long record = begin("198.51.100." + (i % 5), i);
                if (i % 3 == 0) {
                    table.remove(record);
                }
            }
            stack.time(stack.nowNs() + FragmentTable.IDLE_NS + 1);
            for (int i = 0; i < 10_000; i++) {
                assertThat(find("198.51.100." + (i % 5), i)).isEqualTo(FragmentTable.NONE);
            }
            assertThat(table.size()).isZero();
        }
    }
}
