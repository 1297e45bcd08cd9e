// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.host.HostFinding;
import java.util.List;

/// The advice about CPUs, memory and nodes that `fullnat host` gives.
final class HostCheck implements Check {
    @Override
    public String what() {
        return "CPUs, hugepages, NUMA nodes and limits";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.running().isPresent() || reading.configuration().isPresent();
    }

    /// How bad each is.
    static Level level(HostFinding kind) {
        return switch (kind) {
            case CPU_NOT_ALLOWED -> Level.FAULT;
            case TOO_FEW_CPUS, CPU_QUOTA, WORKERS_SHARE_CORE, HUGEPAGES_LIMITED, LOCKED_MEMORY ->
                    Level.WARNING;
            case NOT_PINNED,
                    CORE_SHARED,
                    NOT_ISOLATED,
                    NOT_TICKLESS,
                    CPU_GOVERNOR,
                    NO_HUGEPAGES,
                    HUGEPAGES_NOT_USED,
                    TRANSPARENT_HUGEPAGES,
                    NODES_NOT_PINNED,
                    REMOTE_PORT,
                    NO_HUGEPAGES_ON_NODE ->
                    Level.HINT;
        };
    }

    @Override
    public List<Finding> findings(Observation reading) {
        return reading.running().map(Running::advice).orElse(reading.machine().advice()).stream()
                .map(advice -> of(HostFinding.valueOf(advice.name()), advice.detail()))
                .toList();
    }

    private static Finding of(HostFinding kind, String detail) {
        return new Finding(
                level(kind),
                kind.name(),
                "machine",
                detail.isEmpty() ? kind.meaning() : detail,
                "fullnat host",
                kind.meaning(),
                kind.advice());
    }
}
