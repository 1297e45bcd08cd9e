// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.Protocol;

/// The first packet of a connection, as a [Scheduler] sees it. Valid only during the call: the
/// balancer uses one object again and again.
public interface ConnectionRequest {
    /// The transport protocol.
    ///
    /// @return TCP or UDP
    Protocol protocol();

    /// The upper half of the client's address.
    ///
    /// @return 0 for IPv4
    long clientAddressHigh();

    /// The lower half of the client's address.
    ///
    /// @return for IPv4 the address as an unsigned 32-bit number
    long clientAddressLow();

    /// The client's port.
    ///
    /// @return 0 to 65535
    int clientPort();
}
