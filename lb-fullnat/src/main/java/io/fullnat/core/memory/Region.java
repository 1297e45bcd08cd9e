// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;

/// A block of memory outside the heap, aligned to cache lines, reached by address through [Memory].
///
/// Used by one thread, but for single 64-bit words that others may read; closed when no thread uses
/// it any more. After [#close()] an access to it ends the JVM.
public final class Region implements AutoCloseable {
    /// Bytes that a CPU moves at once; what two threads write must not share them.
    public static final int CACHE_LINE = 64;

    private final long block;
    private final long address;
    private final long size;
    private boolean closed;

    private Region(long size) {
        block = Memory.allocate(size + CACHE_LINE - 1);
        address = block + CACHE_LINE - 1 & -CACHE_LINE;
        this.size = size;
    }

    /// Allocates a block and writes zeros to it, which takes a millisecond for a few megabytes.
    ///
    /// @param bytes its size, 1 or more
    /// @param purpose named in the error
    /// @return a zeroed block
    /// @throws BalancerException [ErrorCode#MEMORY] if the system has not enough
    public static Region allocate(long bytes, String purpose) {
        Region region = reserve(bytes, purpose);
        Memory.zero(region.address, bytes);
        return region;
    }

    /// Allocates a block of zeros that takes memory only as it is written, page by page, as far as
    /// the system says which pages are there.
    ///
    /// @param bytes its size, 1 or more
    /// @param purpose named in the error
    /// @return a zeroed block
    /// @throws BalancerException [ErrorCode#MEMORY] if the system has not enough
    public static Region allocateSparse(long bytes, String purpose) {
        Region region = reserve(bytes, purpose);
        AbsentPages.zeroOthers(region.address, bytes);
        return region;
    }

    /// Allocates a block without touching it: the system gives a large one its pages as they are
    /// first written, so it takes no time, however large it is.
    ///
    /// @param bytes its size, 1 or more
    /// @param purpose named in the error
    /// @return a block that holds anything
    /// @throws BalancerException [ErrorCode#MEMORY] if the system has not enough
    public static Region reserve(long bytes, String purpose) {
        try {
            return new Region(bytes);
        } catch (OutOfMemoryError none) {
            throw new BalancerException(
                    ErrorCode.MEMORY,
                    "no " + (bytes >> 20) + " MiB of memory for " + purpose + "; ask for less",
                    none);
        }
    }

    /// The first byte.
    ///
    /// @return a native address, a multiple of [#CACHE_LINE]
    public long address() {
        return address;
    }

    /// How large it is.
    ///
    /// @return bytes
    public long size() {
        return size;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Memory.free(block);
        }
    }
}
