// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One wish for the balancer's state. Changes are applied in order, all of a transaction or none
/// ([Control#submit(java.util.List)]). Immutable and thread-safe.
public sealed interface Change {
    /// Adds a service with its servers and local addresses. Fails with `SERVICE_EXISTS`,
    /// `NO_SCHEDULER`, `NO_PORT`, or as [AddLocalAddress] does.
    ///
    /// @param service the desired state
    record AddService(VirtualService service) implements Change {
        /// Refuses null.
        public AddService {
            requireNonNull(service, "service");
        }
    }

    /// Replaces scheduler, timeout, servers and local addresses of a service; connections of
    /// servers that stay, stay. Fails with `NO_SERVICE`, else as [AddService].
    ///
    /// @param service the desired state
    record ReplaceService(VirtualService service) implements Change {
        /// Refuses null.
        public ReplaceService {
            requireNonNull(service, "service");
        }
    }

    /// Changes a service's scheduler and idle timeout, and leaves all else as it is. Fails with
    /// `NO_SERVICE`, `NO_SCHEDULER`.
    ///
    /// @param key which service
    /// @param scheduler the name of its scheduler
    /// @param connectionTimeout as in [VirtualService]
    record EditService(ServiceKey key, String scheduler, Optional<Duration> connectionTimeout)
            implements Change {
        /// Refuses null.
        public EditService {
            requireNonNull(key, "key");
            requireNonNull(scheduler, "scheduler");
            requireNonNull(connectionTimeout, "connectionTimeout");
        }
    }

    /// Changes a service's policy, and leaves all else as it is. Fails with `NO_SERVICE`.
    ///
    /// @param key which service
    /// @param policy the desired policy
    record SetPolicy(ServiceKey key, ServicePolicy policy) implements Change {
        /// Refuses null.
        public SetPolicy {
            requireNonNull(key, "key");
            requireNonNull(policy, "policy");
        }
    }

    /// Changes what clients of a group connect to. Connections of what goes stay, or end if the
    /// group says so ([ServicePolicy#removal()]). Fails with `NO_SERVICE`, `SERVICE_EXISTS` if
    /// another service has one of them, `INVALID_ARGUMENT` if the service is no group,
    /// `ADDRESS_IN_USE`.
    ///
    /// @param key which group
    /// @param frontends all of them
    record SetFrontends(ServiceKey key, List<Frontend> frontends) implements Change {
        /// Refuses null.
        public SetFrontends {
            requireNonNull(key, "key");
            frontends = List.copyOf(requireNonNull(frontends, "frontends"));
        }
    }

    /// Sets how long connections of services that say nothing of their own may be idle. Live
    /// connections get the new times too, within seconds: one that has been idle for longer ends.
    ///
    /// @param timeouts all that differ from the defaults
    record SetTimeouts(Timeouts timeouts) implements Change {
        /// Refuses null.
        public SetTimeouts {
            requireNonNull(timeouts, "timeouts");
        }
    }

    /// Sets what becomes of packets that no service and no connection explains, from the next burst
    /// of each worker on.
    ///
    /// @param policy all of it
    record SetLeftovers(LeftoverPolicy policy) implements Change {
        /// Refuses null.
        public SetLeftovers {
            requireNonNull(policy, "policy");
        }
    }

    /// Removes a service. Its connections go on until they end, unless its policy says otherwise.
    /// Fails with `NO_SERVICE`.
    ///
    /// @param key which service
    /// @param endConnections whether its connections end with the transaction, whatever its policy
    record RemoveService(ServiceKey key, boolean endConnections) implements Change {
        /// Refuses null.
        public RemoveService {
            requireNonNull(key, "key");
        }

        /// Removes a service as its policy says.
        ///
        /// @param key which service
        public RemoveService(ServiceKey key) {
            this(key, false);
        }
    }

    /// Adds a real server. Fails with `NO_SERVICE`, `REAL_SERVER_EXISTS`, and by the rules of
    /// [AddressRules] as whatever else adds an address to the state.
    ///
    /// @param key to which service
    /// @param server the server
    record AddRealServer(ServiceKey key, RealServer server) implements Change {
        /// Refuses null.
        public AddRealServer {
            requireNonNull(key, "key");
            requireNonNull(server, "server");
        }
    }

    /// Changes a real server's weight. Fails with `NO_SERVICE`, `NO_REAL_SERVER`.
    ///
    /// @param key of which service
    /// @param server the desired state
    record EditRealServer(ServiceKey key, RealServer server) implements Change {
        /// Refuses null.
        public EditRealServer {
            requireNonNull(key, "key");
            requireNonNull(server, "server");
        }
    }

    /// Removes a real server: it gets no new connection, those it has go on until they end, unless
    /// the service's policy says otherwise. Fails with `NO_SERVICE`, `NO_REAL_SERVER`.
    ///
    /// @param key from which service
    /// @param endpoint which server
    /// @param endConnections whether its connections end with the transaction, whatever the policy;
    ///   then it may also be a server that was removed before and still has some
    record RemoveRealServer(ServiceKey key, Endpoint endpoint, boolean endConnections)
            implements Change {
        /// Refuses null.
        public RemoveRealServer {
            requireNonNull(key, "key");
            requireNonNull(endpoint, "endpoint");
        }

        /// Removes a real server as the service's policy says.
        ///
        /// @param key from which service
        /// @param endpoint which server
        public RemoveRealServer(ServiceKey key, Endpoint endpoint) {
            this(key, endpoint, false);
        }
    }

    /// Ends connections, and tells neither end: each learns of it when it next sends, TCP by a
    /// reset. Those that begin after the transaction go on, also with the same real server.
    /// [Control#submitAndCount] says how many have ended. Fails with nothing: there need be none.
    ///
    /// @param filter which ones
    record EndConnections(ConnectionFilter filter) implements Change {
        /// Refuses null.
        public EndConnections {
            requireNonNull(filter, "filter");
        }
    }

    /// Removes persistence templates: the next connection of such a client is scheduled anew. Its
    /// live connections go on. [Control#submitAndCount] says how many templates have gone. Fails
    /// with nothing: there need be none.
    ///
    /// @param filter which ones
    record RemoveTemplates(TemplateFilter filter) implements Change {
        /// Refuses null.
        public RemoveTemplates {
            requireNonNull(filter, "filter");
        }
    }

    /// Adds a local address, and the interface address it needs unless the device has it. Fails
    /// with `NO_SERVICE`, `LOCAL_ADDRESS_EXISTS`, `NO_PORT`, and with `ADDRESS_IN_USE` if another
    /// device has the address or it is a service's virtual address.
    ///
    /// @param key to which service
    /// @param address the local address
    record AddLocalAddress(ServiceKey key, LocalAddress address) implements Change {
        /// Refuses null.
        public AddLocalAddress {
            requireNonNull(key, "key");
            requireNonNull(address, "address");
        }
    }

    /// Removes a local address from a service. No new connection uses it. It *drains*: the
    /// connections that it has go on, and the interface address that came with it stays and is
    /// answered for, until no service lists it and its last connection has ended. Added again
    /// meanwhile, it is as before. Fails with `NO_SERVICE`, `NO_LOCAL_ADDRESS`.
    ///
    /// @param key from which service
    /// @param address which address
    /// @param force whether its connections end with the transaction, so that nothing drains; then
    ///   it may also be one that drains already
    record RemoveLocalAddress(ServiceKey key, IpAddress address, boolean force) implements Change {
        /// Refuses null.
        public RemoveLocalAddress {
            requireNonNull(key, "key");
            requireNonNull(address, "address");
        }

        /// Removes a local address that drains.
        ///
        /// @param key from which service
        /// @param address which address
        public RemoveLocalAddress(ServiceKey key, IpAddress address) {
            this(key, address, false);
        }
    }

    /// Removes all local addresses of a service, each as [RemoveLocalAddress] does. Fails with
    /// `NO_SERVICE`.
    ///
    /// @param key from which service
    /// @param force whether their connections end with the transaction, and those of the ones that
    ///   drain already
    record FlushLocalAddresses(ServiceKey key, boolean force) implements Change {
        /// Refuses null.
        public FlushLocalAddresses {
            requireNonNull(key, "key");
        }
    }

    /// Adds an access rule; connections of clients whom it keeps out end with the transaction.
    /// Fails with `NO_SERVICE`, `ACCESS_RULE_EXISTS`, `NO_SET`.
    ///
    /// @param key to which service
    /// @param rule the rule
    record AddAccessRule(ServiceKey key, AccessRule rule) implements Change {
        /// Refuses null.
        public AddAccessRule {
            requireNonNull(key, "key");
            requireNonNull(rule, "rule");
        }
    }

    /// Removes an access rule. Fails with `NO_SERVICE`, `NO_ACCESS_RULE`.
    ///
    /// @param key from which service
    /// @param rule as it was added
    record RemoveAccessRule(ServiceKey key, AccessRule rule) implements Change {
        /// Refuses null.
        public RemoveAccessRule {
            requireNonNull(key, "key");
            requireNonNull(rule, "rule");
        }
    }

    /// Lets the traffic counts of services, servers and local addresses begin at zero again. Fails
    /// with `NO_SERVICE`.
    ///
    /// @param key of one service, empty for all
    record ZeroCounters(Optional<ServiceKey> key) implements Change {
        /// Refuses null.
        public ZeroCounters {
            requireNonNull(key, "key");
        }
    }

    /// Adds an interface address with its connected route. Fails with `NO_PORT`, `ADDRESS_EXISTS`,
    /// `ADDRESS_IN_USE`. One that is there on the same device with the same network, and has a
    /// lifetime or is to have one, gets this lifetime, from now.
    ///
    /// @param address the address
    record AddAddress(InterfaceAddress address) implements Change {
        /// Refuses null.
        public AddAddress {
            requireNonNull(address, "address");
        }
    }

    /// Removes an interface address. Fails with `NO_ADDRESS`, or `ADDRESS_IN_USE` while a service
    /// lists it as a local address, or, without force, if it is the virtual address of a service
    /// that the transaction leaves in place: nobody would answer for it any more.
    ///
    /// @param address the address as it was added
    /// @param force whether it may be a virtual address, to which a router sends packets anyway
    record RemoveAddress(InterfaceAddress address, boolean force) implements Change {
        /// Refuses null.
        public RemoveAddress {
            requireNonNull(address, "address");
        }

        /// Removes an address that no service needs.
        ///
        /// @param address the address as it was added
        public RemoveAddress(InterfaceAddress address) {
            this(address, false);
        }
    }

    /// Adds a static route. Fails with `NO_PORT`, `ROUTE_EXISTS`, and with `INVALID_ARGUMENT` if
    /// the gateway is not on a network of the device.
    ///
    /// @param route the route
    record AddRoute(Route route) implements Change {
        /// Refuses null.
        public AddRoute {
            requireNonNull(route, "route");
        }
    }

    /// Removes a static route. Fails with `NO_ROUTE`.
    ///
    /// @param destination the network
    record RemoveRoute(IpPrefix destination) implements Change {
        /// Refuses null.
        public RemoveRoute {
            requireNonNull(destination, "destination");
        }
    }

    /// Adds or replaces a static neighbour. Fails with `NO_PORT`.
    ///
    /// @param neighbour the neighbour
    record SetNeighbour(Neighbour neighbour) implements Change {
        /// Refuses null.
        public SetNeighbour {
            requireNonNull(neighbour, "neighbour");
        }
    }

    /// Removes a static neighbour. Fails with `NO_NEIGHBOUR`.
    ///
    /// @param address the neighbour's address
    /// @param device where it is
    record RemoveNeighbour(IpAddress address, String device) implements Change {
        /// Refuses null.
        public RemoveNeighbour {
            requireNonNull(address, "address");
            requireNonNull(device, "device");
        }
    }

    /// Forgets the neighbours that were resolved; they are asked for again when they are used.
    /// Static ones stay.
    ///
    /// @param device of one device, empty for all
    record FlushNeighbours(Optional<String> device) implements Change {
        /// Refuses null.
        public FlushNeighbours {
            requireNonNull(device, "device");
        }
    }

    /// Makes a set, with its entries. Fails with `SET_EXISTS`.
    ///
    /// @param set the set
    record CreateSet(IpSet set) implements Change {
        /// Refuses null.
        public CreateSet {
            requireNonNull(set, "set");
        }
    }

    /// Replaces a set by another of the same name: all of its entries at once, or its type too.
    /// Connections of clients who are kept out from now on end with the transaction. Fails with
    /// `NO_SET`.
    ///
    /// @param set the desired set
    record ReplaceSet(IpSet set) implements Change {
        /// Refuses null.
        public ReplaceSet {
            requireNonNull(set, "set");
        }
    }

    /// Removes a set. Fails with `NO_SET`, and with `SET_IN_USE` if an access rule names it that
    /// the transaction leaves in place.
    ///
    /// @param name of the set
    record DestroySet(String name) implements Change {
        /// Refuses null.
        public DestroySet {
            requireNonNull(name, "name");
        }
    }

    /// Adds entries to a set; connections of clients who are kept out from now on end with the
    /// transaction. Fails with `NO_SET`, `SET_ENTRY_EXISTS`, `CAPACITY`, and with
    /// `INVALID_ARGUMENT` for what the set cannot have.
    ///
    /// @param name of the set
    /// @param members what to add
    /// @param force whether entries that are there get another comment and exception; else they are
    ///   refused
    record AddSetMembers(String name, List<SetMember> members, boolean force) implements Change {
        /// Refuses null.
        public AddSetMembers {
            requireNonNull(name, "name");
            members = List.copyOf(requireNonNull(members, "members"));
        }
    }

    /// Removes entries from a set; connections of clients who are kept out from now on end with the
    /// transaction. Fails with `NO_SET`, `NO_SET_ENTRY`, and with `INVALID_ARGUMENT` for what the
    /// set cannot have.
    ///
    /// @param name of the set
    /// @param members what to remove; comment and exception are not asked
    /// @param force whether entries that are not there are passed over; else they are refused
    record RemoveSetMembers(String name, List<SetMember> members, boolean force) implements Change {
        /// Refuses null.
        public RemoveSetMembers {
            requireNonNull(name, "name");
            members = List.copyOf(requireNonNull(members, "members"));
        }
    }

    /// Removes all entries of a set. Fails with `NO_SET`.
    ///
    /// @param name of the set
    record FlushSet(String name) implements Change {
        /// Refuses null.
        public FlushSet {
            requireNonNull(name, "name");
        }
    }

    /// Gives a set another name. Fails with `NO_SET`, `SET_EXISTS`, and as [DestroySet] if an
    /// access rule names it.
    ///
    /// @param name of the set
    /// @param to its name from then on
    record RenameSet(String name, String to) implements Change {
        /// Refuses null.
        public RenameSet {
            requireNonNull(name, "name");
            requireNonNull(to, "to");
        }
    }

    /// Exchanges the entries of two sets, at once: no packet finds either without them. Fails with
    /// `NO_SET`, `CAPACITY`, and with `INVALID_ARGUMENT` if they differ in type, family or range.
    ///
    /// @param name of one set
    /// @param other of the other
    record SwapSets(String name, String other) implements Change {
        /// Refuses null.
        public SwapSets {
            requireNonNull(name, "name");
            requireNonNull(other, "other");
        }
    }
}
