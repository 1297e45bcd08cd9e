// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DriftTest {
    private static final long MIB = 1 << 20;

    @Test
    void figuresThatStayPass() {
        assertThat(drift(i -> sample(100, 1_000, 50, 280, 30, 60)).failures()).isEmpty();
    }

    @Test
    void oneBadSampleOfAQuarterIsNoise() {
        assertThat(drift(i -> sample(i == 15 ? 900 : 100, 1_000, 50, 280, 30, 60)).failures())
                .isEmpty();
    }

    @Test
    void eachFigureThatGrowsIsNamedWithItsValues() {
        assertThat(drift(i -> sample(100 + 10 * i, 1_000, 50, 280, 30, 60)).failures())
                .containsExactly(
                        "ns a packet: 120.0 in the first quarter, 240.0 in the last, 180.0 allowed");
        assertThat(drift(i -> sample(100, 1_000 + 10 * i, 50, 280, 30, 60)).failures())
                .singleElement(STRING)
                .startsWith("RSS, MiB: 1020.0");
        assertThat(drift(i -> sample(100, 1_000, 50 + 2 * i, 280, 30, 60)).failures())
                .singleElement(STRING)
                .startsWith("heap after a collection, MiB: 54.0");
        assertThat(drift(i -> sample(100, 1_000, 50, 280 + i, 30, 60)).failures())
                .singleElement(STRING)
                .startsWith("off-heap, MiB: 282.0");
        assertThat(drift(i -> sample(100, 1_000, 50, 280, 30 + i, 60)).failures())
                .singleElement(STRING)
                .startsWith("threads: 32.0");
        assertThat(drift(i -> sample(100, 1_000, 50, 280, 30, 60 + i)).failures())
                .singleElement(STRING)
                .startsWith("open files: 62.0");
    }

    private static Drift drift(IntFunction<Sample> sample) {
        return new Drift(IntStream.range(0, 16).mapToObj(sample).toList(), 1.5);
    }

    private static Sample sample(
            double ns, long residentMib, long heapMib, long offHeapMib, long threads, long files) {
        return new Sample(
                0,
                1,
                ns,
                0,
                0,
                heapMib * MIB,
                residentMib * MIB,
                offHeapMib * MIB,
                threads,
                files,
                0);
    }
}
