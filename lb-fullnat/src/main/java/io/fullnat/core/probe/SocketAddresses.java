// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.health.ProbeTarget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/// Addresses as sockets have them, never looked up. Thread-safe.
final class SocketAddresses {
    private SocketAddresses() {}

    static InetSocketAddress of(Endpoint endpoint) throws UnknownHostException {
        return new InetSocketAddress(of(endpoint.address()), endpoint.port());
    }

    /// Where a probe asks from.
    ///
    /// @return any address if the target names none; port 0
    static InetSocketAddress source(ProbeTarget target) throws UnknownHostException {
        return target.source().isPresent()
                ? new InetSocketAddress(of(target.source().get()), 0)
                : new InetSocketAddress(0);
    }

    private static InetAddress of(IpAddress address) throws UnknownHostException {
        return InetAddress.getByAddress(
                switch (address) {
                    case Ipv4Address v4 ->
                            ByteBuffer.allocate(Integer.BYTES).putInt(v4.bits()).array();
                    case Ipv6Address v6 ->
                            ByteBuffer.allocate(2 * Long.BYTES)
                                    .putLong(v6.high())
                                    .putLong(v6.low())
                                    .array();
                });
    }
}
