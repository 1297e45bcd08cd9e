// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// An IPv4 address (RFC 791). Ordered as an unsigned number, before all of IPv6. Immutable and
/// thread-safe.
///
/// @param bits the address in host order: `10.0.0.1` is `0x0a000001`
public record Ipv4Address(int bits) implements IpAddress {
    /// `0.0.0.0`.
    public static final Ipv4Address ANY = new Ipv4Address(0);

    /// `255.255.255.255`.
    public static final Ipv4Address BROADCAST = new Ipv4Address(-1);

    /// What stands above the 32 bits of a mapped address.
    static final long MAPPED = 0xFFFFL << 32;

    /// Reads a dotted quad of four decimal numbers without leading zeros, which some parsers read
    /// as octal.
    ///
    /// @param text for example `192.168.1.9`
    /// @return the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static Ipv4Address parse(String text) {
        int bits = 0;
        int position = 0;
        for (int part = 0; part < 4; part++) {
            int value = 0;
            int start = position;
            while (position < text.length() && position - start < 4) {
                int digit = text.charAt(position) - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                value = value * 10 + digit;
                position++;
            }
            int digits = position - start;
            boolean leadingZero = digits > 1 && text.charAt(start) == '0';
            if (digits == 0 || value > 255 || leadingZero) {
                throw malformed(text);
            }
            bits = bits << 8 | value;
            if (part < 3) {
                if (position >= text.length() || text.charAt(position) != '.') {
                    throw malformed(text);
                }
                position++;
            }
        }
        if (position != text.length()) {
            throw malformed(text);
        }
        return new Ipv4Address(bits);
    }

    private static BalancerException malformed(String text) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "\"" + text + "\" is not an IPv4 address (four numbers 0-255, as in 192.0.2.1)");
    }

    @Override
    public long high() {
        return 0;
    }

    @Override
    public long low() {
        return IpAddress.mapped(bits);
    }

    @Override
    public int bitLength() {
        return 32;
    }

    /// Whether a host may have this address: not `0.0.0.0/8`, not multicast, not `240.0.0.0/4` (RFC
    /// 1122 §3.2.1.3). Loopback addresses count as unicast.
    ///
    /// @return true for a unicast address
    public boolean isUnicast() {
        int first = bits >>> 24;
        return first != 0 && first < 224;
    }

    @Override
    public int compareTo(IpAddress other) {
        return switch (other) {
            case Ipv4Address v4 -> Integer.compareUnsigned(bits, v4.bits);
            case Ipv6Address _ -> -1;
        };
    }

    @Override
    public String toString() {
        return (bits >>> 24)
                + "."
                + (bits >>> 16 & 0xFF)
                + "."
                + (bits >>> 8 & 0xFF)
                + "."
                + (bits & 0xFF);
    }
}
