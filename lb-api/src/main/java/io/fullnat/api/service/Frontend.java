// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;

/// What clients connect to: a virtual address with one port, with a range of ports, or with all
/// ports. Where several hold for a packet, the one with the fewest ports is meant: the port itself,
/// then the narrowest range, then all ports. Immutable and thread-safe.
///
/// @param address the virtual address
/// @param firstPort the port, the first one of a range, or 0 for all ports
/// @param lastPort the port, the last one of a range, or 0 for all ports
public record Frontend(IpAddress address, int firstPort, int lastPort)
        implements Comparable<Frontend> {
    private static final int MAX_PORT = 65_535;

    /// Checks the ports.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if a port is out of range, or the
    ///   first one is beyond the last
    public Frontend {
        requireNonNull(address, "address");
        if (firstPort < 0 || lastPort > MAX_PORT) {
            throw wrong(
                    "port "
                            + (firstPort < 0 ? firstPort : lastPort)
                            + " of "
                            + address
                            + " is not 1-65535, or 0 for all ports");
        }
        if (firstPort > lastPort || (firstPort == 0 && lastPort != 0)) {
            throw wrong(
                    "ports "
                            + firstPort
                            + "-"
                            + lastPort
                            + " of "
                            + address
                            + " are no range; give the lower one first, from 1 on, or 0 alone for all ports");
        }
    }

    /// One port, or all.
    ///
    /// @param endpoint the address, and the port or 0 for all ports
    /// @return the frontend
    public static Frontend of(Endpoint endpoint) {
        return new Frontend(endpoint.address(), endpoint.port(), endpoint.port());
    }

    /// Reads `address:port`, `address:first-last`, or `address:0` for all ports. An address of IPv6
    /// stands in brackets.
    ///
    /// @param text for example `192.0.2.80:80`, `192.0.2.80:1000-2000` or `[2001:db8::80]:0`
    /// @return the frontend
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static Frontend parse(String text) {
        int dash = text.lastIndexOf('-');
        if (dash <= text.lastIndexOf(':')) {
            return text.endsWith(":0")
                    ? all(Endpoint.parse(text.substring(0, text.length() - 1) + 1))
                    : of(Endpoint.parse(text));
        }
        Endpoint first = Endpoint.parse(text.substring(0, dash));
        if (!text.substring(dash + 1).matches("[0-9]{1,5}")) {
            throw wrong(
                    "\""
                            + text
                            + "\" is not an address and ports"
                            + " (as in 192.0.2.1:1000-2000 or [2001:db8::1]:1000-2000)");
        }
        return new Frontend(
                first.address(), first.port(), Integer.parseInt(text, dash + 1, text.length(), 10));
    }

    private static Frontend all(Endpoint any) {
        return new Frontend(any.address(), 0, 0);
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// Whether it is all ports of the address.
    ///
    /// @return false for one port or a range
    public boolean isAllPorts() {
        return firstPort == 0;
    }

    /// Whether it is one port.
    ///
    /// @return false for a range and for all ports
    public boolean isOnePort() {
        return firstPort == lastPort && firstPort != 0;
    }

    /// The first port that it has.
    ///
    /// @return 1 to 65535
    public int from() {
        return isAllPorts() ? 1 : firstPort;
    }

    /// The last port that it has.
    ///
    /// @return 1 to 65535
    public int to() {
        return isAllPorts() ? MAX_PORT : lastPort;
    }

    /// Whether packets to an endpoint are meant.
    ///
    /// @param endpoint address and port of a packet
    /// @return true if it has the address and one of the ports
    public boolean covers(Endpoint endpoint) {
        return endpoint.port() >= from()
                && endpoint.port() <= to()
                && endpoint.address().equals(address);
    }

    /// Whether nobody could tell which of two is meant: they have the same ports of the same
    /// address, or ranges of which neither is within the other.
    ///
    /// @param other of another service of the same protocol, or of the same one
    /// @return false if one is narrower than the other, or they have nothing in common
    public boolean collidesWith(Frontend other) {
        boolean apart = to() < other.from() || other.to() < from();
        boolean within = from() >= other.from() && to() <= other.to();
        boolean around = from() <= other.from() && to() >= other.to();
        return !apart && within == around && address.equals(other.address);
    }

    @Override
    public int compareTo(Frontend other) {
        int byAddress = address.compareTo(other.address);
        int byFirst = byAddress != 0 ? byAddress : Integer.compare(firstPort, other.firstPort);
        return byFirst != 0 ? byFirst : Integer.compare(lastPort, other.lastPort);
    }

    /// As it is read.
    @Override
    public String toString() {
        String first = new Endpoint(address, firstPort).toString();
        return firstPort == lastPort ? first : first + "-" + lastPort;
    }
}
