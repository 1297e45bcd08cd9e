// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.text.Spelling;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Timeouts as words of a command: `fin-wait=600,udp-normal=5`. A time of 0 is the default one.
/// `dns` stands for those of [Timeouts#DNS], `none` takes back all that were set before.
final class TimeoutWords {
    private TimeoutWords() {}

    /// What some words make of timeouts.
    ///
    /// @throws io.fullnat.api.BalancerException for a word that is none
    static Timeouts apply(String words, Timeouts before) {
        Timeouts timeouts = before;
        for (String word : words.split(",", -1)) {
            timeouts = applyOne(word, timeouts);
        }
        return timeouts;
    }

    /// What words, if there are any, make of a policy.
    static ServicePolicy apply(Optional<String> words, ServicePolicy before) {
        return words.map(text -> before.withTimeouts(apply(text, before.timeouts())))
                .orElse(before);
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
        return before.with(state, Values.timeoutSeconds(key, word.substring(equals + 1)));
    }

    private static RuntimeException wrong(String word) {
        return Refusal.invalid(
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
