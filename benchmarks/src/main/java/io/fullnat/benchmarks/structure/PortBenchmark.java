// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.PortPartition;
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

/// Choosing a local port towards one real server and giving it back, by how many are in use.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PortBenchmark {
    private static final int UDP = 17;
    private static final int SERVER_PORT = 0x3500;
    private static final long SERVER_AND_LOCAL = 0x6471_00CB_0B71_00CBL;

    /// How many of the ports are in use, in percent.
    @Param({"1", "50", "90", "99"})
    public int usedPercent;

    private ConnectionTable table;
    private LocalPorts ports;
    private final PortAllocator allocator = new PortAllocator();

    /// Uses the ports.
    @Setup
    public void open() {
        PortPartition all = new PortPartition(0, 1);
        table = new ConnectionTable(1 << 17, 42, 0, (entry, evicted) -> {});
        ports = new LocalPorts(all, table, 42);
        for (int i = 0; i < all.count() * usedPercent / 100; i++) {
            int port = ports.choose(allocator, SERVER_AND_LOCAL, SERVER_PORT, UDP);
            long entry =
                    table.open(
                            i,
                            ConnectionKey.portsAndProtocol(i, UDP),
                            SERVER_AND_LOCAL,
                            ConnectionKey.portsAndProtocol(
                                    LocalPorts.ports(SERVER_PORT, port), UDP));
            table.start(entry, ConnectionState.UDP_NORMAL, 300, 0);
        }
    }

    /// One port.
    ///
    /// @return its number
    @Benchmark
    public int chooseAndRelease() {
        int port = ports.choose(allocator, SERVER_AND_LOCAL, SERVER_PORT, UDP);
        ports.release(allocator, port);
        return port;
    }

    /// Frees everything.
    @TearDown
    public void close() {
        ports.close();
        table.close();
    }
}
