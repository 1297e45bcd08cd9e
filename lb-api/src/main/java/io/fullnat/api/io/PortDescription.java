// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import java.util.Map;

/// What a port's device is, for people who look at it. Nothing in the balancer depends on it.
/// Immutable and thread-safe.
///
/// @param numaNode of the device, 0 if it has none
/// @param autoNegotiated whether speed and duplex were agreed upon with the other side
/// @param fastFree whether sent buffers go back in bulk, as all come from one pool
/// @param bus the address of the device on its bus, empty if it is on none
/// @param driver the name of its driver
/// @param numbers all else, by the names that DPVS gives in `dpip link show -v` and `-s`
///   (`if_index`, `max_rx_queues`, `mbuf-avail` …), and `rx-descriptors` and `tx-descriptors` of
///   each queue
public record PortDescription(
        int numaNode,
        boolean autoNegotiated,
        boolean fastFree,
        String bus,
        String driver,
        Map<String, Long> numbers) {
    /// Of a device that tells nothing.
    public static final PortDescription NONE =
            new PortDescription(0, false, false, "", "", Map.of());

    /// Copies.
    public PortDescription {
        numbers = Map.copyOf(numbers);
    }
}
