// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;

/// An address and a port. Immutable and thread-safe.
///
/// @param address the address
/// @param port 0 to 65535; nothing listens on port 0, but a peer who wants no answer may send from
///   it (RFC 768)
public record Endpoint(IpAddress address, int port) implements Comparable<Endpoint> {
    private static final int MAX_PORT_DIGITS = 5;

    /// Checks the port.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the port is out of range
    public Endpoint {
        requireNonNull(address, "address");
        if (port < 0 || port > 65535) {
            throw outOfRange(address, port);
        }
    }

    private static BalancerException outOfRange(IpAddress address, int port) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT, "port " + port + " of " + address + " is not 1-65535");
    }

    /// This endpoint, if something can listen on it.
    ///
    /// @return itself
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the port is 0
    public Endpoint requireListening() {
        if (port == 0) {
            throw outOfRange(address, port);
        }
        return this;
    }

    /// Reads `address:port`, the port being 1 to 65535. An address of IPv6 stands in brackets (RFC
    /// 3986 §3.2.2), for without them nobody can tell where the port begins (RFC 5952 §6).
    ///
    /// @param text for example `192.0.2.1:80` or `[2001:db8::1]:80`
    /// @return the endpoint
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !isPort(text, colon + 1)) {
            throw wrong(
                    text, "is not an address and a port (as in 192.0.2.1:80 or [2001:db8::1]:80)");
        }
        int port = Integer.parseInt(text, colon + 1, text.length(), 10);
        return new Endpoint(address(text, text.substring(0, colon)), port).requireListening();
    }

    private static IpAddress address(String text, String address) {
        boolean brackets = address.startsWith("[") && address.endsWith("]");
        if (!brackets) {
            if (address.indexOf(':') >= 0) {
                throw wrong(
                        text,
                        "has no brackets around an IPv6 address, so its port cannot be told; write"
                                + " it as in [2001:db8::1]:80");
            }
            return IpAddress.parse(address);
        }
        String inside = address.substring(1, address.length() - 1);
        if (inside.indexOf(':') < 0) {
            throw wrong(text, "has brackets, in which only an IPv6 address stands");
        }
        return IpAddress.parse(inside);
    }

    private static BalancerException wrong(String text, String what) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, "\"" + text + "\" " + what);
    }

    private static boolean isPort(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return text.length() > from && text.length() - from <= MAX_PORT_DIGITS;
    }

    /// Shorthand for `new Endpoint(IpAddress.parse(address), port)`.
    ///
    /// @param address the address in text form
    /// @param port 1 to 65535
    /// @return the endpoint
    public static Endpoint of(String address, int port) {
        return new Endpoint(IpAddress.parse(address), port);
    }

    /// Spread, because endpoints come in rows: neighbouring addresses with neighbouring ports would
    /// share the hash of a plain record.
    @Override
    public int hashCode() {
        return (address.hashCode() * 0x9E37_79B1 + port) * 0x85EB_CA6B;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint(IpAddress itsAddress, int itsPort)
                && port == itsPort
                && address.equals(itsAddress);
    }

    @Override
    public int compareTo(Endpoint other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
        return switch (address) {
            case Ipv4Address v4 -> v4 + ":" + port;
            case Ipv6Address v6 -> "[" + v6 + "]:" + port;
        };
    }
}
