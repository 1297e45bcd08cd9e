// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

/// What can be wrong with the machine for a balancer that would still run on it. The names are
/// stable: alerts may be built on them.
public enum HostFinding {
    /// The system moves workers about.
    NOT_PINNED(
            "the system may move workers from CPU to CPU",
            "set `workers.cpus`, one for each worker"),
    /// The start would fail.
    CPU_NOT_ALLOWED(
            "a worker's CPU is not among those that the process may use",
            "change `workers.cpus`, or the cpuset or affinity that the process is started with"),
    /// Control, API and the system have no CPU of their own.
    TOO_FEW_CPUS(
            "the process may not use more CPUs than it has workers",
            "use fewer workers, or allow one CPU more: control and API threads need one, too"),
    /// The kernel stops workers for a part of each period.
    CPU_QUOTA(
            "a cgroup's quota is less than a CPU for each worker, so the kernel stops them at times",
            "raise or remove the quota (`cpu.max`, CPUQuota=, --cpus)"),
    /// Two workers on one core.
    WORKERS_SHARE_CORE(
            "two workers run on the two threads of one core", "give each worker a core of its own"),
    /// Anything may run on the other half of the core.
    CORE_SHARED(
            "the other thread of a worker's core is open to all programs",
            "isolate it as well and leave it idle, or switch it off (`/sys/devices/system/cpu/smt`)"),
    /// Anything may run on the CPU.
    NOT_ISOLATED(
            "other programs may run on a worker's CPU",
            "start the kernel with `isolcpus=` or move programs away with cpusets"),
    /// The timer interrupts the worker.
    NOT_TICKLESS(
            "the timer interrupts a worker's CPU although that is isolated",
            "start the kernel with `nohz_full=` for it"),
    /// The clock rate goes down and up.
    CPU_GOVERNOR(
            "a worker's CPU slows down when there is little to do",
            "set its `cpufreq/scaling_governor` to `performance`"),
    /// None are reserved.
    NO_HUGEPAGES(
            "packets lie in ordinary pages, as no hugepages are reserved",
            "reserve some (`sysctl vm.nr_hugepages=`), or say `memory.hugepages: none`"),
    /// Some are there, but too few or used by others.
    HUGEPAGES_NOT_USED(
            "packets lie in ordinary pages, as too few of the reserved hugepages are free",
            "reserve more, or ask for less with `memory.megabytes`"),
    /// The kernel stops a thread to make a hugepage.
    TRANSPARENT_HUGEPAGES(
            "transparent hugepages are `always`: the kernel may stop a thread to make one",
            "set `/sys/kernel/mm/transparent_hugepage/enabled` to `madvise`"),
    /// Workers may move from their memory.
    NODES_NOT_PINNED(
            "there are several NUMA nodes, and workers may move away from their memory",
            "set `workers.cpus` to CPUs of the node that has the NICs"),
    /// Each packet crosses to another node.
    REMOTE_PORT(
            "a port's device is on another NUMA node than a worker that uses it",
            "set `workers.cpus` to CPUs of the device's node, or use another slot"),
    /// Its buffers would come from elsewhere.
    NO_HUGEPAGES_ON_NODE(
            "the NUMA node of a port's device has no hugepages",
            "reserve some there (`/sys/devices/system/node/nodeN/hugepages`)"),
    /// The kernel refuses more, or ends the process when it touches them.
    HUGEPAGES_LIMITED(
            "a cgroup allows fewer hugepages than are free",
            "raise its `hugetlb.SIZE.max`, or ask for less with `memory.megabytes`"),
    /// Devices that read memory by themselves need it locked.
    LOCKED_MEMORY(
            "the process may lock so much memory only, and a port's device needs all of the packets'",
            "set `LimitMEMLOCK=infinity` (`ulimit -l unlimited`), or give it CAP_IPC_LOCK");

    private final String meaning;
    private final String advice;

    HostFinding(String meaning, String advice) {
        this.meaning = meaning;
        this.advice = advice;
    }

    /// What was found.
    ///
    /// @return a sentence without full stop
    public String meaning() {
        return meaning;
    }

    /// What to do about it.
    ///
    /// @return a sentence without full stop
    public String advice() {
        return advice;
    }
}
