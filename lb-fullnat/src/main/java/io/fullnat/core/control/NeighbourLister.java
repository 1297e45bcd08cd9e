// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.NeighbourObserver;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/// Lists the neighbours that the workers know.
final class NeighbourLister {
    private NeighbourLister() {}

    static List<NeighbourStatus> list(WorkerSet workers, IntFunction<String> deviceNames) {
        List<NeighbourStatus> all = new ArrayList<>();
        for (int worker = 0; worker < workers.size(); worker++) {
            NeighbourObserver observer =
                    new NeighbourObserver(workers.workers().get(worker).neighbours());
            for (int index = 0; index < observer.end(); index++) {
                if (observer.read(index)) {
                    all.add(neighbour(observer, worker, deviceNames));
                }
            }
        }
        all.sort(
                Comparator.comparingInt(NeighbourStatus::worker)
                        .thenComparing(NeighbourStatus::address)
                        .thenComparing(NeighbourStatus::device));
        return all;
    }

    private static NeighbourStatus neighbour(
            NeighbourObserver observer, int worker, IntFunction<String> deviceNames) {
        NeighbourStatus.State state =
                switch (observer.state()) {
                    case AdjacencyTable.REACHABLE -> NeighbourStatus.State.REACHABLE;
                    case AdjacencyTable.STALE -> NeighbourStatus.State.STALE;
                    case AdjacencyTable.PROBING -> NeighbourStatus.State.PROBE;
                    case AdjacencyTable.STATIC -> NeighbourStatus.State.STATIC;
                    default -> NeighbourStatus.State.INCOMPLETE;
                };
        Optional<MacAddress> mac =
                state == NeighbourStatus.State.INCOMPLETE
                        ? Optional.empty()
                        : Optional.of(new MacAddress(observer.mac()));
        return new NeighbourStatus(
                worker,
                IpAddress.of(observer.high(), observer.low()),
                mac,
                deviceNames.apply(observer.device()),
                state);
    }
}
