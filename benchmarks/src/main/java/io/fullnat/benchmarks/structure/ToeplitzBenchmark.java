// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.api.io.Toeplitz;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The Toeplitz hash of an IPv4 tuple, by which a worker predicts where an answer arrives.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ToeplitzBenchmark {
    private final Toeplitz toeplitz = new Toeplitz(key(), 12);
    private long addresses = 0x6471_00CB_0B71_00CBL;
    private int ports = 0x3500;

    private static byte[] key() {
        byte[] key = new byte[40];
        new SplittableRandom(42).nextBytes(key);
        return key;
    }

    /// One tuple.
    ///
    /// @return its hash
    @Benchmark
    public int hash() {
        ports += 1 << 16;
        return toeplitz.hash(addresses, ports);
    }
}
