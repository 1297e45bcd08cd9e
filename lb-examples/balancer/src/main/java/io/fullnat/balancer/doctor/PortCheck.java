// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Counter;
import java.util.ArrayList;
import java.util.List;

/// What devices could not give or take, and faults.
final class PortCheck implements Check {
    private static final String SOURCE = "fullnat link list --json, twice";

    @Override
    public String what() {
        return "losses of devices, packet buffers, faults";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> {
                    running.ports().forEach(port -> losses(running, port, findings));
                    running.pools().forEach(pool -> buffers(pool, findings));
                    faults(running, findings);
                });
        return findings;
    }

    private static void losses(Running running, Running.Port port, List<Finding> findings) {
        running.before(port)
                .ifPresent(before -> {
                    long missed = port.missed() - before.missed();
                    if (missed > 0) {
                        findings.add(
                                Diagnosis.RECEIVE_MISSED.of(
                                        "port " + port.name(), "missed +" + missed, SOURCE));
                    }
                    long errors = port.errors() - before.errors();
                    if (errors > 0) {
                        findings.add(
                                Diagnosis.RECEIVE_ERRORS.of(
                                        "port " + port.name(),
                                        "receiveErrors and noBuffer +" + errors,
                                        SOURCE));
                    }
                });
    }

    private static void buffers(Running.Pool pool, List<Finding> findings) {
        long all = pool.free() + pool.inUse();
        if (all > 0 && pool.free() < Thresholds.BUFFERS_FREE * all) {
            findings.add(
                    Diagnosis.BUFFERS_LOW.of(
                            "port " + pool.port(),
                            pool.free() + " of " + all + " are free",
                            "/metrics, fullnat_port_buffers"));
        }
    }

    private static void faults(Running running, List<Finding> findings) {
        long faults = 0;
        for (int worker = 0; worker < running.after().workers().size(); worker++) {
            faults += running.after().of(worker, Counter.FAULTS);
        }
        if (faults > 0) {
            findings.add(
                    Diagnosis.FAULTS.of(
                            "balancer", faults + " since its start", "fullnat counters, FAULTS"));
        }
    }
}
