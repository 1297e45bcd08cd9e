// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.testing.Seed;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What flows say whose numbers are moved, and that such a connection counts as any other.
class MovedFlowTest {
    private static final int NOW = 1_000;
    private static final int LONGEST = 65_535;

    private final ConnectionTable table =
            new ConnectionTable(64, Seed.value(), NOW, (entry, forced) -> {});
    private final SequenceShifts shifts = table.shifts();
    private final ConnectionObserver observer = new ConnectionObserver(table);
    private final long entry = Tuples.numbered(1).startIn(table, NOW);
    private final long out = entry + FLOW_LENGTH;

    @AfterEach
    void close() {
        observer.close();
        table.close();
    }

    private void isMoved(long flow, int number, int stamp, int window) {
        int kind = MovedFlow.kind(flow);
        assertThat(MovedFlow.is(flow)).isTrue();
        assertThat(MovedFlow.isFar(kind)).isFalse();
        assertThat(MovedFlow.number(flow)).isEqualTo(number);
        assertThat(MovedFlow.isStamped(kind)).isEqualTo(stamp != 0);
        assertThat(MovedFlow.stamp(flow)).isEqualTo(stamp);
        assertThat(MovedFlow.window(kind)).isEqualTo(window);
        assertThat(MovedFlow.hasMore(kind)).isEqualTo(stamp != 0 || window != 0);
    }

    private static int moves(long flow) {
        return MovedFlow.kind(flow) & MovedFlow.ACKNOWLEDGEMENT;
    }

    @Test
    void whatTheClientsNumbersGainTheServersAcknowledgementsLose() {
        assertThat(MovedFlow.kind(entry)).isZero();

        shifts.set(entry, 1000, 0);
        shifts.windows(entry, 14, -14);

        isMoved(entry, 1000, 0, 14);
        assertThat(moves(entry)).isZero();
        isMoved(out, -1000, 0, -14);
        assertThat(moves(out)).isEqualTo(4);
    }

    @Test
    void whatTheServersNumbersGainTheClientsAcknowledgementsLose() {
        shifts.server(entry, 1000);
        shifts.timestamps(entry, 0, 77);
        shifts.windows(entry, -1, 7);

        isMoved(entry, -1000, -77, -1);
        assertThat(moves(entry)).isEqualTo(4);
        isMoved(out, 1000, 77, 7);
        assertThat(moves(out)).isZero();
    }

    @Test
    void aConnectionOfWhichMoreIsMovedIsFar() {
        shifts.set(entry, 1, 0);
        assertThat(MovedFlow.isFar(MovedFlow.kind(entry))).isFalse();
        shifts.timestamps(entry, 0, 1);
        assertThat(MovedFlow.isFar(MovedFlow.kind(entry))).isTrue();
        assertThat(MovedFlow.isFar(MovedFlow.kind(out))).isTrue();
        shifts.timestamps(entry, 0, 0);
        assertThat(MovedFlow.isFar(MovedFlow.kind(entry))).isFalse();
        shifts.server(entry, 1);
        assertThat(MovedFlow.isFar(MovedFlow.kind(entry))).isTrue();
        shifts.set(entry, 0, 1);
        assertThat(MovedFlow.isFar(MovedFlow.kind(out))).isFalse();
        shifts.timestamps(entry, 1, 0);
        assertThat(MovedFlow.isFar(MovedFlow.kind(out))).isTrue();
        shifts.clear(entry);
        assertThat(MovedFlow.kind(entry) | MovedFlow.kind(out)).isZero();
    }

    /// A model that adds up, whatever is moved meanwhile.
    @ParameterizedTest
    @ValueSource(longs = {0, (1L << 31) - 40, (1L << 32) - 40, (1L << 40) - 3})
    void aConnectionCountsAsAnyOther(long before) {
        RandomGenerator random = Seed.generator(Seed.of(21L));
        Memory.putInt(entry + ConnectionLayout.TRAFFIC, 4 << 20);
        long[] packets = {before, before};
        long[] bytes = {before, 0};
        for (int direction = 0; direction < 2; direction++) {
            PacketCounts.set(entry, direction, packets[direction]);
            long flow = entry + (long) direction * FLOW_LENGTH;
            Memory.putLong(flow + ConnectionLayout.BYTES, bytes[direction]);
        }
        for (int i = 0; i < 3_000; i++) {
            int direction = random.nextInt(2);
            int length = random.nextInt(3) == 0 ? LONGEST : random.nextInt(20, 1500);
            shifts.count(entry + (long) direction * FLOW_LENGTH, length, NOW + i);
            packets[direction]++;
            bytes[direction] += length;
            switch (random.nextInt(200)) {
                case 0 -> shifts.set(entry, random.nextInt(), 0);
                case 1 -> shifts.server(entry, random.nextInt());
                case 2 -> shifts.windows(entry, 3, -3);
                case 3 -> shifts.clear(entry);
                default -> PacketCounts.noteWraps(entry);
            }
            assertThat(shifts.inboundBytes(entry)).isEqualTo(bytes[INBOUND]);
            assertThat(ConnectionLayout.traffic(entry)).isEqualTo(4 << 20);
            assertThat(read()).isTrue();
            assertThat(observer.packets(INBOUND)).isEqualTo(packets[INBOUND]);
            assertThat(observer.packets(OUTBOUND)).isEqualTo(packets[OUTBOUND]);
            assertThat(observer.bytes(INBOUND)).isEqualTo(bytes[INBOUND]);
            assertThat(observer.bytes(OUTBOUND)).isEqualTo(bytes[OUTBOUND]);
        }
        assertThat(Memory.getInt(entry + ConnectionLayout.LAST_SEEN)).isGreaterThan(NOW);
    }

    private boolean read() {
        return observer.read(0);
    }

    /// Counts are read at one time, though they lie in two places.
    @Test
    void anObserverNeverSeesCountsThatDoNotBelongTogether() throws Exception {
        int length = 1000;
        shifts.set(entry, 1, 0);
        AtomicBoolean end = new AtomicBoolean();
        CompletableFuture<Integer> seen =
                CompletableFuture.supplyAsync(() -> {
                    int looks = 0;
                    long last = 0;
                    while (looks == 0 || !end.get()) {
                        if (!read()) {
                            continue;
                        }
                        long packets = observer.packets(INBOUND);
                        assertThat(observer.bytes(INBOUND)).isEqualTo(packets * length);
                        assertThat(packets).isGreaterThanOrEqualTo(last);
                        last = packets;
                        looks++;
                    }
                    return looks;
                });
        for (int i = 0; i < 3_000_000 && !seen.isDone(); i++) {
            shifts.count(entry, length, NOW);
        }
        end.set(true);
        assertThat(seen.get()).isPositive();
    }

    @Test
    void anObserverDoesNotBelieveInWhatItReadWhileThatChanged() {
        int observable = ConnectionLayout.hide(entry);
        assertThat(read()).isFalse();
        ConnectionLayout.show(entry, observable);
        assertThat(read()).isTrue();
        assertThat(Memory.getInt(entry + ConnectionLayout.OBSERVABLE)).isNotEqualTo(observable);
        ConnectionLayout.show(entry, ConnectionLayout.hide(entry));
        assertThat(Memory.getInt(entry + ConnectionLayout.OBSERVABLE)).isEqualTo(observable);
        Memory.putInt(entry + ConnectionLayout.OBSERVABLE, 0);
        ConnectionLayout.show(entry, ConnectionLayout.hide(entry));
        assertThat(Memory.getInt(entry + ConnectionLayout.OBSERVABLE)).isZero();
    }
}
