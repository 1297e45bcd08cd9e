// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.core.address.Masks;
import java.util.OptionalInt;

/// Packets between two ends, in either direction. VLAN tags and extension headers of IPv6 are
/// looked behind; fragments but the first have no ports, and are matched only by patterns that ask
/// for none. Immutable and thread-safe.
///
/// @param protocol of IP; empty for any
/// @param one a network that one end is in
/// @param onePort its port; empty for any
/// @param other a network that the other end is in
/// @param otherPort its port; empty for any
public record FlowPattern(
        OptionalInt protocol,
        IpPrefix one,
        OptionalInt onePort,
        IpPrefix other,
        OptionalInt otherPort) {
    private static final int LAST_PROTOCOL = 255;
    private static final int LAST_PORT = 0xFFFF;

    /// Checks the numbers.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for a protocol or a port that no
    ///   packet can have
    public FlowPattern {
        check("protocol", protocol, LAST_PROTOCOL);
        check("port", onePort, LAST_PORT);
        check("port", otherPort, LAST_PORT);
    }

    private static void check(String what, OptionalInt number, int last) {
        if (number.isPresent() && (number.getAsInt() < 0 || number.getAsInt() > last)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what + " " + number.getAsInt() + " of a flow to capture is not 0-" + last);
        }
    }

    /// All packets of a client, whatever they are.
    ///
    /// @param client its network
    /// @return a pattern
    public static FlowPattern of(IpPrefix client) {
        return new FlowPattern(
                OptionalInt.empty(),
                client,
                OptionalInt.empty(),
                IpPrefix.parse(client.address().bitLength() == 32 ? "0.0.0.0/0" : "::/0"),
                OptionalInt.empty());
    }

    /// All packets of a flow and of its answers.
    ///
    /// @param tuple the flow
    /// @return a pattern
    public static FlowPattern of(FlowTuple tuple) {
        return new FlowPattern(
                OptionalInt.of(tuple.protocol().number()),
                alone(tuple.source()),
                OptionalInt.of(tuple.source().port()),
                alone(tuple.destination()),
                OptionalInt.of(tuple.destination().port()));
    }

    private static IpPrefix alone(Endpoint end) {
        return new IpPrefix(end.address(), end.address().bitLength());
    }

    /// Which packets, in words.
    String describe() {
        String far = end(other, otherPort);
        return end(one, onePort) + (other.length() == 0 ? "" : " and " + far);
    }

    private static String end(IpPrefix network, OptionalInt port) {
        boolean alone = network.length() == network.address().bitLength();
        return port.isPresent() && alone
                ? new Endpoint(network.address(), port.getAsInt()).toString()
                : alone ? network.address().toString() : network.toString();
    }

    /// Whether a packet is one of these.
    ///
    /// @param keys of the packet
    /// @return true if both ends are, one way round
    boolean matches(PacketKeys keys) {
        if (protocol.isPresent() && protocol.getAsInt() != keys.protocol()) {
            return false;
        }
        return (isIn(one, onePort, keys.sourceHigh(), keys.sourceLow(), keys.sourcePort())
                        && isIn(
                                other,
                                otherPort,
                                keys.destinationHigh(),
                                keys.destinationLow(),
                                keys.destinationPort()))
                || (isIn(other, otherPort, keys.sourceHigh(), keys.sourceLow(), keys.sourcePort())
                        && isIn(
                                one,
                                onePort,
                                keys.destinationHigh(),
                                keys.destinationLow(),
                                keys.destinationPort()));
    }

    private static boolean isIn(
            IpPrefix network, OptionalInt port, long high, long low, int portThere) {
        if (port.isPresent() && port.getAsInt() != portThere) {
            return false;
        }
        boolean ipv4 = network.address().bitLength() == 32;
        int bits = network.length() + (ipv4 ? 96 : 0);
        boolean sameFamily = IpAddress.isMapped(high, low) == ipv4;
        return sameFamily
                && ((network.address().high() ^ high) & Masks.high(bits)) == 0
                && ((network.address().low() ^ low) & Masks.low(bits)) == 0;
    }
}
