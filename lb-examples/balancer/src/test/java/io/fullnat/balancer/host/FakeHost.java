// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import io.fullnat.balancer.config.ConfigurationFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A machine made of files: four CPUs on two cores of one node, all as it had better be.
final class FakeHost {
    static final String CPUS = "sys/devices/system/cpu/";
    static final String NODES = "sys/devices/system/node/";
    private static final String CONFIGURATION =
            """
            workers: {count: 1, cpus: [2]}
            ports:
              - {name: outside, device: '0000:01:00.0'}
              - {name: inside, device: 'af_packet:eth1'}
            """;

    final Path root;
    String yaml = CONFIGURATION;

    FakeHost(Path root) {
        this.root = root;
        write(
                "proc/self/status",
                "Name:\tjava\nHugetlbPages:\t  524288 kB\nCpus_allowed_list:\t0-3\n");
        write("proc/self/cgroup", "0::/balancer.slice/one\n");
        write(CPUS + "online", "0-3");
        write(CPUS + "isolated", "2-3");
        write(CPUS + "nohz_full", "2-3");
        for (int cpu = 0; cpu < 4; cpu++) {
            String folder = CPUS + "cpu" + cpu;
            write(folder + "/topology/thread_siblings_list", cpu < 2 ? "0-1" : "2-3");
            write(folder + "/cpufreq/scaling_governor", "performance");
            write(folder + "/node0/cpulist", "0-3");
        }
        write(NODES + "online", "0");
        hugepages("sys/kernel/mm", 512, 256);
        write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
        write("sys/bus/pci/devices/0000:01:00.0/numa_node", "-1");
    }

    FakeHost write(String path, String text) {
        Path file = root.resolve(path);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    FakeHost hugepages(String folder, int reserved, int free) {
        String size = folder + "/hugepages/hugepages-2048kB/";
        write(size + "nr_hugepages", Integer.toString(reserved));
        return write(size + "free_hugepages", Integer.toString(free));
    }

    /// A second node with CPUs 2 and 3 and all hugepages.
    FakeHost twoNodes() {
        for (int cpu = 2; cpu < 4; cpu++) {
            Path node = root.resolve(CPUS + "cpu" + cpu);
            try {
                Files.delete(node.resolve("node0/cpulist"));
                Files.delete(node.resolve("node0"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            write(CPUS + "cpu" + cpu + "/node1/cpulist", "2-3");
        }
        hugepages(NODES + "node0", 0, 0);
        hugepages(NODES + "node1", 512, 256);
        return write(NODES + "online", "0-1");
    }

    FakeHost configuration(String text) {
        yaml = text;
        return this;
    }

    FakeHost workers(String text) {
        yaml = CONFIGURATION.replaceFirst("\\{count.*}", text);
        return this;
    }

    FakeHost addConfiguration(String text) {
        yaml += text;
        return this;
    }

    HostReport running() {
        return HostInspection.running(root, ConfigurationFile.parse("test", yaml));
    }

    HostReport before() {
        return HostInspection.before(root, ConfigurationFile.parse("test", yaml));
    }

    static List<String> findings(HostReport report) {
        return report.findings().stream()
                .map(finding -> (finding.kind() + " " + finding.detail()).strip())
                .toList();
    }
}
