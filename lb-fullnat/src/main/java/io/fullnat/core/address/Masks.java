// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

/// The bits of an address that a prefix of a length leaves, 0 to 128: 96 more than IPv4 counts.
public final class Masks {
    /// The length of a prefix of one address.
    public static final int WHOLE = 128;

    private Masks() {}

    /// The mask of the first half.
    ///
    /// @param length of the prefix
    /// @return ones, then zeros
    public static long high(int length) {
        return length >= Long.SIZE ? -1 : upper(length);
    }

    /// The mask of the last half.
    ///
    /// @param length of the prefix
    /// @return ones, then zeros
    public static long low(int length) {
        return length <= Long.SIZE ? 0 : upper(length - Long.SIZE);
    }

    private static long upper(int bits) {
        return bits == 0 ? 0 : -1L << (Long.SIZE - bits);
    }
}
