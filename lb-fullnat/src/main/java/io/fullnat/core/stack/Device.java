// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.network.ReversePath;

/// A port, or one VLAN of it: where addresses, routes and neighbours are.
///
/// @param index its number in the [NetworkView]
/// @param name `port` or `port.vlan`
/// @param port the port's number
/// @param vlan the VLAN, 1 to 4094, or 0 for untagged frames
/// @param mac the port's address
/// @param mtu the port's MTU in bytes
/// @param reversePath whether sources of what arrives are checked against the routes
public record Device(
        int index, String name, int port, int vlan, long mac, int mtu, ReversePath reversePath) {}
