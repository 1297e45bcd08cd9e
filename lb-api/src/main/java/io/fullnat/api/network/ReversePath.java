// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

/// Whether the sources of packets that arrive at a port are checked against the routes (RFC 3704
/// §2): what comes from an address must come by where packets to that address go.
public enum ReversePath {
    /// Not checked: packets may come by another way than they go.
    OFF,
    /// Some route must lead to the source; a default route leads everywhere.
    LOOSE,
    /// The best route to the source must lead to the device by which the packet came.
    STRICT
}
