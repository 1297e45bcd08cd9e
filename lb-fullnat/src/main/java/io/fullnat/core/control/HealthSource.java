// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Clock;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Health;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;

/// Puts together how the balancer is. Read by any thread.
final class HealthSource {
    private final PacketIo io;
    private final WorkerSet workers;
    private final Clock clock;
    private final WorkerWatch watch;
    private final Conditions conditions;

    HealthSource(
            PacketIo io, WorkerSet workers, Clock clock, WorkerWatch watch, Conditions conditions) {
        this.io = io;
        this.workers = workers;
        this.clock = clock;
        this.watch = watch;
        this.conditions = conditions;
    }

    Health read() {
        long now = clock.nanoTime();
        List<Health.WorkerHealth> states = new ArrayList<>();
        for (int worker = 0; worker < workers.size(); worker++) {
            WorkerCounters counters = workers.counters(worker);
            states.add(
                    new Health.WorkerHealth(
                            worker,
                            counters.get(Counter.CYCLES),
                            watch.idle(worker, now),
                            counters.get(Counter.FAULTS)));
        }
        List<Health.PortHealth> ports = new ArrayList<>();
        for (PacketPort port : io.ports()) {
            ports.add(new Health.PortHealth(port.name(), link(port)));
        }
        List<ActiveCondition> active = conditions.active(now);
        return new Health(status(ports, active), states, ports, active);
    }

    private static LinkState link(PacketPort port) {
        try {
            return port.link();
        } catch (RuntimeException fault) { // of a port that is closed, or of somebody's own
            return LinkState.down(String.valueOf(fault.getMessage()));
        }
    }

    private static Health.Status status(
            List<Health.PortHealth> ports, List<ActiveCondition> active) {
        boolean stalled =
                active.stream().anyMatch(each -> each.condition() == Condition.WORKER_STALLED);
        if (stalled || ports.stream().noneMatch(port -> port.link().up())) {
            return Health.Status.DOWN;
        }
        boolean troubled = !active.isEmpty() || ports.stream().anyMatch(port -> !port.link().up());
        return troubled ? Health.Status.DEGRADED : Health.Status.UP;
    }
}
