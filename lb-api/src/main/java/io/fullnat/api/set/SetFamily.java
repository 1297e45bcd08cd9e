// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Of which family the addresses of a set are: all of one, so that an entry of the other is refused
/// where it is written, and never found missing later.
public enum SetFamily {
    /// Addresses of IPv4 alone.
    IPV4,
    /// Addresses of IPv6 alone.
    IPV6,
    /// No addresses: ports alone, for services of both families.
    ANY;

    /// The word for it in configurations and commands.
    ///
    /// @return `ipv4`, `ipv6` or `any`
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The one with this word.
    ///
    /// @param word as [#word()] gives it
    /// @return empty if it is none
    public static Optional<SetFamily> of(String word) {
        requireNonNull(word, "word");
        return Arrays.stream(values()).filter(family -> family.word().equals(word)).findAny();
    }

    /// Whether clients with such an address can be in a set of this family.
    ///
    /// @param address any
    /// @return false if none of its entries is ever right for it
    public boolean has(IpAddress address) {
        boolean ipv4 = requireNonNull(address, "address") instanceof Ipv4Address;
        return this == ANY || (this == IPV4) == ipv4;
    }

    @Override
    public String toString() {
        return switch (this) {
            case IPV4 -> "IPv4";
            case IPV6 -> "IPv6";
            case ANY -> "any family";
        };
    }
}
