// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.io.Memory;

/// Gets the pages of a reserved region from the system little by little, while their thread has
/// nothing else to do: so neither the start waits for hundreds of megabytes, nor later a packet for
/// its page. By one thread, but for [#done()].
public final class FirstTouch {
    /// The smallest page that the system gives, in bytes.
    public static final int PAGE = 4096;

    private final long address;
    private final long length;
    private volatile long offset;

    /// A part of a region of which nothing was touched.
    ///
    /// @param address its first byte, a multiple of 8
    /// @param length how many
    public FirstTouch(long address, long length) {
        this.address = address;
        this.length = length;
    }

    /// Touches the next pages; what they hold stays.
    ///
    /// @param pages how many at most: each takes the system about a microsecond
    /// @return how many it were; 0 when all have been touched
    public int step(int pages) {
        long from = offset;
        long end = Math.min(length, from + (long) pages * PAGE);
        if (from >= end) {
            return 0;
        }
        int touched = touch(address + from, end - from);
        offset = from + (long) touched * PAGE;
        return touched;
    }

    /// Touches all pages of a range, whatever else uses them; what they hold stays.
    ///
    /// @param address its first byte, a multiple of 8
    /// @param length its bytes
    /// @return how many pages it were
    public static int touch(long address, long length) {
        int touched = 0;
        for (long at = 0; at < length; at += PAGE) {
            Memory.touch(address + at);
            touched++;
        }
        return touched;
    }

    /// How far it has come. Any thread may ask.
    ///
    /// @return bytes of the region, from the first
    public long done() {
        return Math.min(offset, length);
    }
}
