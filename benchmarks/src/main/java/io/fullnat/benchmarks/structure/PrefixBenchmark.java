// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.core.address.PrefixMap;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The longest prefix of an address among many: routes and access rules. Each look-up is for
/// another address, drawn beforehand; three of four lie in a network.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PrefixBenchmark {
    private static final int ADDRESSES = 1 << 18;
    private static final long MAPPED = 0xFFFFL << 32;

    /// Of which family, and which lengths: `v4` has 8 to 32, `v6` 16 to 64 as tables of the
    /// Internet have, `v6-any` all of 1 to 128.
    @Param({"v4", "v6", "v6-any"})
    public String kind;

    /// How many there are.
    @Param({"8", "1000", "100000"})
    public int prefixes;

    private PrefixMap map;
    private final long[] addresses = new long[2 * ADDRESSES];
    private int next;

    /// Draws networks and addresses.
    @Setup
    public void create() {
        Random random = new Random(7);
        boolean v4 = kind.equals("v4");
        List<PrefixMap.Entry> entries = new ArrayList<>();
        Set<List<Long>> seen = new HashSet<>();
        while (entries.size() < prefixes) {
            int length =
                    switch (kind) {
                        case "v4" -> 96 + 8 + random.nextInt(25);
                        case "v6" -> 16 + random.nextInt(49);
                        default -> 1 + random.nextInt(128);
                    };
            long high = v4 ? 0 : 0x2000_0000_0000_0000L | random.nextLong() >>> 3;
            long low = v4 ? MAPPED | (random.nextInt() & 0xFFFF_FFFFL) : random.nextLong();
            long maskHigh = length >= 64 ? -1 : -1L << (64 - length);
            long maskLow = length <= 64 ? 0 : -1L << (128 - length);
            if (seen.add(List.of(high & maskHigh, low & maskLow, (long) length))) {
                entries.add(
                        new PrefixMap.Entry(
                                high & maskHigh, low & maskLow, length, entries.size()));
            }
        }
        map = new PrefixMap(entries);
        for (int i = 0; i < ADDRESSES; i++) {
            PrefixMap.Entry near = entries.get(random.nextInt(prefixes));
            boolean within = random.nextInt(4) != 0;
            int length = within ? near.length() : Math.min(near.length(), v4 ? 100 : 3);
            long maskHigh = length >= 64 ? 0 : -1L >>> length;
            long maskLow = length <= 64 ? -1 : length == 128 ? 0 : -1L >>> (length - 64);
            addresses[2 * i] = near.high() | (random.nextLong() & maskHigh);
            addresses[2 * i + 1] = near.low() | (random.nextLong() & maskLow);
        }
    }

    /// One look-up.
    ///
    /// @return the network's number
    @Benchmark
    public int find() {
        next = (next + 1) & (ADDRESSES - 1);
        return map.find(addresses[2 * next], addresses[2 * next + 1]);
    }
}
