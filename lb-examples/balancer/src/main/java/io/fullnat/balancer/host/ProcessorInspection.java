// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import io.fullnat.balancer.config.WorkerSettings;
import io.fullnat.balancer.host.HostReport.Finding;
import io.fullnat.balancer.host.HostReport.WorkerPlace;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Looks at the CPUs of the workers.
final class ProcessorInspection {
    private static final String CPUS = "sys/devices/system/cpu/";
    private static final String BEST_GOVERNOR = "performance";

    private final HostFiles files;
    private final WorkerSettings workers;
    private final BitSet isolated;
    private final BitSet tickless;

    ProcessorInspection(HostFiles files, WorkerSettings workers) {
        this.files = files;
        this.workers = workers;
        isolated = files.list(CPUS + "isolated");
        tickless = files.list(CPUS + "nohz_full");
    }

    /// The CPUs that the process may use; all that are on if it cannot be told.
    BitSet allowed() {
        return files.ofProcess("Cpus_allowed_list")
                .map(CpuList::parse)
                .orElseGet(() -> files.list(CPUS + "online"));
    }

    List<WorkerPlace> places() {
        List<WorkerPlace> places = new ArrayList<>();
        for (int worker = 0; worker < workers.count(); worker++) {
            places.add(
                    workers.cpus().isEmpty()
                            ? new WorkerPlace(
                                    worker,
                                    OptionalInt.empty(),
                                    OptionalInt.empty(),
                                    "",
                                    false,
                                    false,
                                    Optional.empty())
                            : place(worker, workers.cpus().get(worker)));
        }
        return places;
    }

    private WorkerPlace place(int worker, int cpu) {
        BitSet siblings = files.list(CPUS + "cpu" + cpu + "/topology/thread_siblings_list");
        siblings.clear(cpu);
        return new WorkerPlace(
                worker,
                OptionalInt.of(cpu),
                node(cpu),
                CpuList.format(siblings),
                isolated.get(cpu),
                tickless.get(cpu),
                files.text(CPUS + "cpu" + cpu + "/cpufreq/scaling_governor"));
    }

    /// The kernel links each CPU's folder to its node's.
    private OptionalInt node(int cpu) {
        for (String name : files.names(CPUS + "cpu" + cpu)) {
            if (name.matches("node\\d{1,5}")) {
                return OptionalInt.of(Integer.parseInt(name.substring("node".length())));
            }
        }
        return OptionalInt.empty();
    }

    /// What is not as it had better be.
    ///
    /// @param quota CPUs that cgroups grant
    List<Finding> findings(List<WorkerPlace> places, BitSet allowed, OptionalDouble quota) {
        List<Finding> findings = new ArrayList<>();
        if (workers.cpus().isEmpty()) {
            findings.add(new Finding(HostFinding.NOT_PINNED, ""));
        }
        add(
                findings,
                HostFinding.CPU_NOT_ALLOWED,
                places,
                place -> !allowed.isEmpty() && !allowed.get(cpu(place)));
        if (!allowed.isEmpty() && allowed.cardinality() <= workers.count()) {
            findings.add(
                    new Finding(
                            HostFinding.TOO_FEW_CPUS,
                            "CPUs " + allowed.cardinality() + ", workers " + workers.count()));
        }
        if (quota.isPresent() && quota.getAsDouble() < workers.count()) {
            findings.add(
                    new Finding(
                            HostFinding.CPU_QUOTA,
                            "quota " + quota.getAsDouble() + " CPUs, workers " + workers.count()));
        }
        add(findings, HostFinding.WORKERS_SHARE_CORE, places, this::sharesWithWorker);
        add(findings, HostFinding.CORE_SHARED, places, this::sharesWithAll);
        add(findings, HostFinding.NOT_ISOLATED, places, place -> !place.isolated());
        add(
                findings,
                HostFinding.NOT_TICKLESS,
                places,
                place -> place.isolated() && !place.tickless());
        add(
                findings,
                HostFinding.CPU_GOVERNOR,
                places,
                place -> !place.governor().orElse(BEST_GOVERNOR).equals(BEST_GOVERNOR));
        return findings;
    }

    private boolean sharesWithWorker(WorkerPlace place) {
        return CpuList.parse(place.siblings()).stream().anyMatch(workers.cpus()::contains);
    }

    private boolean sharesWithAll(WorkerPlace place) {
        return CpuList.parse(place.siblings()).stream()
                .anyMatch(cpu -> !workers.cpus().contains(cpu) && !isolated.get(cpu));
    }

    private static void add(
            List<Finding> findings,
            HostFinding kind,
            List<WorkerPlace> places,
            Predicate<WorkerPlace> test) {
        List<Integer> found =
                places.stream()
                        .filter(place -> place.cpu().isPresent())
                        .filter(test)
                        .map(ProcessorInspection::cpu)
                        .toList();
        if (!found.isEmpty()) {
            findings.add(new Finding(kind, HostReport.list("CPU", found)));
        }
    }

    private static int cpu(WorkerPlace place) {
        return place.cpu().orElseThrow();
    }
}
