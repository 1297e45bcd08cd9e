// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.dpdk.Hugepages;
import java.util.OptionalInt;

/// The memory for packets. Immutable and thread-safe.
///
/// @param megabytes that DPDK reserves at start, empty to reckon them from the ports
/// @param hugepages whether they lie in hugepages
/// @param buffers how many packets can be under way at once, empty to reckon them
public record MemorySettings(OptionalInt megabytes, Hugepages hugepages, OptionalInt buffers) {
    /// As much as the ports need, from hugepages if there are any.
    public static final MemorySettings DEFAULT =
            new MemorySettings(OptionalInt.empty(), Hugepages.AUTO, OptionalInt.empty());
}
