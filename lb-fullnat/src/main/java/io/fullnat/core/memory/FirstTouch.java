// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import io.fullnat.api.io.Memory;

/// Gets the pages of reserved regions from the system little by little, while their thread has
/// nothing else to do: so neither the start waits for hundreds of megabytes, nor later a packet for
/// its page. Used by the regions' one thread.
public final class FirstTouch {
    /// The smallest page that the system gives.
    private static final int PAGE = 4096;

    private final Region[] regions;
    private int region;
    private long offset;

    /// Regions of which nothing was touched.
    ///
    /// @param regions in the order in which they will be needed
    public FirstTouch(Region... regions) {
        this.regions = regions.clone();
    }

    /// Prefetches the next pages; what they hold stays.
    ///
    /// @param pages how many at most: each takes the system about a microsecond
    /// @return how many it were; 0 when all have been touched
    public int step(int pages) {
        int touched = 0;
        while (touched < pages && region < regions.length) {
            if (offset >= regions[region].size()) {
                region++;
                offset = 0;
                continue;
            }
            Memory.touch(regions[region].address() + offset);
            offset += PAGE;
            touched++;
        }
        return touched;
    }
}
