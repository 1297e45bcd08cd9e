// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import io.fullnat.api.set.SetEntry;
import io.fullnat.core.address.Masks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/// Entries of more than one part in one open table: for each combination of prefix lengths and of
/// ports said or not said that there is – one of a set of addresses and ports, seldom more than a
/// few – what is asked for is masked so and looked up, the most precise first.
///
/// A slot is a word: the hash above, the entry's number below, so that a look-up that finds nothing
/// waits for memory once. At most half of the slots are in use. Not changed after construction.
final class TupleTable {
    /// Words of an entry: its two addresses, its ports, and its shape with its device.
    private static final int WORDS = 6;

    private static final long TAG = 0xFFFF_FFFF_0000_0000L;
    private static final int ANY_PORT = 0;

    private final long[] slots;
    private final long[] keys;
    private final boolean[] exceptions;
    private final Shape[] shapes;
    private final int mask;

    /// What of a question the entries of one combination have.
    ///
    /// @param number among the shapes of the table
    private record Shape(
            int number,
            long maskHigh,
            long maskLow,
            long secondMaskHigh,
            long secondMaskLow,
            int portMask,
            int secondPortMask) {
        private static Shape of(int number, SetEntry entry) {
            int length = Math.max(0, entry.length());
            int second = Math.max(0, entry.secondLength());
            return new Shape(
                    number,
                    Masks.high(length),
                    Masks.low(length),
                    Masks.high(second),
                    Masks.low(second),
                    portMask(entry.port()),
                    portMask(entry.secondPort()));
        }

        private static int portMask(int port) {
            return ((port & 0xFFFF) == ANY_PORT ? 0 : 0xFFFF) | (port >>> 16 == 0 ? 0 : 0xFF_0000);
        }
    }

    /// A table of entries.
    ///
    /// @param entries no two of the same name
    /// @param buckets the fewest slots
    /// @param devices the number of a device by its name
    TupleTable(List<SetEntry> entries, int buckets, ToIntFunction<String> devices) {
        List<SetEntry> precise = new ArrayList<>(entries);
        precise.sort(Comparator.comparingLong(SetEntry::precision).reversed());
        int size = Math.max(buckets, Integer.highestOneBit(Math.max(1, entries.size())) << 2);
        slots = new long[size];
        mask = size - 1;
        keys = new long[entries.size() * WORDS];
        exceptions = new boolean[entries.size()];
        Map<Long, Shape> known = new HashMap<>();
        List<Shape> all = new ArrayList<>();
        for (int i = 0; i < precise.size(); i++) {
            SetEntry entry = precise.get(i);
            Shape shape = known.get(entry.precision());
            if (shape == null) {
                shape = Shape.of(all.size(), entry);
                known.put(entry.precision(), shape);
                all.add(shape);
            }
            exceptions[i] = entry.isException();
            int device = entry.device().isEmpty() ? 0 : devices.applyAsInt(entry.device());
            enter(i, entry, (long) shape.number << 32 | device);
        }
        shapes = all.toArray(Shape[]::new);
    }

    private void enter(int index, SetEntry entry, long shapeAndDevice) {
        int at = index * WORDS;
        keys[at] = entry.high();
        keys[at + 1] = entry.low();
        keys[at + 2] = entry.secondHigh();
        keys[at + 3] = entry.secondLow();
        keys[at + 4] = ports(entry.port(), entry.secondPort());
        keys[at + 5] = shapeAndDevice;
        long hash =
                hash(
                        keys[at],
                        keys[at + 1],
                        keys[at + 2],
                        keys[at + 3],
                        keys[at + 4],
                        shapeAndDevice);
        int slot = (int) hash & mask;
        while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = (hash & TAG) | (index + 1);
    }

    private static long ports(int first, int second) {
        return (long) first << 32 | second;
    }

    private static long hash(
            long high, long low, long secondHigh, long secondLow, long ports, long shape) {
        long hash = (high ^ Long.rotateLeft(secondLow, 32)) * 0x9E37_79B9_7F4A_7C15L;
        hash = (hash ^ (hash >>> 29) ^ low) * 0xBF58_476D_1CE4_E5B9L;
        hash = (hash ^ (hash >>> 32) ^ secondHigh ^ ports) * 0x94D0_49BB_1331_11EBL;
        hash = (hash ^ (hash >>> 31) ^ shape) * 0x9E37_79B9_7F4A_7C15L;
        return hash ^ (hash >>> 32);
    }

    /// Whether the most precise entry that has it is no exception.
    boolean contains(
            long high,
            long low,
            int port,
            long secondHigh,
            long secondLow,
            int secondPort,
            int device) {
        for (Shape shape : shapes) {
            int found =
                    find(
                            high & shape.maskHigh,
                            low & shape.maskLow,
                            secondHigh & shape.secondMaskHigh,
                            secondLow & shape.secondMaskLow,
                            ports(port & shape.portMask, secondPort & shape.secondPortMask),
                            (long) shape.number << 32 | device);
            if (found >= 0) {
                return !exceptions[found];
            }
        }
        return false;
    }

    private int find(
            long high, long low, long secondHigh, long secondLow, long ports, long shapeAndDevice) {
        long hash = hash(high, low, secondHigh, secondLow, ports, shapeAndDevice);
        int slot = (int) hash & mask;
        while (true) {
            long word = slots[slot];
            if (word == 0) {
                return -1;
            }
            if ((word & TAG) == (hash & TAG)) {
                int at = ((int) word - 1) * WORDS;
                if (keys[at + 1] == low
                        && keys[at] == high
                        && keys[at + 3] == secondLow
                        && keys[at + 2] == secondHigh
                        && keys[at + 4] == ports
                        && keys[at + 5] == shapeAndDevice) {
                    return (int) word - 1;
                }
            }
            slot = (slot + 1) & mask;
        }
    }
}
