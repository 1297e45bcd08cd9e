package io.fullnat.api.network;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;

/// A static neighbour: a MAC address that is configured, not resolved. Immutable and thread-safe.
///
/// @param address the neighbour's IP address
/// @param mac its MAC address
/// @param device the port, or `port.vlan`, where it is
public record Neighbour(IpAddress address, MacAddress mac, String device) {
    @Override
    public String toString() {
        return address + " lladdr " + mac + " dev " + device;
    }
}
