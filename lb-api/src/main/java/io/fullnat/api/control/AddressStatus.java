// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.PortUsage;

/// An interface address as it is now.
///
/// @param address the address
/// @param explicit whether it was added as an address; else it came with a local address
/// @param services how many services list it as a local address
/// @param ports of connections that use it as their local address
public record AddressStatus(
        InterfaceAddress address, boolean explicit, int services, PortUsage ports) {
    /// Refuses null.
    public AddressStatus {
        requireNonNull(address, "address");
        requireNonNull(ports, "ports");
    }

    /// Whether no service lists the address any more and it stays only for its last connections.
    ///
    /// @return true while it drains
    public boolean isDraining() {
        return !explicit && services == 0;
    }

    /// Live connections that use it as their local address.
    ///
    /// @return how many
    public long connections() {
        return ports.inUse();
    }
}
