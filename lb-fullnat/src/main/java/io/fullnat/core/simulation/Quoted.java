// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import org.jspecify.annotations.Nullable;

/// The packet that an ICMP error of either family quotes, as far as it is there: the ports at
/// least.
///
/// @param source who sent it
/// @param destination where it was to go
/// @param protocol of what it carries
/// @param transport address of its first bytes behind the IP header
/// @param headerRight whether the checksum of its IP header, if it has one, is right
record Quoted(
        IpAddress source,
        IpAddress destination,
        int protocol,
        long transport,
        boolean headerRight) {
    private static final int PORTS_END = 4;

    /// Reads what an error quotes.
    ///
    /// @return null if it is not readable up to its ports
    static @Nullable Quoted of(IpPacket error) {
        long quoted = error.transport() + Icmp.HEADER_LENGTH;
        int available = error.transportLength() - Icmp.HEADER_LENGTH;
        return error.isIpv6() ? ofIpv6(quoted, available) : ofIpv4(quoted, available);
    }

    private static @Nullable Quoted ofIpv4(long quoted, int available) {
        boolean readable =
                available >= Ipv4.MIN_HEADER_LENGTH
                        && Ipv4.version(quoted) == 4
                        && Ipv4.headerLength(quoted) >= Ipv4.MIN_HEADER_LENGTH
                        && available >= Ipv4.headerLength(quoted) + PORTS_END;
        return readable
                ? new Quoted(
                        new Ipv4Address(Ipv4.source(quoted)),
                        new Ipv4Address(Ipv4.destination(quoted)),
                        Ipv4.protocol(quoted),
                        Ipv4.payload(quoted),
                        Checksum.isIpv4HeaderValid(quoted))
                : null;
    }

    private static @Nullable Quoted ofIpv6(long quoted, int available) {
        Ipv6Chain chain = new Ipv6Chain();
        boolean readable =
                chain.walkQuoted(quoted, available) == Ipv6Chain.RIGHT
                        && chain.transportLength() >= PORTS_END;
        return readable
                ? new Quoted(
                        IpAddress.of(Ipv6.sourceHigh(quoted), Ipv6.sourceLow(quoted)),
                        IpAddress.of(Ipv6.destinationHigh(quoted), Ipv6.destinationLow(quoted)),
                        chain.protocol(),
                        chain.transport(),
                        true)
                : null;
    }
}
