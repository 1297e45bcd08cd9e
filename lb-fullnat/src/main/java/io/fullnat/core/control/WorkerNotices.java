// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.core.health.Notices;
import io.fullnat.core.worker.WorkerSet;
import java.util.concurrent.TimeUnit;

/// The notices of all workers, added up.
record WorkerNotices(WorkerSet workers) implements Notices {
    @Override
    public void watch(int slot, boolean silence, long nowNs) {
        int second = (int) TimeUnit.NANOSECONDS.toSeconds(nowNs - workers.epochNs());
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.traffic(worker).notices().watch(slot, silence, second);
        }
    }

    @Override
    public void unwatch(int slot) {
        for (int worker = 0; worker < workers.size(); worker++) {
            workers.traffic(worker).notices().unwatch(slot);
        }
    }

    @Override
    public long failures(int slot) {
        long all = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            all += workers.traffic(worker).notices().failures(slot);
        }
        return all;
    }

    @Override
    public long answers(int slot) {
        long all = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            all += workers.traffic(worker).notices().answers(slot);
        }
        return all;
    }
}
