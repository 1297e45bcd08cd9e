// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A virtual service with all that belongs to it: the desired state. Made by a [Builder]; the
/// `with` methods give changed copies. Two of them are equal if all that they say is. Immutable and
/// thread-safe.
public final class VirtualService {
    /// The most members of a group.
    public static final int MAX_FRONTENDS = 1024;

    private static final String DEFAULT_SCHEDULER = "wlc";

    private final ServiceKey key;
    private final List<Frontend> frontends;
    private final String scheduler;
    private final Optional<Duration> connectionTimeout;
    private final List<RealServer> realServers;
    private final List<LocalAddress> localAddresses;
    private final List<AccessRule> accessRules;
    private final ServicePolicy policy;

    private VirtualService(Builder builder) {
        key = builder.key;
        frontends = builder.frontends;
        scheduler = builder.scheduler;
        connectionTimeout = builder.connectionTimeout;
        realServers = builder.realServers;
        localAddresses = builder.localAddresses;
        accessRules = builder.accessRules;
        policy = builder.policy;
    }

    /// Begins a service without servers and local addresses, scheduled by `wlc` as `ipvsadm` does.
    ///
    /// @param key protocol, virtual address and port or ports, or the name of a group
    /// @return a builder of it
    public static Builder builder(ServiceKey key) {
        return new Builder(requireNonNull(key, "key"));
    }

    /// A service without servers and local addresses, scheduled by `wlc` as `ipvsadm` does.
    ///
    /// @param key protocol, virtual address and port or ports, or the name of a group
    /// @return the service
    public static VirtualService of(ServiceKey key) {
        return builder(key).build();
    }

    /// Begins another service that is as this one, but for what the builder is told.
    ///
    /// @return a builder with all that this service says
    public Builder toBuilder() {
        return new Builder(this);
    }

    /// Protocol, virtual address and port or ports, or the name of a group.
    ///
    /// @return what names the service
    public ServiceKey key() {
        return key;
    }

    /// What clients connect to: what the key says, or the members of a group, which may be of both
    /// families.
    ///
    /// @return in their order, one at least unless it is a group that has none as yet
    public List<Frontend> frontends() {
        return frontends;
    }

    /// How a server is chosen.
    ///
    /// @return the name of a [SchedulerFactory], for example `wrr`
    public String scheduler() {
        return scheduler;
    }

    /// How long an established TCP connection or any UDP one may be idle.
    ///
    /// @return whole seconds, 1 to 31,535,999; empty for the defaults
    public Optional<Duration> connectionTimeout() {
        return connectionTimeout;
    }

    /// Where connections go.
    ///
    /// @return in their order, no endpoint twice
    public List<RealServer> realServers() {
        return realServers;
    }

    /// The source addresses towards real servers.
    ///
    /// @return in their order, no address twice
    public List<LocalAddress> localAddresses() {
        return localAddresses;
    }

    /// Who may connect: everybody if there is no rule.
    ///
    /// @return no rule twice
    public List<AccessRule> accessRules() {
        return accessRules;
    }

    /// All else about its clients and connections.
    ///
    /// @return the policy
    public ServicePolicy policy() {
        return policy;
    }

    /// The same group with other members.
    ///
    /// @param members all of them
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [Builder#frontends]
    public VirtualService withFrontends(List<Frontend> members) {
        return toBuilder().frontends(members).build();
    }

    /// The same service with another scheduler.
    ///
    /// @param name of a [SchedulerFactory]
    /// @return a new value
    public VirtualService withScheduler(String name) {
        return toBuilder().scheduler(name).build();
    }

    /// The same service with another idle timeout.
    ///
    /// @param timeout whole seconds
    /// @return a new value
    public VirtualService withConnectionTimeout(Duration timeout) {
        return withConnectionTimeout(Optional.of(requireNonNull(timeout, "timeout")));
    }

    /// The same service with another idle timeout, or the defaults.
    ///
    /// @param timeout whole seconds; empty for the defaults
    /// @return a new value
    public VirtualService withConnectionTimeout(Optional<Duration> timeout) {
        return toBuilder().connectionTimeout(timeout).build();
    }

    /// The same service with one more real server.
    ///
    /// @param server the server, at the end
    /// @return a new value
    public VirtualService withRealServer(RealServer server) {
        List<RealServer> servers = new ArrayList<>(realServers);
        servers.add(requireNonNull(server, "server"));
        return withRealServers(servers);
    }

    /// The same service with other real servers.
    ///
    /// @param servers all of them
    /// @return a new value
    public VirtualService withRealServers(List<RealServer> servers) {
        return toBuilder().realServers(servers).build();
    }

    /// The same service with one more local address.
    ///
    /// @param local the address, at the end
    /// @return a new value
    public VirtualService withLocalAddress(LocalAddress local) {
        List<LocalAddress> locals = new ArrayList<>(localAddresses);
        locals.add(requireNonNull(local, "local"));
        return withLocalAddresses(locals);
    }

    /// The same service with other local addresses.
    ///
    /// @param locals all of them
    /// @return a new value
    public VirtualService withLocalAddresses(List<LocalAddress> locals) {
        return toBuilder().localAddresses(locals).build();
    }

    /// The same service with other access rules.
    ///
    /// @param rules all of them
    /// @return a new value
    public VirtualService withAccessRules(List<AccessRule> rules) {
        return toBuilder().accessRules(rules).build();
    }

    /// The same service with another policy.
    ///
    /// @param other its policy
    /// @return a new value
    public VirtualService withPolicy(ServicePolicy other) {
        return toBuilder().policy(other).build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof VirtualService that
                        && key.equals(that.key)
                        && frontends.equals(that.frontends)
                        && scheduler.equals(that.scheduler)
                        && connectionTimeout.equals(that.connectionTimeout)
                        && policy.equals(that.policy)
                        && realServers.equals(that.realServers)
                        && localAddresses.equals(that.localAddresses)
                        && accessRules.equals(that.accessRules));
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                key,
                frontends,
                scheduler,
                connectionTimeout,
                realServers,
                localAddresses,
                accessRules,
                policy);
    }

    /// All that it says: another text for whatever is not equal.
    @Override
    public String toString() {
        return "VirtualService[key="
                + key
                + (key.isGroup() ? ", frontends=" + frontends : "")
                + ", scheduler="
                + scheduler
                + ", connectionTimeout="
                + connectionTimeout
                + ", realServers="
                + realServers
                + ", localAddresses="
                + localAddresses
                + ", accessRules="
                + accessRules
                + ", policy="
                + policy
                + "]";
    }

    /// Makes services. For one thread; may go on after [#build()].
    public static final class Builder {
        private final ServiceKey key;
        private List<Frontend> frontends;
        private String scheduler = DEFAULT_SCHEDULER;
        private Optional<Duration> connectionTimeout = Optional.empty();
        private List<RealServer> realServers = List.of();
        private List<LocalAddress> localAddresses = List.of();
        private List<AccessRule> accessRules = List.of();
        private ServicePolicy policy = ServicePolicy.DEFAULT;

        private Builder(ServiceKey key) {
            this.key = key;
            frontends = key.isGroup() ? List.of() : List.of(key.frontend());
        }

        private Builder(VirtualService service) {
            key = service.key;
            frontends = service.frontends;
            scheduler = service.scheduler;
            connectionTimeout = service.connectionTimeout;
            realServers = service.realServers;
            localAddresses = service.localAddresses;
            accessRules = service.accessRules;
            policy = service.policy;
        }

        /// What clients of a group connect to; nothing if not said.
        ///
        /// @param members all of them, in their order, of either family
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for a service that is no group,
        ///   unless it is just what its key says; for two of which nobody could tell which is meant
        public Builder frontends(List<Frontend> members) {
            List<Frontend> all = List.copyOf(members);
            if (!key.isGroup() && !all.equals(frontends)) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "frontends "
                                + all
                                + " of "
                                + key
                                + ": only groups have them; name the service group:NAME");
            }
            if (all.size() > MAX_FRONTENDS) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        key
                                + " has "
                                + all.size()
                                + " frontends; a group has up to "
                                + MAX_FRONTENDS);
            }
            requireDistinct(all);
            frontends = all;
            return this;
        }

        /// In order of address and first port, whatever collides lies side by side or has a
        /// collision between.
        private void requireDistinct(List<Frontend> members) {
            List<Frontend> sorted = members.stream().sorted().toList();
            for (int i = 0; i < sorted.size(); i++) {
                for (int j = i + 1; j < sorted.size(); j++) {
                    Frontend next = sorted.get(j);
                    if (!next.address().equals(sorted.get(i).address())
                            || next.from() > sorted.get(i).to()) {
                        break;
                    }
                    if (next.collidesWith(sorted.get(i))) {
                        throw new BalancerException(
                                ErrorCode.INVALID_ARGUMENT,
                                next
                                        + " and "
                                        + sorted.get(i)
                                        + " of "
                                        + key
                                        + (next.from() == sorted.get(i).from()
                                                        && next.to() == sorted.get(i).to()
                                                ? " are the same; leave one out"
                                                : " overlap, and neither is within the other;"
                                                        + " part them"));
                    }
                }
            }
        }

        /// How a server is chosen; `wlc` if not said.
        ///
        /// @param name of a [SchedulerFactory]
        /// @return this
        public Builder scheduler(String name) {
            scheduler = requireNonNull(name, "name");
            return this;
        }

        /// How long an established TCP connection or any UDP one may be idle; the defaults if not
        /// said.
        ///
        /// @param timeout whole seconds, 1 to 31,535,999; empty for the defaults
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder connectionTimeout(Optional<Duration> timeout) {
            requireNonNull(timeout, "timeout").ifPresent(this::requireTimeout);
            connectionTimeout = timeout;
            return this;
        }

        private void requireTimeout(Duration timeout) {
            if (timeout.toSeconds() < 1
                    || timeout.toSeconds() > Timeouts.MAX_SECONDS
                    || !timeout.equals(Duration.ofSeconds(timeout.toSeconds()))) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "connection timeout "
                                + timeout
                                + " of service "
                                + key
                                + " is not a whole number of seconds, 1-"
                                + Timeouts.MAX_SECONDS);
            }
        }

        /// Where connections go; nowhere if not said.
        ///
        /// @param servers all of them, in their order
        /// @return this
        /// @throws BalancerException [ErrorCode#REAL_SERVER_EXISTS] for one given twice
        public Builder realServers(List<RealServer> servers) {
            List<RealServer> all = List.copyOf(servers);
            Set<Object> seen = new HashSet<>();
            for (RealServer server : all) {
                if (!seen.add(server.endpoint())) {
                    throw twice(ErrorCode.REAL_SERVER_EXISTS, "real server " + server.endpoint());
                }
            }
            realServers = all;
            return this;
        }

        /// The source addresses towards real servers; none if not said.
        ///
        /// @param locals all of them, in their order
        /// @return this
        /// @throws BalancerException [ErrorCode#LOCAL_ADDRESS_EXISTS] for one given twice
        public Builder localAddresses(List<LocalAddress> locals) {
            List<LocalAddress> all = List.copyOf(locals);
            Set<Object> seen = new HashSet<>();
            for (LocalAddress local : all) {
                if (!seen.add(local.address())) {
                    throw twice(ErrorCode.LOCAL_ADDRESS_EXISTS, "local address " + local.address());
                }
            }
            localAddresses = all;
            return this;
        }

        /// Who may connect; everybody if not said.
        ///
        /// @param rules all of them
        /// @return this
        /// @throws BalancerException [ErrorCode#ACCESS_RULE_EXISTS] for one given twice
        public Builder accessRules(List<AccessRule> rules) {
            List<AccessRule> all = List.copyOf(rules);
            Set<Object> seen = new HashSet<>();
            for (AccessRule rule : all) {
                if (!seen.add(rule)) {
                    throw twice(ErrorCode.ACCESS_RULE_EXISTS, "access rule \"" + rule + "\"");
                }
            }
            accessRules = all;
            return this;
        }

        private BalancerException twice(ErrorCode code, String what) {
            return new BalancerException(code, "service " + key + " has " + what + " twice");
        }

        /// All else about its clients and connections; [ServicePolicy#DEFAULT] if not said.
        ///
        /// @param all its policy
        /// @return this
        public Builder policy(ServicePolicy all) {
            policy = requireNonNull(all, "all");
            return this;
        }

        /// Makes the service.
        ///
        /// @return the service
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if its policy is not for its
        ///   protocol, or two servers of a service with `quic` have one id
        public VirtualService build() {
            ProtocolRules.check(key, policy, realServers);
            return new VirtualService(this);
        }
    }
}
