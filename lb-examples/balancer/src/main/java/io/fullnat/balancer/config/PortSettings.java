// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.MacAddress;
import io.fullnat.api.network.ReversePath;
import io.fullnat.dpdk.DeviceSpec;
import java.util.Optional;
import java.util.OptionalInt;

/// One port to open. Immutable and thread-safe.
///
/// @param name by which the rest of the configuration calls it
/// @param device a PCI address or a virtual device
/// @param mtu the largest IP packet, bytes; empty for the device's own
/// @param promiscuous whether frames to other MAC addresses are taken too
/// @param mac the address to use, empty for the device's own
/// @param reversePath whether sources of what arrives are checked against the routes
/// @param kernel the name of the kernel's interface that is made beside it, empty for none
public record PortSettings(
        String name,
        DeviceSpec device,
        OptionalInt mtu,
        boolean promiscuous,
        Optional<MacAddress> mac,
        ReversePath reversePath,
        Optional<String> kernel) {}
