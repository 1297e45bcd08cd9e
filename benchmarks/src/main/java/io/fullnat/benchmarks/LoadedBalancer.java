// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import io.fullnat.api.Protocol;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.benchmarks.loop.LoopNetwork;
import io.fullnat.benchmarks.loop.LoopTraffic;
import io.fullnat.core.FullNatBalancer;
import java.util.concurrent.TimeUnit;

/// A balancer on threads of its own whose one worker forwards as fast as it can, requests and
/// answers of UDP flows in turn.
record LoadedBalancer(LoopTraffic traffic, int flows) implements AutoCloseable {
    static final LoopNetwork NETWORK = new LoopNetwork(Protocol.UDP, 300);

    private static final long PATIENCE_NS = TimeUnit.MINUTES.toNanos(1);

    /// Starts it and waits until all flows have their connections.
    static LoadedBalancer start(int flows) {
        LoadedBalancer loaded =
                new LoadedBalancer(LoopTraffic.start(NETWORK, 1 << 20, true), flows);
        loaded.traffic.runForever(flows);
        loaded.awaitConnections();
        return loaded;
    }

    FullNatBalancer balancer() {
        return traffic.balancer();
    }

    Control control() {
        return balancer().control();
    }

    BurstGaps gaps() {
        return traffic.io().loop().gaps();
    }

    /// Waits until each flow has its connection (again).
    void awaitConnections() {
        long deadline = System.nanoTime() + PATIENCE_NS;
        while (balancer().counters().total(Counter.CONNECTIONS) < flows) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(
                        balancer().counters().total(Counter.CONNECTIONS) + " of " + flows);
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        traffic.close();
    }
}
