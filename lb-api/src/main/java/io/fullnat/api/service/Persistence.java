// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// A service's persistence: a client's connections go to the real server of its last one, on
/// whichever workers they begin. Who is one client is said by a prefix length for each family; the
/// balancer keeps a *template* for each, from which the client's next connections are made.
/// Immutable and thread-safe.
///
/// @param timeout how long a template lasts after the beginning of the last connection that it
///   served: whole seconds, 1 to [#MAX_SECONDS]. Packets and the end of connections do not matter
/// @param ipv4Length addresses of IPv4 with this prefix in common are one client: 1 to 32
/// @param ipv6Length the same of IPv6: 1 to 128
/// @param quiesced what becomes of a client whose server has the weight 0
public record Persistence(Duration timeout, int ipv4Length, int ipv6Length, Quiesced quiesced) {
    /// The longest timeout in seconds, 31 days, as in `ipvsadm`.
    public static final int MAX_SECONDS = 2_678_400;

    /// The timeout that `ipvsadm` takes if none is said, in seconds.
    public static final int DEFAULT_SECONDS = 360;

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /// What becomes of the template of a server with the weight 0.
    public enum Quiesced {
        /// It is dropped: the client's next connection is scheduled anew.
        DROP,
        /// It goes on: the server's clients stay with it, new ones do not come.
        HONOUR;

        /// The word for it in configurations and commands.
        ///
        /// @return `drop` or `honour`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<Quiesced> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(one -> one.word().equals(word)).findAny();
        }
    }

    /// Checks the ranges.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what is out of range
    public Persistence {
        requireNonNull(timeout, "timeout");
        requireNonNull(quiesced, "quiesced");
        long seconds = timeout.toSeconds();
        if (seconds < 1 || seconds > MAX_SECONDS || !timeout.equals(Duration.ofSeconds(seconds))) {
            throw invalid(
                    "persistence of "
                            + timeout
                            + " is not a whole number of seconds, 1-"
                            + MAX_SECONDS);
        }
        requireLength(ipv4Length, IPV4_BITS, "IPv4");
        requireLength(ipv6Length, IPV6_BITS, "IPv6");
    }

    private static void requireLength(int length, int bits, String family) {
        if (length < 1 || length > bits) {
            throw invalid("persistence by /" + length + " of " + family + " is not /1-/" + bits);
        }
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// Persistence of single addresses, dropped at weight 0.
    ///
    /// @param timeout whole seconds
    /// @return a value
    public static Persistence of(Duration timeout) {
        return new Persistence(timeout, IPV4_BITS, IPV6_BITS, Quiesced.DROP);
    }

    /// The same with another timeout.
    ///
    /// @param other whole seconds
    /// @return a new value
    public Persistence withTimeout(Duration other) {
        return new Persistence(other, ipv4Length, ipv6Length, quiesced);
    }

    /// The same with other prefix lengths.
    ///
    /// @param ipv4 1 to 32
    /// @param ipv6 1 to 128
    /// @return a new value
    public Persistence withLengths(int ipv4, int ipv6) {
        return new Persistence(timeout, ipv4, ipv6, quiesced);
    }

    /// The same with another answer to a weight of 0.
    ///
    /// @param other what becomes of a client then
    /// @return a new value
    public Persistence withQuiesced(Quiesced other) {
        return new Persistence(timeout, ipv4Length, ipv6Length, other);
    }

    @Override
    public String toString() {
        return timeout.toSeconds()
                + "s by /"
                + ipv4Length
                + " and /"
                + ipv6Length
                + ", "
                + quiesced.word()
                + " at weight 0";
    }
}
