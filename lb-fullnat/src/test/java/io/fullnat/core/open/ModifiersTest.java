// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.memory.Region;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The table of packet modifiers alone, over entries that no connection table holds.
class ModifiersTest {
    private static final int ACK = 16;
    private static final int MTU = 1500;

    private final Region memory = Region.allocate(3L * ConnectionLayout.ENTRY_LENGTH, "test");
    private final Recorder recorder = new Recorder();
    private final Modifiers table = new Modifiers(2, entry -> entry == entry(2) ? null : recorder);

    ModifiersTest() {
        for (int i = 0; i < 3; i++) {
            TcpMoves.watch(entry(i), ConnectionState.ESTABLISHED);
        }
    }

    @AfterEach
    void free() {
        table.close();
        memory.close();
    }

    private long entry(int number) {
        return memory.address() + (long) number * ConnectionLayout.ENTRY_LENGTH;
    }

    private boolean isQuiet(int number) {
        long in = entry(number) + ConnectionLayout.EVENTS;
        long out = in + ConnectionLayout.FLOW_LENGTH;
        boolean quiet = StateTable.isQuiet(Memory.getByte(in), ACK);
        assertThat(StateTable.isQuiet(Memory.getByte(out), ACK)).isEqualTo(quiet);
        return quiet;
    }

    private static final class Recorder implements PacketModifier {
        final List<Long> records = new ArrayList<>();
        int ended;
        boolean done;
        boolean failsToBegin;
        long moveTo;

        @Override
        public void begin(long entry, long record) {
            if (failsToBegin) {
                throw new IllegalStateException("begin");
            }
            records.add(Memory.getLong(record));
            Memory.putLong(record, entry);
        }

        @Override
        public void modify(ModifiedPacket packet) {
            assertThat(Memory.getLong(packet.record())).isEqualTo(packet.entry());
            assertThat(packet.direction()).isEqualTo(ConnectionLayout.OUTBOUND);
            assertThat(packet.mtu()).isEqualTo(MTU);
            packet.ip(packet.ip() + moveTo);
            if (done) {
                packet.done();
            }
        }

        @Override
        public void ended(long record) {
            ended++;
        }
    }

    private long modify(int number) {
        return table.modify(entry(number), ConnectionLayout.OUTBOUND, 1000, MTU);
    }

    @Test
    void eachPacketOfAConnectionThatHasOneIsAnEvent() {
        assertThat(isQuiet(0)).isTrue();

        table.begin(entry(0));

        assertThat(table.size()).isOne();
        assertThat(ConnectionLayout.isModified(entry(0))).isTrue();
        assertThat(isQuiet(0)).isFalse();
        TcpMoves.watch(entry(0), ConnectionState.FIN_WAIT);
        assertThat(isQuiet(0)).as("in another state").isFalse();
        recorder.moveTo = -8;
        assertThat(modify(0)).isEqualTo(992);
        assertThat(isQuiet(0)).as("after a packet").isFalse();
    }

    @Test
    void oneThatIsDoneLeavesAPlainConnectionAndFreesItsPlace() {
        table.begin(entry(0));
        recorder.done = true;

        modify(0);

        assertThat(isQuiet(0)).isTrue();
        assertThat(ConnectionLayout.isModified(entry(0))).isFalse();
        assertThat(table.size()).isZero();
        assertThat(recorder.ended).isZero();
    }

    @Test
    void eachConnectionHasARecordThatBeginsEmpty() {
        table.begin(entry(0));
        table.begin(entry(1));
        modify(0);
        modify(1);
        table.end(entry(0));
        table.begin(entry(0));
        modify(0);

        assertThat(recorder.records).containsExactly(0L, 0L, 0L);
        assertThat(recorder.ended).isOne();
    }

    @Test
    void aConnectionWithoutOneIsLeftAlone() {
        table.begin(entry(2));
        table.end(entry(2));

        assertThat(isQuiet(2)).isTrue();
        assertThat(table.size()).isZero();
        assertThat(recorder.ended).isZero();
    }

    @Test
    void beginningAnewEndsTheOneBefore() {
        table.begin(entry(0));
        table.begin(entry(0));

        assertThat(table.size()).isOne();
        assertThat(recorder.ended).isOne();
        assertThat(recorder.records).hasSize(2);
    }

    @Test
    void aFullTableSaysSoAndHasRoomAgain() {
        try (Modifiers small = new Modifiers(1, entry -> recorder)) {
            small.begin(entry(0));
            small.begin(entry(1));
            assertThat(small.refused()).isOne();
            assertThat(isQuiet(1)).isTrue();

            small.end(entry(0));
            small.begin(entry(1));
            assertThat(small.size()).isOne();
            assertThat(isQuiet(1)).isFalse();
        }
    }

    @Test
    void oneThatThrowsAtTheBeginningIsNotThere() {
        recorder.failsToBegin = true;

        assertThatThrownBy(() -> table.begin(entry(0))).isInstanceOf(IllegalStateException.class);

        assertThat(table.size()).isZero();
        assertThat(isQuiet(0)).isTrue();
    }
}
