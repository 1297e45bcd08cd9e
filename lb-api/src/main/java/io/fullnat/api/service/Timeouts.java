// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Idle times of some states; the others keep theirs. Immutable and thread-safe.
///
/// @param byState whole seconds, 1 to 31,535,999
public record Timeouts(Map<TimedState, Duration> byState) {
    /// The longest idle time, in seconds: a year less a second, as in DPVS.
    public static final long MAX_SECONDS = 31_535_999;

    /// All states keep theirs.
    public static final Timeouts NONE = new Timeouts(Map.of());

    /// For a service of questions and answers, as DNS: a client that asks again within half a
    /// minute keeps its connection, one that does not gives it back at once.
    public static final Timeouts DNS =
            NONE.with(TimedState.UDP_ONEWAY, Duration.ofSeconds(15))
                    .with(TimedState.UDP_NORMAL, Duration.ofSeconds(5))
                    .with(TimedState.UDP_STREAM, Duration.ofSeconds(30));

    /// Checks and copies.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for one out of range
    public Timeouts {
        requireNonNull(byState, "byState");
        Map<TimedState, Duration> copy = new EnumMap<>(TimedState.class);
        byState.forEach((state, time) -> {
            if (time.toSeconds() < 1
                    || time.toSeconds() > MAX_SECONDS
                    || !time.equals(Duration.ofSeconds(time.toSeconds()))) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "timeout "
                                + state.key()
                                + " of "
                                + time
                                + " is not a whole number of seconds, 1-"
                                + MAX_SECONDS);
            }
            copy.put(state, time);
        });
        byState = Collections.unmodifiableMap(copy);
    }

    /// The idle time of a state.
    ///
    /// @param state any
    /// @return empty if it keeps its own
    public Optional<Duration> get(TimedState state) {
        return Optional.ofNullable(byState.get(requireNonNull(state, "state")));
    }

    /// The same with another idle time.
    ///
    /// @param state of which
    /// @param time whole seconds
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
    public Timeouts with(TimedState state, Duration time) {
        Map<TimedState, Duration> changed = new EnumMap<>(TimedState.class);
        changed.putAll(byState);
        changed.put(state, time);
        return new Timeouts(changed);
    }

    /// The same without an idle time.
    ///
    /// @param state which keeps its own from now on
    /// @return a new value
    public Timeouts without(TimedState state) {
        Map<TimedState, Duration> changed = new EnumMap<>(TimedState.class);
        changed.putAll(byState);
        changed.remove(requireNonNull(state, "state"));
        return new Timeouts(changed);
    }

    /// The same with one of a number of seconds, or without for 0: how all interfaces have it.
    ///
    /// @param state of which
    /// @param seconds 0 to [#MAX_SECONDS]
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
    public Timeouts with(TimedState state, long seconds) {
        return seconds == 0 ? without(state) : with(state, Duration.ofSeconds(seconds));
    }

    /// These, and where they say nothing, others.
    ///
    /// @param others what holds for the other states
    /// @return a new value
    public Timeouts orElse(Timeouts others) {
        Map<TimedState, Duration> merged = new EnumMap<>(TimedState.class);
        merged.putAll(others.byState);
        merged.putAll(byState);
        return new Timeouts(merged);
    }

    /// The idle time that holds for a state.
    ///
    /// @param state any
    /// @return seconds: these, or the default
    public int seconds(TimedState state) {
        Duration time = byState.get(state);
        return time == null ? state.defaultSeconds() : (int) time.toSeconds();
    }

    /// As commands read it: `fin-wait=600,udp-normal=5`, `none` if there is nothing.
    @Override
    public String toString() {
        return byState.isEmpty()
                ? "none"
                : byState.entrySet().stream()
                        .map(entry -> entry.getKey().key() + "=" + entry.getValue().toSeconds())
                        .collect(Collectors.joining(","));
    }
}
