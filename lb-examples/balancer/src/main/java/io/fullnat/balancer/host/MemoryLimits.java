// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.host.HostReport.Finding;
import io.fullnat.balancer.host.HostReport.HugepageSize;
import io.fullnat.dpdk.HugepageLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Limits that are set to a process or its container, which show late and badly: DPDK cannot map
/// memory for a device, or the kernel ends the process when it touches a page.
final class MemoryLimits {
    private static final Pattern LOCKED =
            Pattern.compile("^Max locked memory\\s+(\\d{1,18})\\s", Pattern.MULTILINE);

    /// `CAP_IPC_LOCK`, with which the limit does not count.
    private static final int IPC_LOCK = 14;

    private final HostFiles files;
    private final Configuration configuration;

    MemoryLimits(HostFiles files, Configuration configuration) {
        this.files = files;
        this.configuration = configuration;
    }

    List<Finding> findings(List<HugepageSize> sizes) {
        List<Finding> findings = new ArrayList<>();
        for (HugepageSize size : sizes) {
            long free = size.free() * size.kilobytes();
            long limit = HugepageLimit.bytes(files.root(), size.kilobytes()) / 1024;
            if (size.free() > 0 && limit < free) {
                String detail = limit + " of " + free + " kB";
                findings.add(new Finding(HostFinding.HUGEPAGES_LIMITED, detail));
            }
        }
        if (configuration.ports().stream().anyMatch(MemoryLimits::readsMemory) && !mayLockAll()) {
            Matcher limit = LOCKED.matcher(files.text("proc/self/limits").orElse(""));
            if (limit.find()) {
                String detail = Long.parseLong(limit.group(1)) / 1024 + " kB";
                findings.add(new Finding(HostFinding.LOCKED_MEMORY, detail));
            }
        }
        return findings;
    }

    /// A NIC by vfio-pci, and an XDP socket.
    private static boolean readsMemory(PortSettings port) {
        return port.device().pci() || port.device().text().startsWith("af_xdp");
    }

    private boolean mayLockAll() {
        String capabilities = files.ofProcess("CapEff").orElse("");
        return capabilities.matches("[0-9a-f]{16}")
                && (Long.parseUnsignedLong(capabilities, 16) >> IPC_LOCK & 1) == 1;
    }
}
