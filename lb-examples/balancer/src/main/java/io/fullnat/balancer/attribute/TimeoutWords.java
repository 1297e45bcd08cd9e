// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.text.Spelling;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Timeouts as words of a command: `fin-wait=600,udp-normal=5`. A time of 0 is the default one.
/// `dns` stands for those of [Timeouts#DNS], `none` takes back all that were set before.
public final class TimeoutWords {
    private TimeoutWords() {}

    /// What some words make of timeouts.
    ///
    /// @param words as typed
    /// @param before those that are there
    /// @return those that are there then
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for a word that is none
    public static Timeouts apply(String words, Timeouts before) {
        Timeouts timeouts = before;
        for (String word : words.split(",", -1)) {
            timeouts = applyOne(word, timeouts);
        }
        return timeouts;
    }

    private static Timeouts applyOne(String word, Timeouts before) {
        if (word.equals("none")) {
            return Timeouts.NONE;
        }
        if (word.equals("dns")) {
            return Timeouts.DNS.orElse(before);
        }
        int equals = word.indexOf('=');
        if (equals < 0) {
            throw wrong(word);
        }
        String key = word.substring(0, equals);
        TimedState state = TimedState.of(key).orElseThrow(() -> wrong(word));
        return before.with(
                state, Kind.number(key, word.substring(equals + 1), 0, (int) Timeouts.MAX_SECONDS));
    }

    private static RuntimeException wrong(String word) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "\""
                        + word
                        + "\" is not STATE=SECONDS, dns or none; states are "
                        + Stream.of(TimedState.values())
                                .map(TimedState::key)
                                .collect(Collectors.joining(", "))
                        + Spelling.hint(
                                word.replaceFirst("=.*", ""),
                                Stream.of(TimedState.values()).map(TimedState::key).toList()));
    }
}
