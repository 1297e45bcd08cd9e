// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;

/// What a service does to TCP segments of its connections beyond their translation. Begins with
/// [#KEEP], which does nothing; the `with` methods give changed copies. Immutable and thread-safe.
///
/// @param freshIsn whether real servers see initial sequence numbers that the balancer chooses for
///   their tuple (RFC 6528), so that a local port that is used again is not refused by a server in
///   TIME-WAIT; not those that clients choose
/// @param stripsTimestamps whether the timestamps option (RFC 7323) is taken out of SYNs, so that
///   neither end uses it
/// @param mss the largest segment that SYNs of both sides may ask for, 536 to 65,495 bytes;
///   [#KEEP_MSS] to leave them, [#PATH_MSS] for what both links carry
/// @param synProxy whether SYNs are answered by cookies before a real server is asked
public record TcpPolicy(boolean freshIsn, boolean stripsTimestamps, int mss, SynProxy synProxy) {
    /// What ends ask for is left as it is.
    public static final int KEEP_MSS = 0;

    /// What fits both links of the balancer that a connection uses.
    public static final int PATH_MSS = -1;

    /// The smallest clamp: what may be sent to a host that says nothing (RFC 9293 §3.7.1).
    public static final int MIN_MSS = 536;

    /// The largest: a packet of 65,535 bytes with the shortest headers.
    public static final int MAX_MSS = 65_495;

    /// Nothing is done.
    public static final TcpPolicy KEEP = new TcpPolicy(false, false, KEEP_MSS, SynProxy.OFF);

    private static final String KEEP_WORD = "keep";
    private static final String PATH_WORD = "path";

    /// A policy.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for another clamp
    public TcpPolicy {
        requireNonNull(synProxy, "synProxy");
        if (mss != KEEP_MSS && mss != PATH_MSS && (mss < MIN_MSS || mss > MAX_MSS)) {
            throw wrong(String.valueOf(mss));
        }
    }

    private static BalancerException wrong(String mss) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "mss " + mss + " is none of keep, path, " + MIN_MSS + "-" + MAX_MSS);
    }

    /// Requires that a service can have it.
    void require(ServiceKey key) {
        synProxy.require(key);
        if (key.protocol() != Protocol.TCP && !equals(KEEP)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "isn, tcp-timestamps or mss of "
                            + key
                            + ": only services of TCP can have them; leave them out");
        }
    }

    /// Reads a clamp.
    ///
    /// @param word `keep`, `path` or a number
    /// @return as [#mss()]
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public static int parseMss(String word) {
        if (word.equals(KEEP_WORD)) {
            return KEEP_MSS;
        }
        if (word.equals(PATH_WORD)) {
            return PATH_MSS;
        }
        int value;
        try {
            value = Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw wrong(word);
        }
        if (value < MIN_MSS || value > MAX_MSS) {
            throw wrong(word);
        }
        return value;
    }

    /// The word for a clamp.
    ///
    /// @param mss as [#mss()]
    /// @return as [#parseMss] reads it
    public static String mssWord(int mss) {
        return switch (mss) {
            case KEEP_MSS -> KEEP_WORD;
            case PATH_MSS -> PATH_WORD;
            default -> String.valueOf(mss);
        };
    }

    /// The same with other initial sequence numbers.
    ///
    /// @param fresh whether the balancer chooses them
    /// @return a new value
    public TcpPolicy withFreshIsn(boolean fresh) {
        return new TcpPolicy(fresh, stripsTimestamps, mss, synProxy);
    }

    /// The same with or without timestamps.
    ///
    /// @param strips whether they are taken out
    /// @return a new value
    public TcpPolicy withStripsTimestamps(boolean strips) {
        return new TcpPolicy(freshIsn, strips, mss, synProxy);
    }

    /// The same with another clamp.
    ///
    /// @param clamp as [#mss()]
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public TcpPolicy withMss(int clamp) {
        return new TcpPolicy(freshIsn, stripsTimestamps, clamp, synProxy);
    }

    /// The same with another SYN proxy.
    ///
    /// @param other when it answers, and what it offers
    /// @return a new value
    public TcpPolicy withSynProxy(SynProxy other) {
        return new TcpPolicy(freshIsn, stripsTimestamps, mss, requireNonNull(other, "other"));
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return "isn "
                + (freshIsn ? "fresh" : KEEP_WORD)
                + ", tcp timestamps "
                + (stripsTimestamps ? "strip" : KEEP_WORD)
                + ", mss "
                + mssWord(mss)
                + (synProxy.equals(SynProxy.OFF) ? "" : ", syn proxy " + synProxy);
    }
}
