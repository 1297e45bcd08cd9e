// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Hugepages of 2 MB that the kernel keeps besides, while this is open.
final class ReservedHugepages implements AutoCloseable {
    private static final Path COUNT =
            Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
    private static final int MB = 2;

    private final long before;

    /// @param megabytes how much
    ReservedHugepages(long megabytes) {
        before = read();
        write(before + megabytes / MB);
        if (SystemMemory.read().freeHugepagesMb() < megabytes) {
            close();
            Prerequisite.missing("needs memory for " + megabytes + " MB of hugepages");
        }
    }

    private static long read() {
        try {
            return Long.parseLong(Files.readString(COUNT).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(long pages) {
        try {
            Files.writeString(COUNT, Long.toString(pages));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        write(before);
    }
}
