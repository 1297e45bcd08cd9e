// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where this process has machine code, from `/proc/self/maps`: tells a function pointer from a
/// value read at a wrong offset.
///
/// @param ranges first and first-after addresses
record ExecutableMappings(List<long[]> ranges) {
    static ExecutableMappings read() {
        try {
            return parse(Files.readAllLines(Path.of("/proc/self/maps")));
        } catch (IOException e) {
            throw new UncheckedIOException("/proc/self/maps cannot be read", e);
        }
    }

    /// Picks the executable ranges.
    ///
    /// @param lines for example `7f00-7f10 r-xp 00000000 fe:00 1 /usr/lib/librte_eal.so.23`
    static ExecutableMappings parse(List<String> lines) {
        List<long[]> ranges = new ArrayList<>();
        for (String line : lines) {
            int dash = line.indexOf('-');
            int space = line.indexOf(' ');
            if (dash > 0 && space > dash && line.startsWith("x", space + 3)) {
                ranges.add(
                        new long[] {
                            Long.parseUnsignedLong(line, 0, dash, 16),
                            Long.parseUnsignedLong(line, dash + 1, space, 16)
                        });
            }
        }
        return new ExecutableMappings(ranges);
    }

    boolean contains(long address) {
        return ranges.stream().anyMatch(range -> address >= range[0] && address < range[1]);
    }
}
