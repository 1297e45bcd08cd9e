// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import io.fullnat.api.MacAddress;
import java.util.Map;
import java.util.Optional;

/// An Ethernet port with one or more queue pairs.
///
/// To bring packets from somewhere else into the balancer, implement this interface, [PortQueue],
/// [BufferPool] and [PacketIo]; nothing else is asked. Received frames start at the Ethernet
/// destination, carry their VLAN tag if they had one, and lie in one piece.
///
/// **Thread-safety:** all methods but those of the queues may be called from any thread.
public interface PacketPort {
    /// The name by which configuration and messages call this port.
    ///
    /// @return unique within its [PacketIo]
    String name();

    /// The address that frames from this port carry.
    ///
    /// @return the MAC address
    MacAddress mac();

    /// The largest IP packet that the port sends or receives, without Ethernet header and tag.
    ///
    /// @return bytes
    int mtu();

    /// How many queue pairs the port was opened with.
    ///
    /// @return 1 or more
    int queueCount();

    /// One queue pair.
    ///
    /// @param index 0 to [#queueCount()] - 1
    /// @return always the same object for the same index
    PortQueue queue(int index);

    /// How the port spreads packets over its queues, if it is known exactly.
    ///
    /// @return empty if it has one queue, or spreads them in a way that cannot be predicted
    default Optional<ReceiveSideScaling> receiveSideScaling() {
        return Optional.empty();
    }

    /// The rules by which the port can be told where packets arrive. Asked for where
    /// [#receiveSideScaling()] does not say enough.
    ///
    /// @return empty if it has one queue, or takes no rules
    default Optional<FlowRules> flowRules() {
        return Optional.empty();
    }

    /// The kernel's interface beside the port, if it has one.
    ///
    /// @return always the same object; empty if what the balancer does not handle is dropped
    default Optional<PuntPort> puntPort() {
        return Optional.empty();
    }

    /// What the port can do.
    ///
    /// @return its capabilities
    PortCapabilities capabilities();

    /// Whether packets can pass now.
    ///
    /// @return the state of the link
    LinkState link();

    /// What the device is.
    ///
    /// @return a snapshot; [PortDescription#NONE] if there is nothing to tell
    default PortDescription description() {
        return PortDescription.NONE;
    }

    /// What the device counted.
    ///
    /// @return a snapshot of the counters
    PortStatistics statistics();

    /// What else the device counted, by names of its own kind.
    ///
    /// @return a snapshot, empty if there is nothing else
    default Map<String, Long> details() {
        return Map.of();
    }
}
