// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// A transport protocol that can be balanced.
public enum Protocol {
    /// RFC 9293.
    TCP(6),
    /// RFC 768.
    UDP(17);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /// The number in the IP header (IANA protocol numbers).
    ///
    /// @return 6 or 17
    public int number() {
        return number;
    }

    /// The protocol of a number in an IP header.
    ///
    /// @param number 6 or 17
    /// @return the protocol
    /// @throws IllegalArgumentException for any other number
    public static Protocol of(int number) {
        return switch (number) {
            case 6 -> TCP;
            case 17 -> UDP;
            default -> throw new IllegalArgumentException("protocol " + number);
        };
    }
}
