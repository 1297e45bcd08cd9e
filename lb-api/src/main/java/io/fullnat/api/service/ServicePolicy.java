// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthPolicy;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How a service treats its clients and its connections beyond scheduling, and what its operator
/// notes of it: what has a default that most services keep. Begins with [#DEFAULT]; the `with`
/// methods give changed copies. Two of them are equal if all that they say is. Immutable and
/// thread-safe.
public final class ServicePolicy {
    /// The most characters of a description.
    public static final int MAX_DESCRIPTION = 255;

    private final Refusal refusal;
    private final Removal removal;
    private final Timeouts timeouts;
    private final Map<String, String> schedulerOptions;
    private final String description;
    private final HealthPolicy health;
    private final ServiceLimits limits;

    private ServicePolicy(
            Refusal refusal,
            Removal removal,
            Timeouts timeouts,
            Map<String, String> schedulerOptions,
            String description,
            HealthPolicy health,
            ServiceLimits limits) {
        this.refusal = refusal;
        this.removal = removal;
        this.timeouts = timeouts;
        this.schedulerOptions = schedulerOptions;
        this.description = description;
        this.health = health;
        this.limits = limits;
    }

    /// What a service without a policy of its own does.
    public static final ServicePolicy DEFAULT =
            new ServicePolicy(
                    Refusal.REJECT,
                    Removal.DRAIN,
                    Timeouts.NONE,
                    Map.of(),
                    "",
                    HealthPolicy.NONE,
                    ServiceLimits.NONE);

    /// What a client hears that cannot be served: kept out by an access rule, or as no real server,
    /// local address or port is usable, no route leads to the server, or the table is full.
    public enum Refusal {
        /// A TCP reset, or an ICMP error for UDP; limited in rate.
        REJECT,
        /// Nothing.
        DROP;

        /// The word for it in configurations and commands.
        ///
        /// @return `reject` or `drop`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<Refusal> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(refusal -> refusal.word().equals(word)).findAny();
        }
    }

    /// What becomes of the connections of a real server when it is removed from the service, or the
    /// service with it.
    public enum Removal {
        /// They go on until they end.
        DRAIN,
        /// They end with the transaction; either end learns of it when it next sends.
        END;

        /// The word for it in configurations and commands.
        ///
        /// @return `drain` or `end`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<Removal> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(removal -> removal.word().equals(word)).findAny();
        }
    }

    /// What a client hears that cannot be served.
    ///
    /// @return a reset, or nothing
    public Refusal refusal() {
        return refusal;
    }

    /// What becomes of the connections of a real server that is removed.
    ///
    /// @return whether they go on
    public Removal removal() {
        return removal;
    }

    /// Idle times of states that differ from the balancer's; before the service's connection
    /// timeout.
    ///
    /// @return by state
    public Timeouts timeouts() {
        return timeouts;
    }

    /// What its scheduler is told ([SchedulerContext#options()]); the built-in schedulers have no
    /// options.
    ///
    /// @return by name, unmodifiable
    public Map<String, String> schedulerOptions() {
        return schedulerOptions;
    }

    /// What the operator notes of the service; it changes nothing else.
    ///
    /// @return one line, empty if there is none
    public String description() {
        return description;
    }

    /// How it finds out which of its servers are alive, and what comes of it.
    ///
    /// @return the policy
    public HealthPolicy health() {
        return health;
    }

    /// How much it takes on.
    ///
    /// @return limits of its connections
    public ServiceLimits limits() {
        return limits;
    }

    /// Checks a description.
    ///
    /// @param text of a service or a real server
    /// @return the text
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it has more than
    ///   [#MAX_DESCRIPTION] characters, one that is not printed, or a blank at either end
    public static String requireDescription(String text) {
        if (requireNonNull(text, "text").length() > MAX_DESCRIPTION) {
            throw wrong(
                    "description has " + text.length() + " characters; not 0-" + MAX_DESCRIPTION);
        }
        text.codePoints()
                .filter(ServicePolicy::isUnprinted)
                .findFirst()
                .ifPresent(found -> {
                    throw wrong(
                            "description has the character U+%04X, which is not printed; leave it out"
                                    .formatted(found));
                });
        if (!text.equals(text.strip())) {
            throw wrong(
                    "description \""
                            + text
                            + "\" begins or ends with a blank; leave the blank out");
        }
        return text;
    }

    private static boolean isUnprinted(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// A description as text has it.
    static String quoted(String description) {
        return description.isEmpty()
                ? ""
                : " description \"" + description.replace("\"", "\\\"") + "\"";
    }

    /// The same policy with another description.
    ///
    /// @param text one line, empty for none
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [#requireDescription]
    public ServicePolicy withDescription(String text) {
        return new ServicePolicy(
                refusal,
                removal,
                timeouts,
                schedulerOptions,
                requireDescription(text),
                health,
                limits);
    }

    /// The same policy with another refusal.
    ///
    /// @param other what a client hears that cannot be served
    /// @return a new value
    public ServicePolicy withRefusal(Refusal other) {
        return new ServicePolicy(
                requireNonNull(other, "other"),
                removal,
                timeouts,
                schedulerOptions,
                description,
                health,
                limits);
    }

    /// The same policy with another removal.
    ///
    /// @param other what becomes of the connections of a removed server
    /// @return a new value
    public ServicePolicy withRemoval(Removal other) {
        return new ServicePolicy(
                refusal,
                requireNonNull(other, "other"),
                timeouts,
                schedulerOptions,
                description,
                health,
                limits);
    }

    /// The same policy with other timeouts.
    ///
    /// @param others idle times of states that differ from the balancer's
    /// @return a new value
    public ServicePolicy withTimeouts(Timeouts others) {
        return new ServicePolicy(
                refusal,
                removal,
                requireNonNull(others, "others"),
                schedulerOptions,
                description,
                health,
                limits);
    }

    /// The same policy with other options of its scheduler.
    ///
    /// @param others by name, all of them
    /// @return a new value
    public ServicePolicy withSchedulerOptions(Map<String, String> others) {
        return new ServicePolicy(
                refusal, removal, timeouts, Map.copyOf(others), description, health, limits);
    }

    /// The same policy with another way to find out which servers are alive.
    ///
    /// @param other how, and what comes of it
    /// @return a new value
    public ServicePolicy withHealth(HealthPolicy other) {
        return new ServicePolicy(
                refusal,
                removal,
                timeouts,
                schedulerOptions,
                description,
                requireNonNull(other, "other"),
                limits);
    }

    /// The same policy with other limits.
    ///
    /// @param others how much the service takes on
    /// @return a new value
    public ServicePolicy withLimits(ServiceLimits others) {
        return new ServicePolicy(
                refusal,
                removal,
                timeouts,
                schedulerOptions,
                description,
                health,
                requireNonNull(others, "others"));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ServicePolicy that
                        && refusal == that.refusal
                        && removal == that.removal
                        && timeouts.equals(that.timeouts)
                        && schedulerOptions.equals(that.schedulerOptions)
                        && description.equals(that.description)
                        && health.equals(that.health)
                        && limits.equals(that.limits));
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                refusal, removal, timeouts, schedulerOptions, description, health, limits);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        String text = "refusal " + refusal.word() + ", removal " + removal.word();
        if (!timeouts.byState().isEmpty()) {
            text += ", timeouts " + timeouts;
        }
        if (!schedulerOptions.isEmpty()) {
            text += ", scheduler options " + new TreeMap<>(schedulerOptions);
        }
        if (!health.equals(HealthPolicy.NONE)) {
            text += ", health [" + health + "]";
        }
        if (!limits.equals(ServiceLimits.NONE)) {
            text += ", " + limits;
        }
        return description.isEmpty() ? text : text + "," + quoted(description);
    }
}
