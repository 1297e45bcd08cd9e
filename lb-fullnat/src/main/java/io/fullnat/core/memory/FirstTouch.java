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
    private long zeros;

    /// A part of a region of which nothing was touched.
    ///
    /// @param address its first byte, a multiple of 8
    /// @param length how many
    public FirstTouch(long address, long length) {
        this.address = address;
        this.length = length;
        zeros = address;
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

    /// Touches the next pages, and fills those with zeros that nobody uses yet: between [#zeros]
    /// and [#done()] is nothing else then, until it is used.
    ///
    /// @param pages how many at most
    /// @param unused the address from which on nobody uses anything
    /// @return how many it were; 0 when all have been touched
    public int step(int pages, long unused) {
        long pagesInUse = Math.ceilDiv(unused - address - offset, PAGE);
        int inUse = step(Math.clamp(pagesInUse, 0, pages));
        if (inUse > 0) {
            zeros = address + done();
        }
        long from = done();
        int others = step(pages - inUse);
        Memory.zero(address + from, done() - from);
        return inUse + others;
    }

    /// Where the pages begin that were filled with zeros, the last ones of those touched.
    ///
    /// @return an address; that behind the last one touched if there are none
    public long zeros() {
        return zeros;
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

    /// Where the part that was touched ends.
    ///
    /// @return an address
    public long end() {
        return address + done();
    }

    /// How far it has come. Any thread may ask.
    ///
    /// @return bytes of the region, from the first
    public long done() {
        return Math.min(offset, length);
    }
}
