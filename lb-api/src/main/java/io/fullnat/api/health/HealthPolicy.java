// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// How a service finds out which of its real servers are alive, and what comes of it. Made by a
/// [Builder]. Immutable and thread-safe.
///
/// @param checks of its servers, but for those with checks of their own; a server is up while all
///   say so
/// @param passive what is concluded from what its connections meet; empty for nothing
/// @param slowStart how the share of a server grows that has come up
/// @param maxEjected how many of its servers with a weight may be kept from new connections by
///   their health at once, 0 to 100 percent; those that fail when it is reached go on
/// @param lastServer what new connections meet when nobody is up
/// @param sorryServer who gets new connections while the quorum is lost, if that is what
///   `lastServer` says; reached from the service's local addresses
/// @param quorum how much of it must be up
/// @param endConnections whether connections of a server end when it goes down; else they go on
/// @param announce whether the network is told that its virtual address is served here
public record HealthPolicy(
        List<HealthCheck> checks,
        Optional<PassiveCheck> passive,
        SlowStart slowStart,
        int maxEjected,
        LastServer lastServer,
        Optional<Endpoint> sorryServer,
        Quorum quorum,
        boolean endConnections,
        Announce announce) {
    /// Nothing is checked, and all servers are taken for alive that nobody reports.
    public static final HealthPolicy NONE = new Builder().build();

    private static final int MAX_CHECKS = 16;

    /// What new connections meet when nobody is up.
    public enum LastServer {
        /// The server that went down last: it goes on, whatever its checks say, until another is
        /// up. One that has never been up does not count.
        KEEP,
        /// The sorry server, and that exactly while the quorum is lost.
        SORRY,
        /// They are refused.
        REJECT;

        /// The word for it in configurations and commands.
        ///
        /// @return `keep`, `sorry` or `reject`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one with this word.
        ///
        /// @param word as [#word()] gives it
        /// @return empty if it is none
        public static Optional<LastServer> of(String word) {
            requireNonNull(word, "word");
            return Arrays.stream(values()).filter(last -> last.word().equals(word)).findAny();
        }
    }

    /// Checks all of it and copies the list.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
    ///   range, a check given twice, or a sorry server that is not named or not used
    public HealthPolicy {
        checks = requireChecks(requireNonNull(checks, "checks"));
        requireNonNull(passive, "passive");
        requireNonNull(slowStart, "slowStart");
        requireNonNull(lastServer, "lastServer");
        requireNonNull(sorryServer, "sorryServer").ifPresent(Endpoint::requireListening);
        requireNonNull(quorum, "quorum");
        requireNonNull(announce, "announce");
        Limits.require("max-ejected", maxEjected, 0, 100);
        if ((lastServer == LastServer.SORRY) != sorryServer.isPresent()) {
            throw Limits.wrong(
                    sorryServer
                            .map(server ->
                                    "sorry server "
                                            + server
                                            + " is never used, as the last server is \""
                                            + lastServer.word()
                                            + "\"; say \"sorry\"")
                            .orElse("last server \"sorry\" names no sorry server; add one"));
        }
    }

    /// Checks the checks of a service, or those of a real server.
    ///
    /// @param checks any
    /// @return a copy
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if there are too many,
    ///   or one is given twice
    public static List<HealthCheck> requireChecks(List<HealthCheck> checks) {
        List<HealthCheck> all = List.copyOf(requireNonNull(checks, "checks"));
        if (all.size() > MAX_CHECKS) {
            throw Limits.wrong("there are " + all.size() + " health checks; not 0-" + MAX_CHECKS);
        }
        for (int i = 0; i < all.size(); i++) {
            if (all.indexOf(all.get(i)) < i) {
                throw Limits.wrong(
                        "health check \"" + all.get(i) + "\" is given twice; leave one out");
            }
        }
        return all;
    }

    /// Begins a policy that says nothing.
    ///
    /// @return a builder of it
    public static Builder builder() {
        return new Builder();
    }

    /// Begins another policy that is as this one, but for what the builder is told.
    ///
    /// @return a builder with all that this policy says
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.checks = checks;
        builder.passive = passive;
        builder.slowStart = slowStart;
        builder.maxEjected = maxEjected;
        builder.lastServer = lastServer;
        builder.sorryServer = sorryServer;
        builder.quorum = quorum;
        builder.endConnections = endConnections;
        builder.announce = announce;
        return builder;
    }

    /// In the words of configurations and commands: what is not as in [#NONE].
    @Override
    public String toString() {
        return List.of(
                        checks.isEmpty() ? "" : "checks " + checks,
                        passive.map(check -> "passive [" + check + "]").orElse(""),
                        slowStart.equals(SlowStart.NONE) ? "" : "slow start " + slowStart,
                        maxEjected == 100 ? "" : "max-ejected " + maxEjected + " %",
                        lastServer == LastServer.REJECT ? "" : "last server " + lastServer.word(),
                        sorryServer.map(server -> "sorry server " + server).orElse(""),
                        quorum.equals(Quorum.ONE) ? "" : "quorum " + quorum,
                        endConnections ? "end connections" : "",
                        announce == Announce.NEVER ? "" : "announce " + announce.word())
                .stream()
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
    }

    /// Makes policies. For one thread; may go on after [#build()].
    public static final class Builder {
        private List<HealthCheck> checks = List.of();
        private Optional<PassiveCheck> passive = Optional.empty();
        private SlowStart slowStart = SlowStart.NONE;
        private int maxEjected = 100;
        private LastServer lastServer = LastServer.REJECT;
        private Optional<Endpoint> sorryServer = Optional.empty();
        private Quorum quorum = Quorum.ONE;
        private boolean endConnections;
        private Announce announce = Announce.NEVER;

        private Builder() {}

        /// How its servers are checked; not at all if not said.
        ///
        /// @param all in any order
        /// @return this
        public Builder checks(List<HealthCheck> all) {
            checks = List.copyOf(all);
            return this;
        }

        /// What is concluded from what connections meet; nothing if not said.
        ///
        /// @param check empty for nothing
        /// @return this
        public Builder passive(Optional<PassiveCheck> check) {
            passive = requireNonNull(check, "check");
            return this;
        }

        /// How the share of a server grows that has come up; at once if not said.
        ///
        /// @param start how slowly
        /// @return this
        public Builder slowStart(SlowStart start) {
            slowStart = requireNonNull(start, "start");
            return this;
        }

        /// How many servers may be kept from new connections at once; all if not said.
        ///
        /// @param percent 0 to 100, of those with a weight
        /// @return this
        public Builder maxEjected(int percent) {
            maxEjected = percent;
            return this;
        }

        /// What new connections meet when nobody is up, without a sorry server: refused if not
        /// said.
        ///
        /// @param last what they meet
        /// @return this
        public Builder lastServer(LastServer last) {
            lastServer = requireNonNull(last, "last");
            if (last != LastServer.SORRY) {
                sorryServer = Optional.empty();
            }
            return this;
        }

        /// Who gets new connections while the quorum is lost.
        ///
        /// @param server where it listens
        /// @return this
        public Builder sorryServer(Endpoint server) {
            sorryServer = Optional.of(requireNonNull(server, "server"));
            lastServer = LastServer.SORRY;
            return this;
        }

        /// How much of the service must be up; one server if not said.
        ///
        /// @param least how much
        /// @return this
        public Builder quorum(Quorum least) {
            quorum = requireNonNull(least, "least");
            return this;
        }

        /// Whether connections of a server end when it goes down; they go on if not said.
        ///
        /// @param end whether they do
        /// @return this
        public Builder endConnections(boolean end) {
            endConnections = end;
            return this;
        }

        /// Whether the network is told that its virtual address is served here; never if not said.
        ///
        /// @param when it is told so
        /// @return this
        public Builder announce(Announce when) {
            announce = requireNonNull(when, "when");
            return this;
        }

        /// Makes the policy.
        ///
        /// @return a new value
        /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] as the constructor
        public HealthPolicy build() {
            return new HealthPolicy(
                    checks,
                    passive,
                    slowStart,
                    maxEjected,
                    lastServer,
                    sorryServer,
                    quorum,
                    endConnections,
                    announce);
        }
    }
}
