// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Tells that there are no packet buffers: from the first packet that a port could not receive, or
/// a worker could not make, for want of one, until neither happens any more.
final class BufferWatch implements Watch {
    /// Of a port that does not say.
    static final long UNKNOWN = -1;

    private final Conditions conditions;
    private final List<Needy> all;
    private final long[] before;

    /// Who needs buffers.
    ///
    /// @param name as it stands in the condition
    /// @param wanting how often it found none; [#UNKNOWN] if it does not say now
    record Needy(String name, LongSupplier wanting) {}

    BufferWatch(PacketIo io, WorkerSet workers, Conditions conditions) {
        this(conditions, all(io, workers));
    }

    BufferWatch(Conditions conditions, List<Needy> all) {
        this.conditions = conditions;
        this.all = all;
        before = new long[all.size()];
    }

    private static List<Needy> all(PacketIo io, WorkerSet workers) {
        List<Needy> all = new ArrayList<>();
        for (PacketPort port : io.ports()) {
            all.add(new Needy("port " + port.name(), () -> noBuffer(port)));
        }
        for (int worker = 0; worker < workers.size(); worker++) {
            int number = worker;
            all.add(
                    new Needy(
                            "worker " + number,
                            () -> workers.counters(number).get(Counter.BUFFERS_MISSED)));
        }
        return List.copyOf(all);
    }

    private static long noBuffer(PacketPort port) {
        try {
            return port.statistics().noBuffer();
        } catch (BalancerException silent) {
            return UNKNOWN;
        }
    }

    @Override
    public void poll(long nowNs) {
        for (int i = 0; i < before.length; i++) {
            Needy needy = all.get(i);
            long now = needy.wanting.getAsLong();
            if (now == UNKNOWN) {
                continue;
            }
            if (now > before[i]) {
                conditions.present(
                        Condition.BUFFERS_EXHAUSTED,
                        needy.name,
                        "in the last second " + (now - before[i]) + " times none was free",
                        nowNs);
            }
            before[i] = now;
        }
    }
}
