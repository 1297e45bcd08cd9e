// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.MacAddress;
import io.fullnat.core.punt.PuntGate;
import java.util.List;

/// A whole fast path around the connection of a [PathBench], with the slow one behind it.
final class FastBench implements AutoCloseable {
    final FastPath fast;
    private final PathBench bench;
    private final SlowPath slow;

    FastBench(PathBench bench) {
        this.bench = bench;
        slow =
                new SlowPath(
                        bench.context,
                        bench.bench.neighbourhood,
                        bench.peers,
                        null,
                        new PuntGate(bench.context.stack(), 0, List.of()));
        fast = fast(64);
    }

    /// Another one for such bursts.
    FastPath fast(int burstSize) {
        long[] macs = {MacAddress.parse(PathBench.OURS).bits()};
        return new FastPath(bench.context, bench.bench.adjacencies, slow, macs, burstSize);
    }

    @Override
    public void close() {
        fast.close();
        slow.close();
    }
}
