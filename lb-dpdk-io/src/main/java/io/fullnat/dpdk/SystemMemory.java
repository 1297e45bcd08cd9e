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
/// @param allowedHugepagesMb megabytes of them that the process's control groups still allow
/// @param availableMb megabytes of ordinary memory that can be had without swapping
record SystemMemory(long freeHugepagesMb, long allowedHugepagesMb, long availableMb) {
    private static final Path ROOT = Path.of("/");
    private static final String HUGEPAGES = "sys/kernel/mm/hugepages";
    private static final String MEMORY = "proc/meminfo";
    private static final Pattern PAGE_SIZE = Pattern.compile("hugepages-(\\d+)kB");
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s*(\\d+) kB");
    private static final int KB_PER_MB = 1024;

    /// Reads the present state; what cannot be read counts as nothing free or as unlimited memory.
    static SystemMemory read() {
        return read(ROOT);
    }

    /// @param root the folder that holds `proc` and `sys`
    static SystemMemory read(Path root) {
        long free = 0;
        long allowed = 0;
        try (DirectoryStream<Path> sizes = Files.newDirectoryStream(root.resolve(HUGEPAGES))) {
            for (Path size : sizes) {
                Matcher matcher = PAGE_SIZE.matcher(size.getFileName().toString());
                if (matcher.matches()) {
                    long kilobytes = Long.parseLong(matcher.group(1));
                    String pages = Files.readString(size.resolve("free_hugepages")).strip();
                    long there = kilobytes * Long.parseLong(pages);
                    free += there;
                    allowed += Math.min(there, HugepageLimit.bytes(root, kilobytes) / KB_PER_MB);
                }
            }
        } catch (IOException absent) {
            free = 0;
            allowed = 0;
        }
        return new SystemMemory(
                free / KB_PER_MB, allowed / KB_PER_MB, available(root.resolve(MEMORY)));
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
