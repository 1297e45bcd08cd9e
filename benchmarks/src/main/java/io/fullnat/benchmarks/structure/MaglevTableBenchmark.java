// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.schedule.Schedulers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Making the scheduler `mh` after an edit of one server, of 1000: its table is built anew, once
/// for all workers. The tables are those of the Maglev paper.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MaglevTableBenchmark {
    private static final int SERVERS = 1_000;

    /// Slots of the table.
    @Param({"65537", "655373"})
    public String slots;

    private final List<List<RealServer>> states = new ArrayList<>();
    private SchedulerFactory factory;
    private SchedulerContext context;
    private int edits;

    /// Makes two states of the service, which differ by one server.
    @Setup
    public void create() {
        for (int state = 0; state < 2; state++) {
            List<RealServer> servers = new ArrayList<>();
            servers.add(RealServer.of("10.1.0.1", 80 + state));
            for (int i = 1; i < SERVERS; i++) {
                servers.add(RealServer.of("10.0." + i / 250 + "." + (1 + i % 250), 80));
            }
            states.add(List.copyOf(servers));
        }
        factory = new Schedulers(List.of()).get("mh");
        context =
                new SchedulerContext(
                        0, 1, 42, ServiceKey.tcp("192.0.2.80", 80), Map.of("size", slots));
    }

    /// One edit: the state that was not the last one.
    ///
    /// @return the scheduler
    @Benchmark
    public Scheduler build() {
        return factory.create(states.get(edits++ & 1), context);
    }
}
