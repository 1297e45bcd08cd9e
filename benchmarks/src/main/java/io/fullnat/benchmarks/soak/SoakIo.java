// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.benchmarks.loop.OnePort;
import java.util.List;

/// One port over a [SoakQueue].
final class SoakIo extends OnePort {
    private final SoakQueue queue;

    SoakIo() {
        this(new SoakQueue());
    }

    private SoakIo(SoakQueue queue) {
        super(List.of(queue), List.of(queue.pool()), true);
        this.queue = queue;
    }

    SoakQueue soak() {
        return queue;
    }

    @Override
    public void close() {
        queue.close();
    }
}
