// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// No byte of an entry and no bit of its bytes has two meanings: whatever [ConnectionLayout] names
/// is said here once more with its length, so that a new name must be.
class ConnectionLayoutTest {
    private static final Map<String, Integer> BYTES =
            Map.ofEntries(
                    Map.entry("ADDRESSES", 8),
                    Map.entry("PORTS", 4),
                    Map.entry("PROTOCOL", 1),
                    Map.entry("DIRECTION", 1),
                    Map.entry("STATE", 1),
                    Map.entry("EVENTS", 1),
                    Map.entry("NEW_ADDRESSES", 8),
                    Map.entry("NEW_PORTS", 4),
                    Map.entry("IP_STEP", 4),
                    Map.entry("NEXT_HOP", 2),
                    Map.entry("L4_DELTA", 2),
                    Map.entry("TRAFFIC", 4),
                    Map.entry("LAST_SEEN", 4),
                    Map.entry("GENERATION", 4),
                    Map.entry("PACKETS", 4),
                    Map.entry("ACKNOWLEDGED", 4),
                    Map.entry("BYTES", 8),
                    Map.entry("TIMER_NEXT", 4),
                    Map.entry("TIMER_PREVIOUS", 4),
                    Map.entry("ARMED", 4),
                    Map.entry("TIMEOUT", 4),
                    Map.entry("ALLOCATOR", 4),
                    Map.entry("LOCAL", 4),
                    Map.entry("IN_END", 4),
                    Map.entry("CREATED", 4),
                    Map.entry("STAMP", 4),
                    Map.entry("OWNER", 4),
                    Map.entry("OBSERVABLE", 4),
                    Map.entry("OUT_END", 4),
                    Map.entry("QUEUE_NEXT", 4),
                    Map.entry("QUEUE_PREVIOUS", 4),
                    Map.entry("IN_WRAPS", 2),
                    Map.entry("OUT_WRAPS", 2),
                    Map.entry("MARKS", 1),
                    Map.entry("QUEUE", 1),
                    Map.entry("WIDE_KEYS", 1),
                    Map.entry("HANDLING", 1),
                    Map.entry("WIDE_ADDRESSES", 32),
                    Map.entry("NEW_WIDE_ADDRESSES", 32));

    /// By byte: the constants that name its bits, shifted by another one if that has a name.
    private static final Map<String, List<String>> BITS =
            Map.of(
                    "WIDE_KEYS",
                    List.of(
                            "KEYS_MASK",
                            "METERED",
                            "SHIFTED",
                            "AWAITED",
                            "WINDOWED",
                            "PENDING",
                            "ROUTED"),
                    "HANDLING",
                    List.of("MODE_MASK", "TRACKING_MASK", "UNINDEXED", "COUNTED_MASK", "MODIFIED"));

    /// Neither places nor bits of a byte.
    private static final Set<String> OTHERS =
            Set.of(
                    "ENTRY_LENGTH",
                    "WIDE_ENTRY_LENGTH",
                    "FLOW_LENGTH",
                    "INBOUND",
                    "OUTBOUND",
                    "NO_LOCAL",
                    "COUNTED_CLIENT",
                    "COUNTED_NETWORK",
                    "TRACKING_SHIFT",
                    "TRAFFIC_MASK",
                    "COUNTED_SHIFT",
                    "EACH",
                    "NEVER_PLAIN",
                    "LINE_SHIFT");

    private static int value(Map<String, Integer> constants, String name) {
        return requireNonNull(constants.get(name), name);
    }

    private static Map<String, Integer> constants(Class<?> type) throws IllegalAccessException {
        Map<String, Integer> constants = new HashMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                field.setAccessible(true);
                constants.put(field.getName(), field.getInt(null));
            }
        }
        return constants;
    }

    @Test
    void eachByteHasOneMeaning() throws IllegalAccessException {
        Map<String, Integer> constants = constants(ConnectionLayout.class);
        Map<Integer, String> owners = new HashMap<>();
        BYTES.forEach((name, bytes) -> {
            for (int i = 0; i < bytes; i++) {
                String other = owners.put(value(constants, name) + i, name);
                assertThat(other).as("byte %d of %s", i, name).isNull();
            }
        });
        assertThat(owners)
                .as("a flow, the third line, a flow's wide addresses")
                .hasSize(2 * ConnectionLayout.FLOW_LENGTH + 64);
    }

    @Test
    void eachBitHasOneMeaning() throws IllegalAccessException {
        Map<String, Integer> constants = constants(ConnectionLayout.class);
        BITS.forEach((holder, names) -> {
            int taken = 0;
            for (String name : names) {
                String shift = name.replace("MASK", "SHIFT");
                int bits =
                        value(constants, name)
                                << (shift.equals(name) ? 0 : constants.getOrDefault(shift, 0));
                assertThat(taken & bits).as("%s of %s", name, holder).isZero();
                taken |= bits;
            }
            assertThat(taken).as(holder).isLessThan(1 << Byte.SIZE);
        });
    }

    @Test
    void whatIsNamedIsKnownHere() throws IllegalAccessException {
        assertThat(constants(ConnectionLayout.class).keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(
                                        BYTES.keySet().stream(),
                                        BITS.values().stream().flatMap(List::stream),
                                        OTHERS.stream())
                                .flatMap(names -> names)
                                .toList());
    }

    /// In a flow's event byte each flag of TCP that a state heeds stands for itself, and each other
    /// one for something else.
    @Test
    void eachEventHasOneBit() throws IllegalAccessException {
        Map<String, Integer> constants = constants(StateTable.class);
        int taken = 0;
        for (String name :
                List.of(
                        "FIN",
                        "SYN",
                        "RST",
                        "ACK",
                        "SHIFTED",
                        "ALWAYS_BESIDE",
                        "ACROSS",
                        "ALWAYS")) {
            int bit = value(constants, name);
            assertThat(Integer.bitCount(bit)).as(name).isOne();
            assertThat(taken & bit).as(name).isZero();
            taken |= bit;
        }
        assertThat(taken).isEqualTo(0xFF);
    }
}
