// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.worker.ViewExchange;
import io.fullnat.core.worker.WorkerView;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What the exchange of views costs a worker: the look into its inbox in every duty cycle, and a
/// change.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ViewSwitchBenchmark {
    private final AtomicLong published = new AtomicLong();
    private final ViewExchange exchange = new ViewExchange(published);
    private final NetworkView network =
            new NetworkView(
                    List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 0);
    private long revision;

    /// Nothing new.
    ///
    /// @return null
    @Benchmark
    public Object look() {
        return exchange.poll(view -> null);
    }

    /// Offer, prepare, publish, take over.
    ///
    /// @return the view
    @Benchmark
    public Object change() {
        WorkerView view =
                new WorkerView(
                        ++revision,
                        network,
                        ServiceMap.EMPTY,
                        new PortAllocator[0],
                        List.of(),
                        List.of(),
                        PurgeRules.NONE,
                        Set.of());
        exchange.offer(view);
        exchange.poll(offered -> null);
        published.set(revision);
        WorkerView adopted = exchange.poll(offered -> null);
        if (adopted != view) {
            throw new IllegalStateException("revision " + revision + " was not adopted");
        }
        return adopted;
    }
}
