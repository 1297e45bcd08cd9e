// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A virtual service with all that belongs to it: the desired state. Immutable and thread-safe; the
/// `with` methods give changed copies.
///
/// @param key protocol, virtual address and port
/// @param scheduler the name of a [SchedulerFactory], for example `wrr`
/// @param connectionTimeout how long an established TCP connection or any UDP one may be idle;
///   whole seconds, 1 to 31,535,999; empty for the defaults
/// @param realServers where connections go, no endpoint twice
/// @param localAddresses the source addresses towards real servers, no address twice
/// @param accessRules who may connect, no rule twice; everybody if there is none
/// @param policy all else about its clients and connections
public record VirtualService(
        ServiceKey key,
        String scheduler,
        Optional<Duration> connectionTimeout,
        List<RealServer> realServers,
        List<LocalAddress> localAddresses,
        List<AccessRule> accessRules,
        ServicePolicy policy) {

    private static final long MAX_TIMEOUT_SECONDS = 31_535_999;

    /// Checks and copies.
    ///
    /// @throws BalancerException [ErrorCode#REAL_SERVER_EXISTS], [ErrorCode#LOCAL_ADDRESS_EXISTS],
    ///   [ErrorCode#ACCESS_RULE_EXISTS] for one given twice, [ErrorCode#INVALID_ARGUMENT] for a
    ///   timeout out of range
    public VirtualService {
        requireNonNull(key, "key");
        requireNonNull(scheduler, "scheduler");
        requireNonNull(connectionTimeout, "connectionTimeout");
        requireNonNull(realServers, "realServers");
        requireNonNull(localAddresses, "localAddresses");
        requireNonNull(accessRules, "accessRules");
        requireNonNull(policy, "policy");
        realServers = List.copyOf(realServers);
        localAddresses = List.copyOf(localAddresses);
        accessRules = List.copyOf(accessRules);
        Set<Object> seen = new HashSet<>();
        for (RealServer server : realServers) {
            if (!seen.add(server.endpoint())) {
                throw new BalancerException(
                        ErrorCode.REAL_SERVER_EXISTS,
                        "service " + key + " has real server " + server.endpoint() + " twice");
            }
        }
        for (LocalAddress local : localAddresses) {
            if (!seen.add(local.address())) {
                throw new BalancerException(
                        ErrorCode.LOCAL_ADDRESS_EXISTS,
                        "service " + key + " has local address " + local.address() + " twice");
            }
        }
        for (AccessRule rule : accessRules) {
            if (!seen.add(rule)) {
                throw new BalancerException(
                        ErrorCode.ACCESS_RULE_EXISTS,
                        "service " + key + " has access rule \"" + rule + "\" twice");
            }
        }
        connectionTimeout.ifPresent(timeout -> {
            if (timeout.toSeconds() < 1
                    || timeout.toSeconds() > MAX_TIMEOUT_SECONDS
                    || !timeout.equals(Duration.ofSeconds(timeout.toSeconds()))) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "connection timeout "
                                + timeout
                                + " of service "
                                + key
                                + " is not a whole number of seconds, 1-"
                                + MAX_TIMEOUT_SECONDS);
            }
        });
    }

    /// A service without servers and local addresses, scheduled by `wlc` as `ipvsadm` does.
    ///
    /// @param key protocol, virtual address and port
    /// @return the service
    public static VirtualService of(ServiceKey key) {
        return new VirtualService(
                key,
                "wlc",
                Optional.empty(),
                List.of(),
                List.of(),
                List.of(),
                ServicePolicy.DEFAULT);
    }

    /// The same service with another scheduler.
    ///
    /// @param name of a [SchedulerFactory]
    /// @return a new value
    public VirtualService withScheduler(String name) {
        return new VirtualService(
                key, name, connectionTimeout, realServers, localAddresses, accessRules, policy);
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
        return new VirtualService(
                key, scheduler, timeout, realServers, localAddresses, accessRules, policy);
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
        return new VirtualService(
                key, scheduler, connectionTimeout, servers, localAddresses, accessRules, policy);
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
        return new VirtualService(
                key, scheduler, connectionTimeout, realServers, locals, accessRules, policy);
    }

    /// The same service with other access rules.
    ///
    /// @param rules all of them
    /// @return a new value
    public VirtualService withAccessRules(List<AccessRule> rules) {
        return new VirtualService(
                key, scheduler, connectionTimeout, realServers, localAddresses, rules, policy);
    }

    /// The same service with another policy.
    ///
    /// @param other its policy
    /// @return a new value
    public VirtualService withPolicy(ServicePolicy other) {
        return new VirtualService(
                key, scheduler, connectionTimeout, realServers, localAddresses, accessRules, other);
    }
}
