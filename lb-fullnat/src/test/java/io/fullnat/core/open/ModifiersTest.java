// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The table of packet modifiers alone, over entries that no connection table holds.
class ModifiersTest {
    private static final int ACK = 16;
    private static final int MTU = 1500;

    private final Region memory = Region.allocate(4L * ConnectionLayout.ENTRY_LENGTH, "test");
    private final long ip = memory.address() + 3L * ConnectionLayout.ENTRY_LENGTH;
    private final Recorder recorder = new Recorder();
    private final TestCounters counters = new TestCounters();
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .open();
    private final ServiceEntry service =
            new ServiceEntry(
                    VirtualService.of(ServiceKey.tcp("192.0.2.1", 80)),
                    0,
                    (request, loads) -> Scheduler.NONE,
                    new ServerEntry[0],
                    null,
                    new LocalEntry[0],
                    new TrafficTable[0],
                    new HealthWords(1, 1),
                    null);
    private final Modifiers table = table(2);

    ModifiersTest() {
        for (int i = 0; i < 3; i++) {
            TcpMoves.watch(entry(i), ConnectionState.ESTABLISHED);
        }
    }

    @AfterEach
    void free() {
        table.close();
        memory.close();
        counters.close();
        io.close();
    }

    private Modifiers table(int capacity) {
        NetworkView view =
                new NetworkView(
                        List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 0);
        return new Modifiers(
                memory.address(),
                memory.size(),
                capacity,
                new StackContext(1, io.buffers(), new Transmitter[0], counters.counters, view),
                (entry, asked) -> entry == entry(2) ? null : recorder);
    }

    private void begin(Modifiers where, int number) {
        where.begin(entry(number), service);
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
        boolean ahead;
        boolean failsToFinish;

        @Override
        public void begin(long entry, long record, ServiceEntry service) {
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
            if (ahead) {
                assertThat(packet.ahead(20)).isNotZero();
            }
            if (done) {
                packet.done();
            }
        }

        @Override
        public void finish(ModifiedPacket packet) {
            assertThat(packet.ahead(20)).isNotZero();
            if (failsToFinish) {
                throw new IllegalStateException("finish");
            }
        }

        @Override
        public void ended(long record) {
            ended++;
        }
    }

    private long modify(int number) {
        return table.modify(entry(number), ConnectionLayout.OUTBOUND, ip, ip + 20, MTU);
    }

    @Test
    void eachPacketOfAConnectionThatHasOneIsAnEvent() {
        assertThat(isQuiet(0)).isTrue();

        begin(table, 0);

        assertThat(table.size()).isOne();
        assertThat(ConnectionLayout.isModified(entry(0))).isTrue();
        assertThat(isQuiet(0)).isFalse();
        TcpMoves.watch(entry(0), ConnectionState.FIN_WAIT);
        assertThat(isQuiet(0)).as("in another state").isFalse();
        recorder.moveTo = -8;
        assertThat(modify(0)).isEqualTo(ip - 8);
        assertThat(isQuiet(0)).as("after a packet").isFalse();
    }

    @Test
    void oneThatIsDoneLeavesAPlainConnectionAndFreesItsPlace() {
        begin(table, 0);
        recorder.done = true;

        modify(0);

        assertThat(isQuiet(0)).isTrue();
        assertThat(ConnectionLayout.isModified(entry(0))).isFalse();
        assertThat(table.size()).isZero();
        assertThat(recorder.ended).isZero();
    }

    @Test
    void eachConnectionHasARecordThatBeginsEmpty() {
        begin(table, 0);
        begin(table, 1);
        modify(0);
        modify(1);
        table.end(entry(0));
        begin(table, 0);
        modify(0);

        assertThat(recorder.records).containsExactly(0L, 0L, 0L);
        assertThat(recorder.ended).isOne();
    }

    @Test
    void aConnectionWithoutOneIsLeftAlone() {
        begin(table, 2);
        table.end(entry(2));

        assertThat(isQuiet(2)).isTrue();
        assertThat(table.size()).isZero();
        assertThat(recorder.ended).isZero();
    }

    @Test
    void beginningAnewEndsTheOneBefore() {
        begin(table, 0);
        begin(table, 0);

        assertThat(table.size()).isOne();
        assertThat(recorder.ended).isOne();
        assertThat(recorder.records).hasSize(2);
    }

    @Test
    void aFullTableSaysSoAndHasRoomAgain() {
        try (Modifiers small = table(1)) {
            begin(small, 0);
            begin(small, 1);
            assertThat(counters.counters.get(Counter.MODIFIERS_REFUSED)).isOne();
            assertThat(isQuiet(1)).isTrue();

            small.end(entry(0));
            begin(small, 1);
            assertThat(small.size()).isOne();
            assertThat(isQuiet(1)).isFalse();
        }
    }

    @Test
    void oneThatThrowsAtTheBeginningIsNotThere() {
        recorder.failsToBegin = true;

        assertThatThrownBy(() -> begin(table, 0)).isInstanceOf(IllegalStateException.class);

        assertThat(table.size()).isZero();
        assertThat(isQuiet(0)).isTrue();
    }

    @Test
    void aMarkWithoutOneIsSeenAtOnce() {
        ConnectionLayout.modified(entry(0), true);

        assertThatThrownBy(() -> modify(0)).hasMessageContaining("has no modifier");
        assertThatThrownBy(() -> table.finishes(entry(0)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatGoesAheadOfAPacketThatIsNotFinishedIsGivenBack() {
        begin(table, 0);
        recorder.ahead = true;

        modify(0);

        assertThat(table.ahead().size()).isZero();
        assertThat(io.buffers().inUse()).isZero();
        recorder.failsToFinish = true;
        assertThatThrownBy(() -> table.finish(entry(0), ip, ip + 20, MTU))
                .isInstanceOf(IllegalStateException.class);
        assertThat(io.buffers().inUse()).isZero();
        assertThat(table.size()).isZero();
    }
}
