// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;

/// How a machine suits a balancer: what is so, and what had better be otherwise. Immutable.
///
/// @param workers where each runs, in order
/// @param ports on which node each device is, in order
/// @param allowedCpus that the process may use, as a list
/// @param cpuQuota CPUs that cgroups grant, empty if they set no limit
/// @param nodes how many NUMA nodes there are
/// @param hugepages the sizes that the kernel has
/// @param inHugepages whether this process's packets lie in them; empty if it forwards none
/// @param transparentHugepages the kernel's mode
/// @param findings with advice
public record HostReport(
        List<WorkerPlace> workers,
        List<PortPlace> ports,
        String allowedCpus,
        OptionalDouble cpuQuota,
        int nodes,
        List<HugepageSize> hugepages,
        Optional<Boolean> inHugepages,
        Optional<String> transparentHugepages,
        List<Finding> findings) {
    /// Copies the lists.
    public HostReport {
        workers = List.copyOf(workers);
        ports = List.copyOf(ports);
        hugepages = List.copyOf(hugepages);
        findings = List.copyOf(findings);
    }

    /// Where a worker runs.
    ///
    /// @param worker its number
    /// @param cpu its CPU, empty if it has none of its own; the rest then says nothing
    /// @param node the CPU's
    /// @param siblings the other threads of its core, as a list
    /// @param isolated whether the scheduler puts nothing else there
    /// @param tickless whether the timer leaves it alone
    /// @param governor of its clock rate
    public record WorkerPlace(
            int worker,
            OptionalInt cpu,
            OptionalInt node,
            String siblings,
            boolean isolated,
            boolean tickless,
            Optional<String> governor) {}

    /// Where a port's device is.
    ///
    /// @param port its name
    /// @param device as configured
    /// @param node its NUMA node, empty if it has none
    public record PortPlace(String port, String device, OptionalInt node) {}

    /// Hugepages of one size.
    ///
    /// @param kilobytes the size
    /// @param reserved how many there are
    /// @param free how many of them nobody uses
    public record HugepageSize(long kilobytes, long reserved, long free) {}

    /// Something to be better.
    ///
    /// @param kind what it is
    /// @param detail where it was found; may be empty
    public record Finding(HostFinding kind, String detail) {
        @Override
        public String toString() {
            return kind
                    + ": "
                    + kind.meaning()
                    + (detail.isEmpty() ? "" : " (" + detail + ")")
                    + "; "
                    + kind.advice();
        }
    }

    /// The report for people.
    ///
    /// @return a line for each worker, three for the rest, one for each finding
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        workers.forEach(place -> lines.add("host: " + describe(place)));
        lines.add(
                "host: CPUs "
                        + allowedCpus
                        + " allowed, quota "
                        + (cpuQuota.isEmpty() ? "none" : cpuQuota.getAsDouble() + " CPUs"));
        lines.add("host: " + pages());
        lines.add("host: NUMA nodes " + nodes + places());
        findings.forEach(finding -> lines.add("advice: " + finding));
        return lines;
    }

    private static String describe(WorkerPlace place) {
        String worker = "worker " + place.worker();
        if (place.cpu().isEmpty()) {
            return worker + " not pinned";
        }
        return worker
                + " on CPU "
                + place.cpu().getAsInt()
                + (place.node().isEmpty() ? "" : ", node " + place.node().getAsInt())
                + (place.siblings().isEmpty() ? "" : ", core with CPU " + place.siblings())
                + (place.isolated() ? ", isolated" : ", not isolated")
                + (place.tickless() ? ", tickless" : "")
                + place.governor().map(name -> ", governor " + name).orElse("");
    }

    private String pages() {
        StringBuilder text = new StringBuilder();
        inHugepages.ifPresent(used ->
                text.append(used ? "packets in hugepages; " : "packets in ordinary pages; "));
        text.append("hugepages ");
        for (HugepageSize size : hugepages) {
            text.append(size.free())
                    .append(" of ")
                    .append(size.reserved())
                    .append(" x ")
                    .append(size.kilobytes())
                    .append(" kB free, ");
        }
        return text.append(hugepages.isEmpty() ? "none, " : "")
                .append("transparent ")
                .append(transparentHugepages.orElse("unknown"))
                .toString();
    }

    private String places() {
        StringBuilder text = new StringBuilder();
        for (PortPlace place : ports) {
            text.append(text.isEmpty() ? "; " : ", ").append("port ").append(place.port());
            text.append(place.node().isEmpty() ? " on none" : " on " + place.node().getAsInt());
        }
        return text.toString();
    }

    /// Puts several numbers into a detail, as a list.
    static String list(String singular, List<Integer> numbers) {
        BitSet set = new BitSet();
        new TreeSet<>(numbers).forEach(set::set);
        return singular + " " + CpuList.format(set);
    }
}
