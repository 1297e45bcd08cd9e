package io.fullnat.core.memory;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A block of zeroed memory outside the heap, aligned to cache lines, reached by address through
/// [io.fullnat.api.io.Memory].
///
/// Used by one thread, but for single 64-bit words that others may read; closed when no thread uses
/// it any more. After [#close()] an access to it ends the JVM.
public final class Region implements AutoCloseable {
    /// Bytes that a CPU moves at once; what two threads write must not share them.
    public static final int CACHE_LINE = 64;

    private final Arena arena = Arena.ofShared();
    private final long address;
    private final long size;

    private Region(long size) {
        MemorySegment segment = arena.allocate(size, CACHE_LINE);
        this.address = segment.address();
        this.size = size;
    }

    /// Allocates a block.
    ///
    /// @param bytes its size, 1 or more
    /// @param purpose named in the error
    /// @return a zeroed block
    /// @throws BalancerException [ErrorCode#MEMORY] if the system has not enough
    public static Region allocate(long bytes, String purpose) {
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
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
