// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;

/// An ICMP error that a [SimulatedHost] received about a packet of its own.
///
/// @param reporter who sent the error
/// @param type of the message
/// @param code the reason
/// @param nextHopMtu what the router says of its next hop, for "fragmentation needed" and "packet
///   too big"
/// @param protocol of the quoted packet
/// @param source where the quoted packet came from: this host
/// @param destination where the quoted packet was to go
public record IcmpError(
        IpAddress reporter,
        int type,
        int code,
        int nextHopMtu,
        int protocol,
        Endpoint source,
        Endpoint destination) {
    /// Whether the packet was too large for a link on its way.
    ///
    /// @return true for IPv4's "fragmentation needed" and IPv6's "packet too big"
    public boolean isPacketTooBig() {
        return IcmpNumbers.of(reporter).isPacketTooBig(type, code);
    }
}
