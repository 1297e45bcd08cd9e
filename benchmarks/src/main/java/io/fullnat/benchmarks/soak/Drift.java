// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Compares the last quarter of a soak with the first, medians of both: nothing may have grown
/// beyond a bound.
final class Drift {
    /// Fewer samples have no quarters.
    static final int MIN_SAMPLES = 8;

    private static final double MIB = 1 << 20;
    private static final double RESIDENT_MIB = 32;
    private static final double HEAP_MIB = 16;
    private static final double OFF_HEAP_MIB = 1;
    private static final double THREADS = 2;
    private static final double FILES = 2;

    private final List<Sample> first;
    private final List<Sample> last;
    private final List<String> lines = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /// @param samples of the whole soak, at least [#MIN_SAMPLES]
    /// @param slowdown how many times as long a packet may take at the end
    Drift(List<Sample> samples, double slowdown) {
        int quarter = samples.size() / 4;
        first = samples.subList(0, quarter);
        last = samples.subList(samples.size() - quarter, samples.size());
        double ns = median(first, Sample::nsPerPacket);
        compare("ns a packet", Sample::nsPerPacket, ns * (slowdown - 1));
        compare("RSS, MiB", sample -> sample.residentBytes() / MIB, RESIDENT_MIB);
        compare("heap after a collection, MiB", sample -> sample.heapBytes() / MIB, HEAP_MIB);
        compare("off-heap, MiB", sample -> sample.offHeapBytes() / MIB, OFF_HEAP_MIB);
        compare("threads", Sample::threads, THREADS);
        compare("open files", Sample::files, FILES);
    }

    private void compare(String what, ToDoubleFunction<Sample> value, double allowed) {
        double before = median(first, value);
        double after = median(last, value);
        String line =
                String.format(
                        Locale.ROOT,
                        "%s: %.1f in the first quarter, %.1f in the last, %.1f allowed",
                        what,
                        before,
                        after,
                        before + allowed);
        lines.add(line);
        if (after > before + allowed) {
            failures.add(line);
        }
    }

    private static double median(List<Sample> samples, ToDoubleFunction<Sample> value) {
        double[] sorted = samples.stream().mapToDouble(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /// All comparisons.
    List<String> lines() {
        return lines;
    }

    /// Those that failed.
    List<String> failures() {
        return failures;
    }
}
