// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What datagrams do, and which packets the fast path may pass.
class StateTableTest {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int ACK = 0x10;

    @ParameterizedTest
    @CsvSource({
        "UDP_NONE, UDP_ONEWAY, UDP_NORMAL",
        "UDP_ONEWAY, UDP_ONEWAY, UDP_NORMAL",
        "UDP_NORMAL, UDP_STREAM, UDP_NORMAL",
        "UDP_STREAM, UDP_STREAM, UDP_STREAM",
    })
    void datagramsMoveFromQuestionToAnswerToStream(
            ConnectionState before, ConnectionState byClient, ConnectionState byServer) {
        assertThat(StateTable.afterDatagram(StateTable.TWO_SIDED, INBOUND, before))
                .isEqualTo(byClient);
        assertThat(StateTable.afterDatagram(StateTable.TWO_SIDED, OUTBOUND, before))
                .isEqualTo(byServer);
    }

    @Test
    void onlyEstablishedConnectionsAndAnsweredDatagramsAreActive() {
        assertThat(ConnectionState.values())
                .filteredOn(ConnectionState::isActive)
                .containsExactly(
                        ConnectionState.ESTABLISHED,
                        ConnectionState.UDP_NORMAL,
                        ConnectionState.UDP_STREAM);
    }

    @Test
    void noActiveStateIsUnreplied() {
        assertThat(ConnectionState.values())
                .noneMatch(state -> state.isActive() && state.isUnreplied());
    }

    /// What is quiet stays so beside the fast loop, which none of it passes.
    @Test
    void aFlowBesideTheFastLoopHasTheSameEvents() {
        for (int table : new int[] {StateTable.TWO_SIDED, StateTable.ONE_SIDED}) {
            for (int direction : new int[] {INBOUND, OUTBOUND}) {
                for (ConnectionState state : ConnectionState.values()) {
                    int own = StateTable.stateAndEvents(table, direction, state) >>> 8 & 0xFF;
                    assertBeside(state, own);
                    assertBeside(state, own | StateTable.ALWAYS);
                }
            }
        }
    }

    private static void assertBeside(ConnectionState state, int events) {
        int both = StateTable.ACROSS | StateTable.SHIFTED;
        assertThat(StateTable.isBeside(events)).isFalse();
        for (int why : new int[] {StateTable.ACROSS, StateTable.SHIFTED, both}) {
            int beside = StateTable.beside(events, why);
            assertThat(StateTable.isBeside(beside)).isTrue();
            assertThat(StateTable.isAcross(beside)).isEqualTo((why & StateTable.ACROSS) != 0);
            assertThat(StateTable.isShifted(beside)).isEqualTo((why & StateTable.SHIFTED) != 0);
            for (int flags = 0; flags < 256; flags++) {
                assertThat(StateTable.isQuiet(beside, flags)).isFalse();
                assertThat(StateTable.isQuietBeside(beside, flags))
                        .as("%s, events %x, flags %x", state, events, flags)
                        .isEqualTo(StateTable.isQuiet(events, flags));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "UDP_.*", mode = EnumSource.Mode.MATCH_ALL)
    void aQuietDatagramIsOneThatChangesNothing(ConnectionState state) {
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            for (int payload = 0; payload < 256; payload++) {
                assertThat(isQuiet(direction, payload, state))
                        .isEqualTo(
                                StateTable.afterDatagram(StateTable.TWO_SIDED, direction, state)
                                        == state);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "UDP_.*", mode = EnumSource.Mode.MATCH_NONE)
    void noSegmentThatMayBeginOrEndSomethingIsQuiet(ConnectionState state) {
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            for (int flags = 0; flags < 256; flags++) {
                if ((flags & (SYN | FIN | RST)) != 0) {
                    assertThat(isQuiet(direction, flags, state)).isFalse();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT"})
    void acknowledgementsAndDataAreQuietOnceTheHandshakeIsDone(ConnectionState state) {
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            assertThat(isQuiet(direction, ACK, state)).isTrue();
            assertThat(isQuiet(direction, ACK | 0xE8, state)).as("with PSH, URG, ECN").isTrue();
        }
    }

    @Test
    void aFlowHasItsStateAndEventsNextToEachOther() {
        assertThat(
                        StateTable.stateAndEvents(
                                StateTable.TWO_SIDED, INBOUND, ConnectionState.ESTABLISHED))
                .isEqualTo(
                        (short) ((SYN | FIN | RST) << 8 | ConnectionState.ESTABLISHED.ordinal()));
        assertThat(ConnectionLayout.EVENTS).isEqualTo(ConnectionLayout.STATE + 1);
    }

    private static boolean isQuiet(int direction, int flags, ConnectionState state) {
        int events = StateTable.stateAndEvents(StateTable.TWO_SIDED, direction, state) >>> 8 & 0xFF;
        return StateTable.isQuiet(events, flags);
    }
}
