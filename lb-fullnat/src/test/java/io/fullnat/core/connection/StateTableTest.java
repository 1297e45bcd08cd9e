package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The state machines, written down once more as tables that a reader can compare with those of
/// LVS: a row an event, a column the old state.
class StateTableTest {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int RST = 0x04;
    private static final int PSH = 0x08;
    private static final int ACK = 0x10;
    private static final int URG = 0x20;

    private static final Map<String, ConnectionState> NAMES =
            Map.ofEntries(
                    Map.entry("NO", ConnectionState.TCP_NONE),
                    Map.entry("ES", ConnectionState.ESTABLISHED),
                    Map.entry("SS", ConnectionState.SYN_SENT),
                    Map.entry("SR", ConnectionState.SYN_RECV),
                    Map.entry("FW", ConnectionState.FIN_WAIT),
                    Map.entry("TW", ConnectionState.TIME_WAIT),
                    Map.entry("CL", ConnectionState.CLOSE),
                    Map.entry("CW", ConnectionState.CLOSE_WAIT),
                    Map.entry("LA", ConnectionState.LAST_ACK),
                    Map.entry("LI", ConnectionState.LISTEN),
                    Map.entry("SA", ConnectionState.SYNACK));

    private static final String FROM_CLIENT =
            """
            event NO ES SS SR FW TW CL CW LA LI SA
            syn   SR ES ES SR SR SR SR SR SR SR SR
            fin   CL CW SS TW TW TW CL CW LA LI TW
            ack   CL ES SS ES FW TW CL CW CL LI ES
            rst   CL CL CL SR CL CL CL CL LA LI SR
            """;

    private static final String FROM_SERVER =
            """
            event NO ES SS SR FW TW CL CW LA LI SA
            syn   SS ES SS SR SS SS SS SS SS LI SR
            fin   TW FW SS TW FW TW CL TW LA LI TW
            ack   ES ES SS ES FW TW CL CW LA ES ES
            rst   CL CL SS CL CL TW CL CL CL CL CL
            """;

    record Move(int direction, String event, ConnectionState before, ConnectionState after) {}

    private static Stream<Move> moves() {
        return Stream.concat(read(INBOUND, FROM_CLIENT), read(OUTBOUND, FROM_SERVER));
    }

    private static Stream<Move> read(int direction, String text) {
        List<String[]> rows = text.lines().map(line -> line.split(" +", -1)).toList();
        String[] header = rows.getFirst();
        return rows.stream()
                .skip(1)
                .flatMap(row ->
                        Stream.iterate(1, column -> column < header.length, column -> column + 1)
                                .map(column ->
                                        new Move(
                                                direction,
                                                row[0],
                                                named(header[column]),
                                                named(row[column]))));
    }

    private static ConnectionState named(String name) {
        return requireNonNull(NAMES.get(name), name);
    }

    /// All flags that make an event: those that come after it in the order RST, SYN, FIN, ACK, and
    /// PSH and URG, do not matter.
    private static List<Integer> flags(String event) {
        return Stream.iterate(0, flags -> flags < 64, flags -> flags + 1)
                .filter(flags -> event.equals(event(flags)))
                .toList();
    }

    private static String event(int flags) {
        if ((flags & RST) != 0) {
            return "rst";
        }
        if ((flags & SYN) != 0) {
            return "syn";
        }
        if ((flags & FIN) != 0) {
            return "fin";
        }
        return (flags & ACK) != 0 ? "ack" : "none";
    }

    private static ConnectionState next(int direction, int flags, ConnectionState state) {
        return ConnectionState.of(StateTable.next(direction, flags, state.ordinal()));
    }

    @ParameterizedTest
    @MethodSource("moves")
    void tcpMovesAsTheTablesSay(Move move) {
        for (int flags : flags(move.event)) {
            assertThat(next(move.direction, flags, move.before))
                    .as("flags 0x%02x", flags)
                    .isEqualTo(move.after);
        }
    }

    @Test
    void theTablesAreComplete() {
        assertThat(moves()).hasSize(2 * 4 * 11);
        assertThat(NAMES).hasSize(11);
    }

    @ParameterizedTest
    @EnumSource
    void aSegmentWithoutAnEventChangesNothing(ConnectionState state) {
        if (NAMES.containsValue(state)) {
            for (int flags : new int[] {0, PSH, URG, PSH | URG}) {
                assertThat(next(INBOUND, flags, state)).isEqualTo(state);
                assertThat(next(OUTBOUND, flags, state)).isEqualTo(state);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theFlagsOfCongestionNotificationDoNotMatter(ConnectionState state) {
        for (int flags = 0; flags < 64; flags++) {
            for (int direction : new int[] {INBOUND, OUTBOUND}) {
                assertThat(next(direction, flags | 0xC0, state))
                        .isEqualTo(next(direction, flags, state));
            }
        }
    }

    @Test
    void udpIsOneWayUntilTheServerAnswersAndNormalFromThenOn() {
        for (int any = 0; any < 64; any++) {
            assertThat(next(INBOUND, any, ConnectionState.UDP_NONE))
                    .isEqualTo(ConnectionState.UDP_ONEWAY);
            assertThat(next(INBOUND, any, ConnectionState.UDP_ONEWAY))
                    .isEqualTo(ConnectionState.UDP_ONEWAY);
            assertThat(next(INBOUND, any, ConnectionState.UDP_NORMAL))
                    .isEqualTo(ConnectionState.UDP_NORMAL);
            for (ConnectionState state :
                    new ConnectionState[] {
                        ConnectionState.UDP_NONE,
                        ConnectionState.UDP_ONEWAY,
                        ConnectionState.UDP_NORMAL
                    }) {
                assertThat(next(OUTBOUND, any, state)).isEqualTo(ConnectionState.UDP_NORMAL);
            }
        }
    }

    @Test
    void onlyEstablishedConnectionsAndAnsweredDatagramsAreActive() {
        assertThat(ConnectionState.values())
                .filteredOn(ConnectionState::isActive)
                .containsExactly(ConnectionState.ESTABLISHED, ConnectionState.UDP_NORMAL);
    }

    @Test
    void noActiveStateIsUnreplied() {
        assertThat(ConnectionState.values())
                .noneMatch(state -> state.isActive() && state.isUnreplied());
    }

    @ParameterizedTest
    @EnumSource(ConnectionState.class)
    void aQuietPacketChangesNothingAndIsNoSyn(ConnectionState state) {
        forEachPacket((direction, flags) -> {
            if (isQuiet(direction, flags, state)) {
                assertThat(changesNothing(direction, flags, state))
                        .as("%s, direction %s, flags %s", state, direction, flags)
                        .isTrue();
            }
        });
    }

    @ParameterizedTest
    @EnumSource(ConnectionState.class)
    void aPacketWithOneEventThatChangesNothingIsQuiet(ConnectionState state) {
        forEachPacket((direction, flags) -> {
            if (Integer.bitCount(flags & (RST | SYN | FIN | ACK)) <= 1) {
                assertThat(isQuiet(direction, flags, state))
                        .as("%s, direction %s, flags %s", state, direction, flags)
                        .isEqualTo(changesNothing(direction, flags, state));
            }
        });
    }

    @Test
    void aLineHasItsStateAndEventsNextToEachOther() {
        assertThat(StateTable.stateAndEvents(INBOUND, ConnectionState.ESTABLISHED))
                .isEqualTo(
                        (short) ((SYN | FIN | RST) << 8 | ConnectionState.ESTABLISHED.ordinal()));
        assertThat(ConnectionLayout.EVENTS).isEqualTo(ConnectionLayout.STATE + 1);
    }

    private static void forEachPacket(IntBinaryConsumer check) {
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            for (int flags = 0; flags < 256; flags++) {
                check.accept(direction, flags);
            }
        }
    }

    private interface IntBinaryConsumer {
        void accept(int direction, int flags);
    }

    private static boolean isQuiet(int direction, int flags, ConnectionState state) {
        int events = StateTable.stateAndEvents(direction, state) >>> 8 & 0xFF;
        return StateTable.isQuiet(events, flags);
    }

    private static boolean changesNothing(int direction, int flags, ConnectionState state) {
        boolean tcp = state.compareTo(ConnectionState.UDP_NONE) < 0;
        boolean syn = tcp && (flags & SYN) != 0;
        return !syn && StateTable.next(direction, flags, state.ordinal()) == state.ordinal();
    }
}
