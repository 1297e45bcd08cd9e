// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import static io.fullnat.balancer.host.FakeHost.CPUS;
import static io.fullnat.balancer.host.FakeHost.findings;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each finding, on a machine that has that fault alone.
class HostInspectionTest {
    private FakeHost host;

    @BeforeEach
    void makeHost(@TempDir Path root) {
        host = new FakeHost(root);
    }

    @Test
    void findsNothingOnAGoodMachine() {
        HostReport report = host.running();

        assertThat(findings(report)).isEmpty();
        assertThat(report.lines())
                .containsExactly(
                        "host: worker 0 on CPU 2, node 0, core with CPU 3, isolated,"
                                + " tickless, governor performance",
                        "host: CPUs 0-3 allowed, quota none",
                        "host: packets in hugepages; hugepages 256 of 512 x 2048 kB free,"
                                + " transparent madvise",
                        "host: NUMA nodes 1; port outside on none, port inside on none");
    }

    @Test
    void findsWorkersThatAreNotPinned() {
        HostReport report = host.workers("{count: 2}").running();

        assertThat(findings(report)).containsExactly("NOT_PINNED");
        assertThat(report.lines()).contains("host: worker 1 not pinned");
    }

    @Test
    void findsACpuThatMayNotBeUsed() {
        host.write("proc/self/status", "HugetlbPages: 4 kB\nCpus_allowed_list:\t0,3");

        assertThat(findings(host.running())).containsExactly("CPU_NOT_ALLOWED CPU 2");
    }

    @Test
    void findsThatControlHasNoCpu() {
        host.write("proc/self/status", "HugetlbPages: 4 kB\nCpus_allowed_list:\t2");

        assertThat(findings(host.running())).containsExactly("TOO_FEW_CPUS CPUs 1, workers 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sys/fs/cgroup/balancer.slice/one/cpu.max | 50000 100000 | 0.5",
                "sys/fs/cgroup/balancer.slice/cpu.max     | 50000 100000 | 0.5",
                "sys/fs/cgroup/cpu.max                    | 90000 100000 | 0.9"
            })
    void findsAQuotaHoweverHighUpItIs(String file, String text, double cpus) {
        host.write("sys/fs/cgroup/balancer.slice/one/cpu.max", "max 100000").write(file, text);

        HostReport report = host.running();

        assertThat(findings(report))
                .containsExactly("CPU_QUOTA quota " + cpus + " CPUs, workers 1");
        assertThat(report.cpuQuota()).hasValue(cpus);
    }

    @Test
    void findsAQuotaOfAnOldCgroup() {
        host.write("proc/self/cgroup", "5:cpu,cpuacct:/outside\n1:name=systemd:/x\n")
                .write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "20000")
                .write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");

        assertThat(findings(host.running())).containsExactly("CPU_QUOTA quota 0.2 CPUs, workers 1");
    }

    @Test
    void doesNotMindAQuotaThatIsEnough() {
        host.write("sys/fs/cgroup/cpu.max", "200000 100000");

        assertThat(findings(host.running())).isEmpty();
        assertThat(host.running().lines()).contains("host: CPUs 0-3 allowed, quota 2.0 CPUs");
    }

    @Test
    void doesNotMindAnOldCgroupWithoutQuota() {
        host.write("proc/self/cgroup", "5:cpu:/")
                .write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1")
                .write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");

        assertThat(findings(host.running())).isEmpty();
    }

    @Test
    void findsTwoWorkersOnOneCore() {
        host.workers("{count: 2, cpus: [2, 3]}");

        assertThat(findings(host.running())).containsExactly("WORKERS_SHARE_CORE CPU 2-3");
    }

    @Test
    void findsACoreWhoseOtherHalfIsOpen() {
        host.write(CPUS + "isolated", "2");

        assertThat(findings(host.running())).containsExactly("CORE_SHARED CPU 2");
    }

    @Test
    void findsACpuThatIsNotIsolated() {
        host.write(CPUS + "isolated", "3");

        assertThat(findings(host.running())).containsExactly("NOT_ISOLATED CPU 2");
    }

    @Test
    void findsATimer() {
        host.write(CPUS + "nohz_full", "(null)");

        assertThat(findings(host.running())).containsExactly("NOT_TICKLESS CPU 2");
    }

    @Test
    void findsAGovernorThatSavesPower() {
        host.write(CPUS + "cpu2/cpufreq/scaling_governor", "powersave");

        assertThat(findings(host.running())).containsExactly("CPU_GOVERNOR CPU 2");
    }

    @Test
    void findsThatThereAreNoHugepages() {
        host.hugepages("sys/kernel/mm", 0, 0);

        assertThat(findings(host.running())).containsExactly("NO_HUGEPAGES");
    }

    @Test
    void findsHugepagesThatAreNotUsed() {
        host.write("proc/self/status", "HugetlbPages:\t0 kB\nCpus_allowed_list:\t0-3");

        assertThat(findings(host.running())).containsExactly("HUGEPAGES_NOT_USED");
        assertThat(findings(host.before())).isEmpty();
        assertThat(host.running().inHugepages()).isEqualTo(Optional.of(false));
        assertThat(host.before().inHugepages()).isEmpty();
    }

    @Test
    void findsBeforeTheStartThatNoHugepageIsFree() {
        host.hugepages("sys/kernel/mm", 512, 0);

        assertThat(findings(host.before())).containsExactly("HUGEPAGES_NOT_USED");
    }

    @Test
    void doesNotMindOrdinaryPagesThatAreWanted() {
        host.hugepages("sys/kernel/mm", 0, 0).addConfiguration("memory: {hugepages: none}\n");

        assertThat(findings(host.running())).isEmpty();
    }

    @Test
    void findsTransparentHugepages() {
        host.write("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never");

        assertThat(findings(host.running())).containsExactly("TRANSPARENT_HUGEPAGES");
    }

    @Test
    void findsWorkersThatMayLeaveTheirNode() {
        host.twoNodes().workers("{count: 1}");

        assertThat(findings(host.running()))
                .containsExactly("NOT_PINNED", "NODES_NOT_PINNED nodes 2");
    }

    @Test
    void findsAPortOnAnotherNode() {
        host.twoNodes()
                .hugepages(FakeHost.NODES + "node0", 256, 256)
                .write("sys/bus/pci/devices/0000:01:00.0/numa_node", "0")
                .write("sys/class/net/eth1/device/numa_node", "1");

        HostReport report = host.running();

        assertThat(findings(report))
                .containsExactly("REMOTE_PORT port outside on node 0, worker 0");
        assertThat(report.lines())
                .contains("host: NUMA nodes 2; port outside on 0, port inside on 1");
    }

    @Test
    void findsANodeWithoutHugepages() {
        host.twoNodes()
                .workers("{count: 1, cpus: [0]}")
                .write(CPUS + "isolated", "0-3")
                .write(CPUS + "nohz_full", "0-3")
                .write("sys/class/net/eth1/device/numa_node", "0");

        assertThat(findings(host.running()))
                .containsExactly("NO_HUGEPAGES_ON_NODE port inside on node 0");
    }

    @Test
    void saysWhatIsSoAndWhatToDo() {
        host.hugepages("sys/kernel/mm", 0, 0);

        assertThat(host.running().lines())
                .endsWith(
                        "advice: NO_HUGEPAGES: packets lie in ordinary pages, as no hugepages are"
                                + " reserved; reserve some (`sysctl vm.nr_hugepages=`), or say"
                                + " `memory.hugepages: none`");
    }

    @Test
    void adviceNeedsNoMoreThanTheKernelTells(@TempDir Path empty) {
        HostReport report =
                HostInspection.running(empty, ConfigurationFile.parse("test", host.yaml));

        assertThat(findings(report)).containsExactly("NOT_ISOLATED CPU 2", "NO_HUGEPAGES");
    }

    @Test
    void writesTheSameForPrograms() {
        List<String> names = new ArrayList<>();
        var json = HostJson.of(host.write(CPUS + "isolated", "3").running());
        json.get("findings").forEach(finding -> names.add(finding.get("name").asText()));

        assertThat(names).containsExactly("NOT_ISOLATED");
        assertThat(json.get("workers").get(0).get("cpu").asInt()).isEqualTo(2);
        assertThat(json.get("workers").get(0).get("isolated").asBoolean()).isFalse();
        assertThat(json.get("hugepages").get(0).get("reserved").asInt()).isEqualTo(512);
        assertThat(json.get("packetsInHugepages").asBoolean()).isTrue();
        assertThat(json.get("ports").get(1).get("device").asText()).isEqualTo("af_packet:eth1");
        assertThat(json.has("cpuQuota")).isFalse();
    }

    @Test
    void aGroupThatAllowsFewerHugepages() {
        host.write("sys/fs/cgroup/balancer.slice/hugetlb.2MB.max", "104857600");
        assertThat(findings(host.before()))
                .containsExactly("HUGEPAGES_LIMITED 102400 of 524288 kB");
        host.write("sys/fs/cgroup/balancer.slice/one/hugetlb.2MB.max", "1048576");
        assertThat(findings(host.running())).containsExactly("HUGEPAGES_LIMITED 1024 of 524288 kB");
        host.write("sys/fs/cgroup/balancer.slice/one/hugetlb.2MB.max", "max")
                .write("sys/fs/cgroup/balancer.slice/hugetlb.2MB.max", "536870912");
        assertThat(findings(host.running())).isEmpty();

        host.write("proc/self/cgroup", "7:hugetlb:/docker/one\n0::/")
                .write("sys/fs/cgroup/hugetlb/docker/one/hugetlb.2MB.limit_in_bytes", "104857600");
        assertThat(findings(host.before()))
                .as("of version 1")
                .containsExactly("HUGEPAGES_LIMITED 102400 of 524288 kB");
    }

    @Test
    void lessMemoryMayBeLockedThanADeviceNeeds() {
        String limits =
                """
                Limit                     Soft Limit           Hard Limit           Units
                Max locked memory         %s                   unlimited            bytes
                """;
        host.write("proc/self/limits", limits.formatted("8388608"));
        assertThat(findings(host.before())).containsExactly("LOCKED_MEMORY 8192 kB");
        host.write(
                "proc/self/status",
                "HugetlbPages:\t  524288 kB\nCpus_allowed_list:\t0-3\nCapEff:\t0000000000007000\n");
        assertThat(findings(host.before())).as("with CAP_IPC_LOCK").isEmpty();
        host.write(
                "proc/self/status",
                "HugetlbPages:\t  524288 kB\nCpus_allowed_list:\t0-3\nCapEff:\t0000000000003000\n");
        assertThat(findings(host.before())).hasSize(1);
        host.write("proc/self/limits", limits.formatted("unlimited"));
        assertThat(findings(host.before())).isEmpty();
    }
}
