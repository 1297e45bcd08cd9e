// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;

/// An address and a prefix length (RFC 4632, RFC 4291 §2.3), as in `10.0.0.0/8` or `2001:db8::/32`.
/// The address may have bits beyond the length: an interface address such as `10.0.0.5/24` is one
/// too; [#network()] clears them.
///
/// Immutable and thread-safe.
///
/// @param address the address
/// @param length the prefix length in bits, 0 to the address's bit length
public record IpPrefix(IpAddress address, int length) {
    /// Checks the length.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the length is out of range
    public IpPrefix {
        requireNonNull(address, "address");
        if (length < 0 || length > address.bitLength()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "prefix length "
                            + length
                            + " of "
                            + address
                            + " is not 0-"
                            + address.bitLength());
        }
    }

    /// Reads `address/length`; without a length the prefix is the one address.
    ///
    /// @param text for example `10.0.0.0/8`
    /// @return the prefix
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            IpAddress address = IpAddress.parse(text);
            return new IpPrefix(address, address.bitLength());
        }
        IpAddress address = IpAddress.parse(text.substring(0, slash));
        String digits = text.substring(slash + 1);
        if (!digits.matches("[0-9]{1,3}")) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\""
                            + text
                            + "\" has no prefix length after the slash (as in 10.0.0.0/8 or 2001:db8::/32)");
        }
        return new IpPrefix(address, Integer.parseInt(digits));
    }

    /// The length of the prefix when its address is one of 128 bits ([IpAddress#high()]).
    ///
    /// @return for IPv4 96 more than its own, for IPv6 its own
    public int mappedLength() {
        return length + 128 - address.bitLength();
    }

    /// The prefix with all bits beyond its length cleared.
    ///
    /// @return for `10.0.0.5/24`, `10.0.0.0/24`
    public IpPrefix network() {
        return new IpPrefix(
                IpAddress.of(address.high() & maskHigh(), address.low() & maskLow()), length);
    }

    /// Whether an address lies within this prefix.
    ///
    /// @param other any address
    /// @return true if it is of the same family and its first [#length()] bits are the same
    public boolean contains(IpAddress other) {
        requireNonNull(other, "other");
        return other.bitLength() == address.bitLength()
                && ((address.high() ^ other.high()) & maskHigh()) == 0
                && ((address.low() ^ other.low()) & maskLow()) == 0;
    }

    private long maskHigh() {
        return ones(Math.min(mappedLength(), Long.SIZE));
    }

    private long maskLow() {
        return ones(Math.max(mappedLength() - Long.SIZE, 0));
    }

    private static long ones(int count) {
        return count == 0 ? 0 : -1L << (Long.SIZE - count);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
