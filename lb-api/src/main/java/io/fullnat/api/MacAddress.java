// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import java.util.Locale;

/// An Ethernet (EUI-48) address. Immutable and thread-safe.
///
/// @param bits the address in the low 48 bits, first octet highest: `02:00:00:00:00:01` is
///   `0x020000000001`
public record MacAddress(long bits) {
    /// `ff:ff:ff:ff:ff:ff`.
    public static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);

    /// Checks that only the low 48 bits are used.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] otherwise
    public MacAddress {
        if (bits >>> 48 != 0) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "0x" + Long.toHexString(bits) + " has more than the 48 bits of a MAC address");
        }
    }

    /// Reads six hexadecimal octets separated by colons.
    ///
    /// @param text for example `02:00:00:00:00:01`
    /// @return the address
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static MacAddress parse(String text) {
        if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\"" + text + "\" is not a MAC address (as in 02:00:00:00:00:01)");
        }
        return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
    }

    /// Whether this is a group (multicast or broadcast) address.
    ///
    /// @return true if the lowest bit of the first octet is set
    public boolean isGroup() {
        return (bits >>> 40 & 1) != 0;
    }

    @Override
    public String toString() {
        String hex = String.format(Locale.ROOT, "%012x", bits);
        StringBuilder text = new StringBuilder(17);
        for (int i = 0; i < 12; i += 2) {
            if (i > 0) {
                text.append(':');
            }
            text.append(hex, i, i + 2);
        }
        return text.toString();
    }
}
