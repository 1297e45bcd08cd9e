// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;

/// A static neighbour: a MAC address that is configured, not resolved. Immutable and thread-safe.
///
/// @param address the neighbour's IP address
/// @param mac its MAC address
/// @param device the port, or `port.vlan`, where it is
public record Neighbour(IpAddress address, MacAddress mac, String device) {
    /// Refuses null.
    public Neighbour {
        requireNonNull(address, "address");
        requireNonNull(mac, "mac");
        requireNonNull(device, "device");
    }

    @Override
    public String toString() {
        return address + " lladdr " + mac + " dev " + device;
    }
}
