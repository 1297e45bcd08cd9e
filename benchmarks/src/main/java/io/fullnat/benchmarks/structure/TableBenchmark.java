// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The connection table, one look-up, opening or expiry at a time: without the passes by which the
/// packet path has many cache misses under way at once.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TableBenchmark {
    private static final int UDP = 17;
    private static final int IDLE_SECONDS = 60;
    private static final int BATCH = 64;

    /// Capacity of the table.
    @Param({"10000", "1000000"})
    public int capacity;

    /// How much of it is in use.
    @Param({"50", "99"})
    public int loadPercent;

    private ConnectionTable table;
    private SplittableRandom random;
    private int connections;
    private long fresh;
    private int nowSeconds;

    /// Opens the connections.
    @Setup
    public void open() {
        table = new ConnectionTable(capacity, 42, 0, (entry, evicted) -> {});
        random = new SplittableRandom(1);
        connections = (int) ((long) capacity * loadPercent / 100);
        for (int i = 0; i < connections; i++) {
            start(i, Integer.MAX_VALUE >> 1);
        }
        fresh = connections;
    }

    private long start(long flow, int idleSeconds) {
        long entry = table.open(client(flow), ports(flow), ~client(flow), ports(flow));
        table.start(entry, ConnectionState.UDP_NORMAL, idleSeconds, nowSeconds);
        return entry;
    }

    private static long client(long flow) {
        return 0x0A00_0000_5002_00C0L ^ ((flow >>> 14) << 32);
    }

    private static long ports(long flow) {
        return ConnectionKey.portsAndProtocol((int) (flow & 0x3FFF) | (80 << 16), UDP);
    }

    /// Finds one that is there.
    ///
    /// @return its flow
    @Benchmark
    public long hit() {
        long flow = random.nextInt(connections);
        return table.find(client(flow), ports(flow));
    }

    /// Looks for one that is not there.
    ///
    /// @return 0
    @Benchmark
    public long miss() {
        long flow = random.nextInt(connections) + (1L << 32);
        return table.find(client(flow), ports(flow));
    }

    /// Opens one and removes it.
    @Benchmark
    public void openAndRemove() {
        table.remove(start(fresh++, IDLE_SECONDS));
    }

    /// Opens some, lets them time out: the time of all.
    ///
    /// @return how many were looked at
    @Benchmark
    public int openAndExpire64() {
        for (int i = 0; i < BATCH; i++) {
            start(fresh++, 1);
        }
        nowSeconds += 2;
        int seen = 0;
        int step;
        do {
            step = table.expire(nowSeconds, BATCH);
            seen += step;
        } while (step > 0);
        return seen;
    }

    /// Frees the table.
    @TearDown
    public void close() {
        table.close();
    }
}
