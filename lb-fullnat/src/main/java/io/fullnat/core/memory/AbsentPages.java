// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.io.Memory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Pages that the system has given no memory for: they are zero when they are first used. Of newly
/// allocated memory most are; but an allocator also hands out pages that were in use before, so the
/// system is asked, by `/proc/self/pagemap`. Reading the pages instead would have some kernels give
/// memory for them. Stateless, so thread-safe.
final class AbsentPages {
    private static final Path PAGE_MAP = Path.of("/proc/self/pagemap");

    /// Bits 63 and 62 of an entry: the page is in memory, or swapped out.
    private static final int THERE_SHIFT = 62;

    private static final int ENTRIES = 8192;

    private AbsentPages() {}

    /// Writes zeros, but not to pages that are absent: all of it is zero then.
    ///
    /// @param address the first byte
    /// @param length how many
    static void zeroOthers(long address, long length) {
        int pageSize = Memory.pageSize();
        long end = address + length;
        ByteBuffer entries =
                ByteBuffer.allocate(ENTRIES * Long.BYTES).order(ByteOrder.nativeOrder());
        long done = address;
        try (FileChannel map = FileChannel.open(PAGE_MAP, StandardOpenOption.READ)) {
            while (done < end) {
                long page = done / pageSize;
                entries.clear();
                map.read(entries, page * Long.BYTES);
                entries.flip();
                if (entries.remaining() < Long.BYTES) {
                    break;
                }
                for (; entries.remaining() >= Long.BYTES && done < end; page++) {
                    long next = Math.min(end, (page + 1) * pageSize);
                    if (entries.getLong() >>> THERE_SHIFT != 0) {
                        Memory.zero(done, next - done);
                    }
                    done = next;
                }
            }
        } catch (IOException untold) {
            // All that is not known is written.
        }
        Memory.zero(done, end - done);
    }
}
