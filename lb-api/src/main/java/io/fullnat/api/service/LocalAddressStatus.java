// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

/// A local address of a service as it is now, over all workers.
///
/// @param address the address
/// @param draining whether it was removed and stays only until its last connection has ended
/// @param ports of this service's connections
public record LocalAddressStatus(LocalAddress address, boolean draining, PortUsage ports) {
    /// Refuses null.
    public LocalAddressStatus {
        requireNonNull(address, "address");
        requireNonNull(ports, "ports");
    }

    /// Live connections of the service that use the address.
    ///
    /// @return how many
    public long connections() {
        return ports.inUse();
    }
}
