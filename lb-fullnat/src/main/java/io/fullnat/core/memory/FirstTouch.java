// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.io.Memory;

/// Gets the pages of a reserved region from the system little by little, while their thread has
/// nothing else to do: so neither the start waits for hundreds of megabytes, nor later a packet for
/// its page. Used by the region's one thread.
public final class FirstTouch {
    /// The smallest page that the system gives.
    private static final int PAGE = 4096;

    private final long address;
    private final long length;
    private long offset;

    /// A region of which nothing was touched.
    ///
    /// @param region whose pages are wanted
    /// @param length how many of its bytes, from the first
    public FirstTouch(Region region, long length) {
        address = region.address();
        this.length = length;
    }

    /// Touches the next pages; what they hold stays.
    ///
    /// @param pages how many at most: each takes the system about a microsecond
    /// @return how many it were; 0 when all have been touched
    public int step(int pages) {
        int touched = 0;
        for (; touched < pages && offset < length; touched++) {
            Memory.touch(address + offset);
            offset += PAGE;
        }
        return touched;
    }
}
