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

    /// The first half of the client's address, as in [io.fullnat.api.IpAddress#high()].
    ///
    /// @return its first 64 bits, 0 for IPv4
    long clientAddressHigh();

    /// The last half of the client's address, as in [io.fullnat.api.IpAddress#low()].
    ///
    /// @return its last 64 bits; of IPv4, which is mapped, the low 32 are the address
    long clientAddressLow();

    /// The client's port.
    ///
    /// @return 0 to 65535
    int clientPort();

    /// The first half of the address to which it goes, as in [io.fullnat.api.IpAddress#high()].
    ///
    /// @return its first 64 bits, 0 for IPv4
    long destinationAddressHigh();

    /// The last half of the address to which it goes, as in [io.fullnat.api.IpAddress#low()].
    ///
    /// @return its last 64 bits
    long destinationAddressLow();

    /// The port to which it goes.
    ///
    /// @return 0 to 65535
    int destinationPort();

    /// How many bytes are known of the destination connection id, if the packet can be one of QUIC
    /// (RFC 8999): of a long header all of it; of a short header, which does not say where it ends,
    /// what may belong to it.
    ///
    /// @return 0 to 20; 0 if there is none, or the service's scheduler does not read it
    ///   ([Scheduler#readsQuicId()])
    default int quicIdLength() {
        return 0;
    }

    /// Eight bytes of the destination connection id, the first one highest.
    ///
    /// @param index 0 to 2
    /// @return bytes that are not there are 0
    default long quicIdWord(int index) {
        return 0;
    }
}
