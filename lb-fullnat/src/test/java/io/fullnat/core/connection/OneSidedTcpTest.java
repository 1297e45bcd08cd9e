// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// The state tables for connections of which only the client's packets are seen, row by row.
class OneSidedTcpTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int PSH = 8;
    private static final int ACK = 16;

    private final Region memory = Region.allocate(ConnectionLayout.ENTRY_LENGTH, "test");
    private final long entry = memory.address();

    OneSidedTcpTest() {
        ConnectionLayout.handling(entry, 3, StateTable.ONE_SIDED);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    @ParameterizedTest
    @CsvSource({
        //            SYN          FIN        RST    ACK
        "SYN_RECV,    SYN_RECV,    TIME_WAIT, CLOSE, ESTABLISHED",
        "ESTABLISHED, ESTABLISHED, FIN_WAIT,  CLOSE, ESTABLISHED",
        "FIN_WAIT,    SYN_RECV,    FIN_WAIT,  CLOSE, FIN_WAIT",
        "TIME_WAIT,   SYN_RECV,    TIME_WAIT, CLOSE, TIME_WAIT",
        "CLOSE,       SYN_RECV,    FIN_WAIT,  CLOSE, ESTABLISHED",
    })
    void rows(
            ConnectionState state,
            ConnectionState afterSyn,
            ConnectionState afterFin,
            ConnectionState afterRst,
            ConnectionState afterAck) {
        assertThat(after(state, SYN)).as("SYN").isEqualTo(afterSyn);
        assertThat(after(state, FIN | ACK)).as("FIN").isEqualTo(afterFin);
        assertThat(after(state, RST)).as("RST").isEqualTo(afterRst);
        assertThat(after(state, ACK)).as("ACK").isEqualTo(afterAck);
        assertThat(after(state, PSH)).as("no flag that counts").isEqualTo(state);
        assertThat(after(state, RST | SYN | FIN | ACK)).as("all").isEqualTo(afterRst);
        assertThat(after(state, SYN | FIN | ACK)).as("SYN and FIN").isEqualTo(afterSyn);
    }

    private ConnectionState after(ConnectionState state, int flags) {
        StateTable.write(entry, state);
        return StateTable.afterSegment(entry, ConnectionLayout.INBOUND, flags, 1, 2, 3);
    }

    @ParameterizedTest
    @EnumSource(names = {"SYN_RECV", "ESTABLISHED", "FIN_WAIT", "TIME_WAIT", "CLOSE"})
    void aQuietSegmentIsOneThatChangesNothing(ConnectionState state) {
        StateTable.write(entry, state);
        int events = Memory.getByte(entry + ConnectionLayout.EVENTS);
        for (int flags = 0; flags < 256; flags++) {
            if (StateTable.isQuiet(events, flags)) {
                assertThat(after(state, flags)).as("flags %x", flags).isEqualTo(state);
            }
        }
        assertThat(StateTable.isQuiet(events, RST)).isEqualTo(state == ConnectionState.CLOSE);
    }

    @Test
    void dataOfAnEstablishedConnectionAreQuiet() {
        StateTable.write(entry, ConnectionState.ESTABLISHED);

        assertThat(StateTable.isQuiet(Memory.getByte(entry + ConnectionLayout.EVENTS), ACK | PSH))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "UDP_NONE,   UDP_ONEWAY",
        "UDP_ONEWAY, UDP_ONEWAY",
        "UDP_NORMAL, UDP_NORMAL",
        "UDP_STREAM, UDP_STREAM",
    })
    void aDatagramIsAQuestionForGood(ConnectionState before, ConnectionState after) {
        int table = StateTable.ONE_SIDED;
        assertThat(StateTable.afterDatagram(table, ConnectionLayout.INBOUND, before))
                .isEqualTo(after);
        int events = StateTable.stateAndEvents(table, ConnectionLayout.INBOUND, before) >>> 8;
        assertThat(StateTable.isQuiet(events & 0xFF, 0)).isEqualTo(before == after);
    }

    @ParameterizedTest
    @EnumSource(names = {"ESTABLISHED", "FIN_WAIT", "TIME_WAIT", "CLOSE"})
    void aConnectionWhoseIdleTimeIsOverEnds(ConnectionState state) {
        StateTable.write(entry, state);

        assertThat(StateTable.afterIdleTime(entry)).isEqualTo(state);
    }

    @Test
    void theOtherTableStaysWhereItWas() {
        ConnectionLayout.handling(entry, 0, StateTable.TWO_SIDED);
        StateTable.write(entry, ConnectionState.FIN_WAIT);

        assertThat(StateTable.afterIdleTime(entry))
                .as("a FIN that nobody has seen")
                .isEqualTo(ConnectionState.ESTABLISHED);
    }

    @Test
    void theNumberStaysWhileAModifierComesAndGoes() {
        ConnectionLayout.modified(entry, true);
        assertThat(ConnectionLayout.tracking(entry)).isEqualTo(StateTable.ONE_SIDED);
        assertThat(ConnectionLayout.mode(entry)).isEqualTo(3);
        ConnectionLayout.modified(entry, false);
        assertThat(ConnectionLayout.tracking(entry)).isEqualTo(StateTable.ONE_SIDED);
        assertThat(ConnectionLayout.isModified(entry)).isFalse();
    }
}
