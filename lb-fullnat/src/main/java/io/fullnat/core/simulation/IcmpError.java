// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;

/// An ICMP error that a [SimulatedHost] received about a packet of its own.
///
/// @param reporter who sent the error
/// @param type of the message
/// @param code the reason
/// @param nextHopMtu what the router says of its next hop, for "fragmentation needed"
/// @param protocol of the quoted packet
/// @param source where the quoted packet came from: this host
/// @param destination where the quoted packet was to go
public record IcmpError(
        Ipv4Address reporter,
        int type,
        int code,
        int nextHopMtu,
        int protocol,
        Endpoint source,
        Endpoint destination) {}
