// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A server behind a virtual service. Made by a [Builder]; the `with` methods give changed copies.
/// Two of them are equal if all that they say is. Immutable and thread-safe.
public final class RealServer {
    /// The largest weight.
    public static final int MAX_WEIGHT = 65535;

    /// The largest limit of connections.
    public static final int MAX_CONNECTIONS = 1_000_000_000;

    private static final int DEFAULT_WEIGHT = 1;

    private final Endpoint endpoint;
    private final int weight;
    private final boolean inhibited;
    private final String description;
    private final Optional<List<HealthCheck>> checks;
    private final int maxConnections;
    private final int resumeBelow;
    private final List<String> quicIds;

    private RealServer(Builder builder) {
        endpoint = builder.endpoint;
        weight = builder.weight;
        inhibited = builder.inhibited;
        description = builder.description;
        checks = builder.checks;
        maxConnections = builder.maxConnections;
        resumeBelow = builder.resumeBelow;
        quicIds = builder.quicIds;
    }

    /// Begins a server of weight 1.
    ///
    /// @param endpoint where it listens; with port 0, at each port that a client asks for
    /// @return a builder of it
    public static Builder builder(Endpoint endpoint) {
        return new Builder(requireNonNull(endpoint, "endpoint"));
    }

    /// A server of weight 1.
    ///
    /// @param endpoint where it listens; with port 0, at each port that a client asks for
    /// @return the server
    public static RealServer of(Endpoint endpoint) {
        return builder(endpoint).build();
    }

    /// A server of weight 1.
    ///
    /// @param address its address in text form
    /// @param port its port; 0 for the one that a client asks for
    /// @return the server
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for an address or a port that is none
    public static RealServer of(String address, int port) {
        return of(Endpoint.of(address, port));
    }

    /// Reads where a server listens.
    ///
    /// @param text `address:port`, port 0 for the one that a client asks for
    /// @return address and port
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming the text
    public static Endpoint parseEndpoint(String text) {
        Frontend read = Frontend.parse(text);
        if (read.firstPort() != read.lastPort()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\""
                            + text
                            + "\" has a range of ports; a real server has one port, or 0 for the one"
                            + " that a client asks for");
        }
        return new Endpoint(read.address(), read.firstPort());
    }

    /// Begins another server that is as this one, but for what the builder is told.
    ///
    /// @return a builder with all that this server says
    public Builder toBuilder() {
        return new Builder(this);
    }

    /// Where it listens.
    ///
    /// @return address and port; port 0 if it [#isSamePort()]
    public Endpoint endpoint() {
        return endpoint;
    }

    /// Whether connections go to the port of it that the client asked for.
    ///
    /// @return false if it has a port of its own
    public boolean isSamePort() {
        return endpoint.port() == 0;
    }

    /// Its share of new connections; with 0 it gets none and keeps those it has.
    ///
    /// @return 0 to [#MAX_WEIGHT]
    public int weight() {
        return weight;
    }

    /// Whether the operator has taken it out: it gets no new connection, not even of clients whose
    /// persistence would lead to it, keeps those it has, and its weight for when it is back.
    ///
    /// @return false for a server that gets connections by its weight
    public boolean inhibited() {
        return inhibited;
    }

    /// Whether the operator lets it get new connections.
    ///
    /// @return false if it is inhibited, or its weight is 0
    public boolean isWanted() {
        return weight > 0 && !inhibited;
    }

    /// What the operator notes of the server; it changes nothing else.
    ///
    /// @return one line, empty if there is none
    public String description() {
        return description;
    }

    /// How it is checked.
    ///
    /// @return its own checks, none if the list is empty; empty for those of its service
    public Optional<List<HealthCheck>> checks() {
        return checks;
    }

    /// How many connections it may have at once, over all workers, in any state. While it has as
    /// many it is full, and gets no new one.
    ///
    /// @return 0 if there is no limit
    public int maxConnections() {
        return maxConnections;
    }

    /// Once full, it gets new connections again when it has fewer than this.
    ///
    /// @return 0 if it does as soon as one has ended
    public int resumeBelow() {
        return resumeBelow;
    }

    /// By which ids connection ids of QUIC-LB name it ([QuicRouting.QuicLb]): of each configuration
    /// those count that have its length.
    ///
    /// @return hexadecimal digits, lower case; none if empty
    public List<String> quicIds() {
        return quicIds;
    }

    /// The same server with another description.
    ///
    /// @param text one line, empty for none
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [ServicePolicy#requireDescription]
    public RealServer withDescription(String text) {
        return toBuilder().description(text).build();
    }

    /// The same server with another weight.
    ///
    /// @param newWeight 0 to 65535
    /// @return a new value
    public RealServer withWeight(int newWeight) {
        return toBuilder().weight(newWeight).build();
    }

    /// The same server, taken out or back.
    ///
    /// @param out whether it is to get no new connection
    /// @return a new value
    public RealServer withInhibited(boolean out) {
        return toBuilder().inhibited(out).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof RealServer that
                        && weight == that.weight
                        && inhibited == that.inhibited
                        && endpoint.equals(that.endpoint)
                        && description.equals(that.description)
                        && checks.equals(that.checks)
                        && maxConnections == that.maxConnections
                        && resumeBelow == that.resumeBelow
                        && quicIds.equals(that.quicIds));
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                endpoint,
                weight,
                inhibited,
                description,
                checks,
                maxConnections,
                resumeBelow,
                quicIds);
    }

    @Override
    public String toString() {
        return endpoint
                + " weight "
                + weight
                + (inhibited ? " inhibited" : "")
                + (maxConnections == 0 ? "" : " max-connections " + maxConnections)
                + (resumeBelow == 0 ? "" : " resume-below " + resumeBelow)
                + (quicIds.isEmpty() ? "" : " quic-id " + String.join(",", quicIds))
                + checks.map(own -> " checks " + own).orElse("")
                + Description.quoted(description);
    }

    /// Makes servers. For one thread; may go on after [#build()].
    public static final class Builder {
        private final Endpoint endpoint;
        private int weight = DEFAULT_WEIGHT;
        private boolean inhibited;
        private String description = "";
        private Optional<List<HealthCheck>> checks = Optional.empty();
        private int maxConnections;
        private int resumeBelow;
        private List<String> quicIds = List.of();

        private Builder(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        private Builder(RealServer server) {
            endpoint = server.endpoint;
            weight = server.weight;
            inhibited = server.inhibited;
            description = server.description;
            checks = server.checks;
            maxConnections = server.maxConnections;
            resumeBelow = server.resumeBelow;
            quicIds = server.quicIds;
        }

        /// Its share of new connections; 1 if not said.
        ///
        /// @param share 0 to [#MAX_WEIGHT]
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder weight(int share) {
            if (share < 0 || share > MAX_WEIGHT) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "weight "
                                + share
                                + " of real server "
                                + endpoint
                                + " is not 0-"
                                + MAX_WEIGHT);
            }
            weight = share;
            return this;
        }

        /// Takes it out, or back; it is in if not said.
        ///
        /// @param out whether it is to get no new connection
        /// @return this
        public Builder inhibited(boolean out) {
            inhibited = out;
            return this;
        }

        /// What the operator notes of it; nothing if not said.
        ///
        /// @param text one line, empty for none
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as
        ///   [ServicePolicy#requireDescription]
        public Builder description(String text) {
            description = ServicePolicy.requireDescription(text);
            return this;
        }

        /// How it is checked; as its service says if not said.
        ///
        /// @param own its own checks, an empty list for none; empty for those of its service
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [HealthPolicy#requireChecks]
        public Builder checks(Optional<List<HealthCheck>> own) {
            checks = requireNonNull(own, "own").map(HealthPolicy::requireChecks);
            return this;
        }

        /// How many connections it may have at once; no limit if not said.
        ///
        /// @param count 0 for no limit, to [#MAX_CONNECTIONS]
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder maxConnections(int count) {
            maxConnections = requireCount("max-connections", count);
            return this;
        }

        /// Below how many connections it gets new ones again, once it was full; as soon as one has
        /// ended if not said. A balancer refuses one that is above the limit.
        ///
        /// @param count 0 for as soon as one has ended, to [#MAX_CONNECTIONS]
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder resumeBelow(int count) {
            resumeBelow = requireCount("resume-below", count);
            return this;
        }

        /// By which ids connection ids of QUIC-LB name it; none if not said.
        ///
        /// @param ids 1 to 15 bytes each, in hexadecimal digits, lower case
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [QuicRouting#requireIds]
        public Builder quicIds(List<String> ids) {
            quicIds = QuicRouting.requireIds(ids);
            return this;
        }

        private int requireCount(String what, int count) {
            if (count < 0 || count > MAX_CONNECTIONS) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        what
                                + " "
                                + count
                                + " of real server "
                                + endpoint
                                + " is not 0-"
                                + MAX_CONNECTIONS);
            }
            return count;
        }

        /// Makes the server.
        ///
        /// @return a new value
        public RealServer build() {
            return new RealServer(this);
        }
    }
}
