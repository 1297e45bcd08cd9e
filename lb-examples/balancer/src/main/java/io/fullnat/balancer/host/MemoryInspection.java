// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.host.HostReport.Finding;
import io.fullnat.balancer.host.HostReport.HugepageSize;
import io.fullnat.balancer.host.HostReport.PortPlace;
import io.fullnat.balancer.host.HostReport.WorkerPlace;
import io.fullnat.dpdk.Hugepages;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Looks at hugepages and NUMA nodes.
final class MemoryInspection {
    private static final String NODES = "sys/devices/system/node/";
    private static final String HUGEPAGES = "hugepages";
    private static final Pattern SIZE = Pattern.compile("hugepages-(\\d{1,12})kB");
    private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");
    private static final Pattern KILOBYTES = Pattern.compile("(\\d{1,15}) kB");
    private static final String IFACE = "iface=";

    private final HostFiles files;
    private final Configuration configuration;

    MemoryInspection(HostFiles files, Configuration configuration) {
        this.files = files;
        this.configuration = configuration;
    }

    int nodes() {
        return Math.max(1, files.list(NODES + "online").cardinality());
    }

    List<PortPlace> ports() {
        List<PortPlace> places = new ArrayList<>();
        for (PortSettings port : configuration.ports()) {
            places.add(new PortPlace(port.name(), port.device().text(), node(port)));
        }
        return places;
    }

    /// The node of a NIC, be it DPDK's own or the one behind a kernel interface.
    private OptionalInt node(PortSettings port) {
        if (port.device().pci()) {
            return files.node("sys/bus/pci/devices/" + port.device().name() + "/numa_node");
        }
        for (String argument : port.device().arguments()) {
            if (argument.startsWith(IFACE) && argument.indexOf('/') < 0) {
                String name = argument.substring(IFACE.length());
                return files.node("sys/class/net/" + name + "/device/numa_node");
            }
        }
        return OptionalInt.empty();
    }

    List<HugepageSize> hugepages() {
        return hugepages("sys/kernel/mm/" + HUGEPAGES);
    }

    private List<HugepageSize> hugepages(String folder) {
        List<HugepageSize> sizes = new ArrayList<>();
        for (String name : files.names(folder)) {
            Matcher matcher = SIZE.matcher(name);
            if (matcher.matches()) {
                String size = folder + "/" + name;
                sizes.add(
                        new HugepageSize(
                                Long.parseLong(matcher.group(1)),
                                files.number(size + "/nr_hugepages").orElse(0),
                                files.number(size + "/free_hugepages").orElse(0)));
            }
        }
        return sizes;
    }

    /// Whether the kernel has given this process hugepages: it asks for none but those of packets.
    boolean usesHugepages() {
        Matcher matcher = KILOBYTES.matcher(files.ofProcess("HugetlbPages").orElse(""));
        return matcher.matches() && Long.parseLong(matcher.group(1)) > 0;
    }

    Optional<String> transparentHugepages() {
        Matcher matcher =
                CHOSEN.matcher(files.text("sys/kernel/mm/transparent_hugepage/enabled").orElse(""));
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /// What is not as it had better be.
    ///
    /// @param used whether this process's packets lie in hugepages; empty if it forwards none
    List<Finding> findings(
            List<WorkerPlace> workers, List<PortPlace> ports, Optional<Boolean> used) {
        List<Finding> findings = new ArrayList<>();
        if (configuration.memory().hugepages() != Hugepages.NONE) {
            boolean reserved = hugepages().stream().anyMatch(size -> size.reserved() > 0);
            if (!reserved) {
                findings.add(new Finding(HostFinding.NO_HUGEPAGES, ""));
            } else if (!used.orElseGet(() -> hugepages().stream().anyMatch(s -> s.free() > 0))) {
                findings.add(new Finding(HostFinding.HUGEPAGES_NOT_USED, ""));
            }
        }
        findings.addAll(
                new MemoryLimits(files, configuration)
                        .findings(
                                configuration.memory().hugepages() == Hugepages.NONE
                                        ? List.of()
                                        : hugepages()));
        if (transparentHugepages().orElse("").equals("always")) {
            findings.add(new Finding(HostFinding.TRANSPARENT_HUGEPAGES, ""));
        }
        if (nodes() > 1) {
            findings.addAll(nodeFindings(workers, ports));
        }
        return findings;
    }

    private List<Finding> nodeFindings(List<WorkerPlace> workers, List<PortPlace> ports) {
        List<Finding> findings = new ArrayList<>();
        if (configuration.workers().cpus().isEmpty()) {
            findings.add(new Finding(HostFinding.NODES_NOT_PINNED, "nodes " + nodes()));
        }
        for (PortPlace port : ports) {
            if (port.node().isEmpty()) {
                continue;
            }
            int node = port.node().getAsInt();
            List<Integer> remote =
                    workers.stream()
                            .filter(worker -> worker.node().orElse(node) != node)
                            .map(WorkerPlace::worker)
                            .toList();
            String where = "port " + port.port() + " on node " + node;
            if (!remote.isEmpty()) {
                findings.add(
                        new Finding(
                                HostFinding.REMOTE_PORT,
                                where + ", " + HostReport.list("worker", remote)));
            }
            if (isWithoutHugepages(node)) {
                findings.add(new Finding(HostFinding.NO_HUGEPAGES_ON_NODE, where));
            }
        }
        return findings;
    }

    private boolean isWithoutHugepages(int node) {
        return configuration.memory().hugepages() != Hugepages.NONE
                && hugepages().stream().anyMatch(size -> size.reserved() > 0)
                && hugepages(NODES + "node" + node + "/" + HUGEPAGES).stream()
                        .noneMatch(size -> size.reserved() > 0);
    }
}
