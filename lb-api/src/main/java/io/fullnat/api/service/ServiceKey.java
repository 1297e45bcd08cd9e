// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;

/// What names a virtual service: protocol, virtual address and port. Immutable and thread-safe.
///
/// @param protocol the transport protocol
/// @param endpoint the virtual address (VIP) and port that clients connect to
public record ServiceKey(Protocol protocol, Endpoint endpoint) implements Comparable<ServiceKey> {
    /// Checks the port.
    ///
    /// @throws io.fullnat.api.BalancerException `INVALID_ARGUMENT` if it is 0
    public ServiceKey {
        requireNonNull(protocol, "protocol");
        requireNonNull(endpoint, "endpoint");
        endpoint = endpoint.requireListening();
    }

    /// A TCP service.
    ///
    /// @param address the virtual address in text form
    /// @param port its port
    /// @return the key
    public static ServiceKey tcp(String address, int port) {
        return new ServiceKey(Protocol.TCP, Endpoint.of(address, port));
    }

    /// A UDP service.
    ///
    /// @param address the virtual address in text form
    /// @param port its port
    /// @return the key
    public static ServiceKey udp(String address, int port) {
        return new ServiceKey(Protocol.UDP, Endpoint.of(address, port));
    }

    @Override
    public int compareTo(ServiceKey other) {
        int byProtocol = protocol.compareTo(other.protocol);
        return byProtocol != 0 ? byProtocol : endpoint.compareTo(other.endpoint);
    }

    @Override
    public String toString() {
        return protocol + " " + endpoint;
    }
}
