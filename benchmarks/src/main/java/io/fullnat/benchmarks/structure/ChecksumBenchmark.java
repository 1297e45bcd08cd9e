// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.core.packet.Checksum;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The Internet checksum (RFC 1071) over a range, and its correction for one word (RFC 1624), which
/// is all that forwarding needs.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
    /// Bytes.
    @Param({"20", "64", "1480"})
    public int length;

    private final Arena arena = Arena.ofConfined();
    private final long bytes = arena.allocate(2048, 64).address();
    private int checksum = 0x1234;

    /// Sums up all bytes.
    ///
    /// @return the checksum
    @Benchmark
    public int whole() {
        return Checksum.internet(bytes, length);
    }

    /// Corrects a sum.
    ///
    /// @return the checksum
    @Benchmark
    public int update() {
        checksum = Checksum.update(checksum, 0x4000, 0x3F00);
        return checksum;
    }

    /// Frees the bytes.
    @TearDown
    public void close() {
        arena.close();
    }
}
