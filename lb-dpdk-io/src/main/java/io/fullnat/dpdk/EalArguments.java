// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/// The argument list of `rte_eal_init`. Of the user's own arguments only known ones pass: some of
/// DPDK's contradict ours, and `--help` ends the process.
final class EalArguments {
    private static final Set<String> WITH_VALUE =
            Set.of(
                    "--base-virtaddr",
                    "--force-max-simd-bitwidth",
                    "--huge-dir",
                    "--iova-mode",
                    "--log-level",
                    "--mbuf-pool-ops-name",
                    "--socket-limit",
                    "--vfio-intr",
                    "--vfio-vf-token");
    private static final Set<String> ALONE =
            Set.of("--match-allocations", "--no-hpet", "--single-file-segments");
    private static final Set<String> PAIRS = Set.of("-d", "-n", "-r");

    private EalArguments() {}

    /// Checks the user's own arguments.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the first one that is not
    ///   allowed
    static void check(List<String> arguments) {
        Iterator<String> each = arguments.iterator();
        while (each.hasNext()) {
            String argument = each.next();
            int equals = argument.indexOf('=');
            boolean known;
            if (PAIRS.contains(argument)) {
                known = each.hasNext() && !each.next().startsWith("-");
            } else if (equals > 0) {
                known =
                        WITH_VALUE.contains(argument.substring(0, equals))
                                && equals < argument.length() - 1;
            } else {
                known = ALONE.contains(argument);
            }
            if (!known) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "EAL argument \""
                                + argument
                                + "\" is not one of "
                                + String.join("=V, ", WITH_VALUE.stream().sorted().toList())
                                + "=V, "
                                + String.join(", ", ALONE.stream().sorted().toList())
                                + ", -d FILE, -n N, -r N; memory, hugepages, CPUs, devices and"
                                + " file prefix have settings of their own");
            }
        }
    }

    /// The whole list.
    ///
    /// @param config what the user wants
    /// @param cpus the CPUs that this process may use, as `0-3`
    /// @param memoryMb megabytes to get
    /// @param hugepages whether they come from hugepages
    /// @param pciPresent whether the system has a PCI bus
    static List<String> of(
            DpdkConfig config, String cpus, int memoryMb, boolean hugepages, boolean pciPresent) {
        List<String> arguments = new ArrayList<>();
        arguments.add("fullnat");
        // one lcore, free to run anywhere: workers are registered and pinned by themselves
        arguments.add("--lcores=0@(" + cpus + ")");
        arguments.add("--file-prefix=" + filePrefix(config));
        arguments.add("--no-telemetry");
        if (hugepages) {
            arguments.add("--in-memory");
        } else {
            arguments.add("--no-huge");
            arguments.add("--no-shconf");
        }
        arguments.add("-m");
        arguments.add(Integer.toString(memoryMb));
        if (pciPresent) {
            // an allow list keeps DPDK from taking devices that nobody named; the host bridge
            // stands for "none", as no driver wants it
            arguments.add("--allow=0000:00:00.0");
            for (DpdkPortConfig port : config.ports()) {
                if (port.device().pci()) {
                    arguments.add(
                            "--allow="
                                    + DeviceArguments.of(
                                            port.device(), port.device().name(), 0, 0));
                }
            }
        } else {
            arguments.add("--no-pci");
        }
        arguments.addAll(config.ealArguments());
        return arguments;
    }

    private static String filePrefix(DpdkConfig config) {
        return config.filePrefix().isEmpty()
                ? "fullnat-" + ProcessHandle.current().pid()
                : config.filePrefix();
    }
}
