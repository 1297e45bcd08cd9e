// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much memory the system has to give, as `/proc` and `/sys` say.
///
/// @param freeHugepagesMb megabytes of free hugepages of all sizes and nodes
/// @param availableMb megabytes of ordinary memory that can be had without swapping
record SystemMemory(long freeHugepagesMb, long availableMb) {
    private static final Path HUGEPAGES = Path.of("/sys/kernel/mm/hugepages");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Pattern PAGE_SIZE = Pattern.compile("hugepages-(\\d+)kB");
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s*(\\d+) kB");
    private static final int KB_PER_MB = 1024;

    /// Reads the present state; what cannot be read counts as nothing free or as unlimited memory.
    static SystemMemory read() {
        return new SystemMemory(freeHugepages(HUGEPAGES), available(MEMORY));
    }

    static long freeHugepages(Path folder) {
        long kilobytes = 0;
        try (DirectoryStream<Path> sizes = Files.newDirectoryStream(folder)) {
            for (Path size : sizes) {
                Matcher matcher = PAGE_SIZE.matcher(size.getFileName().toString());
                if (matcher.matches()) {
                    String free = Files.readString(size.resolve("free_hugepages")).strip();
                    kilobytes += Long.parseLong(matcher.group(1)) * Long.parseLong(free);
                }
            }
        } catch (IOException absent) {
            return 0;
        }
        return kilobytes / KB_PER_MB;
    }

    static long available(Path memory) {
        try {
            Matcher matcher = AVAILABLE.matcher(Files.readString(memory));
            return matcher.find() ? Long.parseLong(matcher.group(1)) / KB_PER_MB : Long.MAX_VALUE;
        } catch (IOException absent) {
            return Long.MAX_VALUE;
        }
    }
}
