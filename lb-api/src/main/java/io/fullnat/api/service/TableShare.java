// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much of each worker's connection table a service may have, and how much is kept for it. In
/// between services share by what is free: one that wants all gets three quarters, two get three
/// sevenths each. Immutable and thread-safe.
///
/// @param most percent of the table that it may have, 1 to 100
/// @param reserved percent that others leave to it, 0 to `most`
public record TableShare(int most, int reserved) {
    /// As much as is free, and nothing kept.
    public static final TableShare ANY = new TableShare(100, 0);

    /// How much all services together may have kept for them, in percent.
    public static final int MAX_RESERVED = 90;

    private static final int WHOLE = 100;
    private static final Pattern WORDS = Pattern.compile("([0-9]{1,3})(?:,([0-9]{1,3}))?");

    /// Refuses what is out of range.
    public TableShare {
        if (most < 1 || most > WHOLE) {
            throw wrong("table share " + most + " is not 1-100 percent");
        }
        if (reserved < 0 || reserved > Math.min(most, MAX_RESERVED)) {
            throw wrong(
                    "reserved table share "
                            + reserved
                            + " is not 0-"
                            + Math.min(most, MAX_RESERVED)
                            + " percent");
        }
    }

    /// Reads a share.
    ///
    /// @param text percent that it may have, and behind a comma what is kept for it: `50`, `100,10`
    /// @return the share
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none
    public static TableShare parse(String text) {
        Matcher words = WORDS.matcher(text);
        if (!words.matches()) {
            throw wrong(
                    "\""
                            + text
                            + "\" is no share of a table: percent that a service may have and, if"
                            + " some is to be kept for it, how much, as in \"50\", \"100,10\"");
        }
        String reserved = words.group(2);
        return new TableShare(
                Integer.parseInt(words.group(1)),
                reserved == null ? 0 : Integer.parseInt(reserved));
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        return reserved == 0 ? String.valueOf(most) : most + "," + reserved;
    }
}
