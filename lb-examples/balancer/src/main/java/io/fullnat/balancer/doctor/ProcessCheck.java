// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// What the kernel lets the balancer's process have: memory that stays where it is, files, and
/// memory at all.
final class ProcessCheck implements Check {
    private static final double MEGABYTE = 1 << 20;

    @Override
    public String what() {
        return "swapping, open files and memory of the process";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.machine().process().isPresent();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.machine()
                .process()
                .ifPresent(process -> {
                    swapped(process, findings);
                    files(process, findings);
                    memory(reading.machine(), process, findings);
                });
        return findings;
    }

    private static void swapped(Machine.ProcessState process, List<Finding> findings) {
        long kilobytes = process.swappedKilobytes().orElse(0);
        if (kilobytes > 0) {
            findings.add(
                    Diagnosis.SWAPPED.of(
                            "process " + process.pid(),
                            kilobytes + " kB in swap",
                            "/proc/" + process.pid() + "/status, VmSwap"));
        }
    }

    private static void files(Machine.ProcessState process, List<Finding> findings) {
        OptionalLong open = process.openFiles();
        OptionalLong most = process.mostFiles();
        if (open.isPresent()
                && most.isPresent()
                && open.getAsLong() >= Thresholds.OPEN_FILES * most.getAsLong()) {
            findings.add(
                    Diagnosis.OPEN_FILES.of(
                            "process " + process.pid(),
                            open.getAsLong() + " of " + most.getAsLong() + " files are open",
                            "/proc/" + process.pid() + "/fd and /limits"));
        }
    }

    private static void memory(
            Machine machine, Machine.ProcessState process, List<Finding> findings) {
        OptionalLong used = machine.memoryUsed();
        OptionalLong most = machine.memoryLimit();
        if (used.isPresent()
                && most.isPresent()
                && used.getAsLong() >= Thresholds.MEMORY * most.getAsLong()) {
            findings.add(
                    Diagnosis.MEMORY_LIMIT.of(
                            "process " + process.pid(),
                            String.format(
                                    Locale.ROOT,
                                    "%.0f of %.0f MiB are in use",
                                    used.getAsLong() / MEGABYTE,
                                    most.getAsLong() / MEGABYTE),
                            "memory.current and memory.max of its cgroup"));
        }
    }
}
