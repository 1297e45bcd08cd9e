// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.host.HostReport.Finding;
import io.fullnat.balancer.host.HostReport.PortPlace;
import io.fullnat.balancer.host.HostReport.WorkerPlace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Looks at the machine that a configuration is to run on, or runs on. It only reads files.
public final class HostInspection {
    private HostInspection() {}

    /// Looks before the start.
    ///
    /// @param root the folder that holds `proc` and `sys`: `/`, but for tests
    /// @param configuration what is to run
    /// @return what was found
    public static HostReport before(Path root, Configuration configuration) {
        return inspect(root, configuration, false);
    }

    /// Looks at the machine around this process, whose ports are open.
    ///
    /// @param root the folder that holds `proc` and `sys`: `/`, but for tests
    /// @param configuration what runs
    /// @return what was found
    public static HostReport running(Path root, Configuration configuration) {
        return inspect(root, configuration, true);
    }

    private static HostReport inspect(Path root, Configuration configuration, boolean runs) {
        HostFiles files = new HostFiles(root);
        ProcessorInspection processors = new ProcessorInspection(files, configuration.workers());
        MemoryInspection memory = new MemoryInspection(files, configuration);
        BitSet allowed = processors.allowed();
        OptionalDouble quota = CpuQuota.read(files);
        List<WorkerPlace> workers = processors.places();
        List<PortPlace> ports = memory.ports();
        Optional<Boolean> used = runs ? Optional.of(memory.usesHugepages()) : Optional.empty();
        List<Finding> findings = new ArrayList<>(processors.findings(workers, allowed, quota));
        findings.addAll(memory.findings(workers, ports, used));
        return new HostReport(
                workers,
                ports,
                CpuList.format(allowed),
                quota,
                memory.nodes(),
                memory.hugepages(),
                used,
                memory.transparentHugepages(),
                findings);
    }
}
