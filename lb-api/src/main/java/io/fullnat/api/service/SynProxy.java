// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import java.util.List;
import java.util.Locale;

/// Whether a service answers SYNs of its clients by itself, with cookies that cost no memory, and
/// asks a real server only when a client has acknowledged one; and what it offers clients then in
/// its servers' place. Begins with [#OFF] or [#ALWAYS]; the `with` methods give changed copies.
/// Immutable and thread-safe.
///
/// @param mode when it does
/// @param from with [Mode#FROM], how many half-open connections the service has from which on it
///   does, or [ServiceLimits#halfOpen()] if it may not have as many; else 0
/// @param segmentSize the largest segment that its real servers take, 536 to 65,495 bytes; 0 for
///   what the clients' link carries
/// @param scale by how many bits its real servers shift their windows, 0 to 14, or [#NO_SCALE]; 7
///   is that of Linux
/// @param selective whether its real servers take selective acknowledgements
/// @param timestamps whether its real servers have timestamps
public record SynProxy(
        Mode mode, int from, int segmentSize, int scale, boolean selective, boolean timestamps) {
    /// Windows are not shifted.
    public static final int NO_SCALE = -1;

    /// By how many bits they are if nothing is said.
    public static final int USUAL_SCALE = 7;

    /// The largest shift.
    public static final int MAX_SCALE = 14;

    /// The most half-open connections to begin from.
    public static final int MAX_FROM = ServiceLimits.MAX_CONNECTIONS;

    /// When SYNs are answered.
    public enum Mode {
        /// Never: real servers do.
        OFF,
        /// Always.
        ALWAYS,
        /// While the service has many half-open connections, or would have.
        FROM;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Real servers answer.
    public static final SynProxy OFF = new SynProxy(Mode.OFF, 0, 0, USUAL_SCALE, true, true);

    /// Each SYN is answered, as a server of Linux would.
    public static final SynProxy ALWAYS = new SynProxy(Mode.ALWAYS, 0, 0, USUAL_SCALE, true, true);

    private static final String NUMBER = "[0-9]{1,10}";
    private static final String NO = "no";
    private static final String YES = "yes";

    /// Refuses what is out of range.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming it
    public SynProxy {
        requireNonNull(mode, "mode");
        if (mode == Mode.FROM ? from < 1 || from > MAX_FROM : from != 0) {
            throw wrong("syn-proxy " + from + " is not 1-" + MAX_FROM + " half-open connections");
        }
        if (segmentSize != 0
                && (segmentSize < TcpPolicy.MIN_MSS || segmentSize > TcpPolicy.MAX_MSS)) {
            throw wrong(
                    "mss "
                            + segmentSize
                            + " of syn-proxy is not "
                            + TcpPolicy.MIN_MSS
                            + "-"
                            + TcpPolicy.MAX_MSS);
        }
        if (scale < NO_SCALE || scale > MAX_SCALE) {
            throw wrong("scale " + scale + " of syn-proxy is neither 0-" + MAX_SCALE + " nor no");
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// Answers from so many half-open connections on.
    ///
    /// @param halfOpen 1 to [#MAX_FROM]
    /// @return as [#ALWAYS] else
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public static SynProxy from(int halfOpen) {
        return ALWAYS.with(Mode.FROM, halfOpen);
    }

    /// Reads what [#text()] writes: `off`, `always` or a number, and behind it, after commas, what
    /// differs from a server of Linux: `mss=1400`, `scale=9`, `scale=no`, `sack=no`,
    /// `timestamps=no`.
    ///
    /// @param text one word
    /// @return what it says
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what is wrong
    public static SynProxy parse(String text) {
        List<String> parts = List.of(requireNonNull(text, "text").split(",", -1));
        SynProxy said = parseMode(parts.getFirst());
        for (String part : parts.subList(1, parts.size())) {
            said = said.parseOption(part);
        }
        return said;
    }

    private static SynProxy parseMode(String word) {
        if (word.equals(Mode.OFF.word())) {
            return OFF;
        }
        if (word.equals(Mode.ALWAYS.word())) {
            return ALWAYS;
        }
        if (word.matches(NUMBER) && Long.parseLong(word) <= MAX_FROM) {
            return from(Integer.parseInt(word));
        }
        throw wrong(
                "\""
                        + word
                        + "\" is neither off, always nor 1-"
                        + MAX_FROM
                        + " half-open connections to begin from");
    }

    private SynProxy parseOption(String option) {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        String value = equals < 0 ? "" : option.substring(equals + 1);
        return switch (name) {
            case "mss" -> withSegmentSize(number(option, value));
            case "scale" -> withScale(value.equals(NO) ? NO_SCALE : number(option, value));
            case "sack" -> withSelective(yes(option, value));
            case "timestamps" -> withTimestamps(yes(option, value));
            default ->
                    throw wrong(
                            "\""
                                    + option
                                    + "\" is none of mss=BYTES, scale=BITS, scale=no, sack=no,"
                                    + " timestamps=no");
        };
    }

    private static int number(String option, String value) {
        if (!value.matches("[0-9]{1,5}")) {
            throw wrong("\"" + option + "\" has no number");
        }
        return Integer.parseInt(value);
    }

    private static boolean yes(String option, String value) {
        if (!value.equals(YES) && !value.equals(NO)) {
            throw wrong("\"" + option + "\" is neither yes nor no");
        }
        return value.equals(YES);
    }

    /// One word, as [#parse] reads it.
    ///
    /// @return without what is as usual
    public String text() {
        String text = mode == Mode.FROM ? Integer.toString(from) : mode.word();
        if (segmentSize != 0) {
            text += ",mss=" + segmentSize;
        }
        if (scale != USUAL_SCALE) {
            text += ",scale=" + (scale == NO_SCALE ? NO : Integer.toString(scale));
        }
        if (!selective) {
            text += ",sack=no";
        }
        return timestamps ? text : text + ",timestamps=no";
    }

    /// Whether SYNs are ever answered.
    ///
    /// @return false for [Mode#OFF]
    public boolean isUsed() {
        return mode != Mode.OFF;
    }

    /// Requires that a service can have it.
    void require(ServiceKey key) {
        if (isUsed() && key.protocol() != Protocol.TCP) {
            throw wrong("syn-proxy of " + key + ": only services of TCP can have it; leave it out");
        }
    }

    /// The same with another mode.
    ///
    /// @param other when SYNs are answered
    /// @param halfOpen for [Mode#FROM], 1 to [#MAX_FROM]; else 0
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public SynProxy with(Mode other, int halfOpen) {
        requireNonNull(other, "other");
        return new SynProxy(other, halfOpen, segmentSize, scale, selective, timestamps);
    }

    /// The same with another largest segment.
    ///
    /// @param bytes 536 to 65,495; 0 for what the clients' link carries
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public SynProxy withSegmentSize(int bytes) {
        return new SynProxy(mode, from, bytes, scale, selective, timestamps);
    }

    /// The same with another window scale.
    ///
    /// @param bits 0 to 14, or [#NO_SCALE]
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for others
    public SynProxy withScale(int bits) {
        return new SynProxy(mode, from, segmentSize, bits, selective, timestamps);
    }

    /// The same with or without selective acknowledgements.
    ///
    /// @param permitted whether real servers take them
    /// @return a new value
    public SynProxy withSelective(boolean permitted) {
        return new SynProxy(mode, from, segmentSize, scale, permitted, timestamps);
    }

    /// The same with or without timestamps.
    ///
    /// @param used whether real servers have them
    /// @return a new value
    public SynProxy withTimestamps(boolean used) {
        return new SynProxy(mode, from, segmentSize, scale, selective, used);
    }

    /// As [#text()].
    @Override
    public String toString() {
        return text();
    }
}
