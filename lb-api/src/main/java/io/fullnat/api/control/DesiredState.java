// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/// What the balancer has been asked to be, after one transaction: what a [TransactionFunction]
/// looks at. Immutable and thread-safe.
///
/// @param revision counts transactions; 0 before the first
/// @param services by key
/// @param addresses interface addresses that were added as such, by address
/// @param routes static routes by destination
/// @param neighbours static neighbours
/// @param timeouts idle times that differ from the defaults, of services that say nothing
/// @param sets by name
/// @param leftovers what becomes of packets that no service explains
public record DesiredState(
        long revision,
        SortedMap<ServiceKey, VirtualService> services,
        SortedMap<AddressKey, InterfaceAddress> addresses,
        Map<IpPrefix, Route> routes,
        List<Neighbour> neighbours,
        Timeouts timeouts,
        SortedMap<String, IpSet> sets,
        LeftoverPolicy leftovers) {
    /// What a balancer is before it has been asked for anything.
    public static final DesiredState EMPTY =
            new DesiredState(
                    0,
                    Collections.emptySortedMap(),
                    Collections.emptySortedMap(),
                    Map.of(),
                    List.of(),
                    Timeouts.NONE,
                    Collections.emptySortedMap(),
                    LeftoverPolicy.DEFAULT);

    /// Makes the collections unmodifiable; who gives them leaves them as they are.
    public DesiredState {
        requireNonNull(services, "services");
        requireNonNull(addresses, "addresses");
        requireNonNull(routes, "routes");
        requireNonNull(neighbours, "neighbours");
        requireNonNull(timeouts, "timeouts");
        requireNonNull(sets, "sets");
        requireNonNull(leftovers, "leftovers");
        services = Collections.unmodifiableSortedMap(services);
        addresses = Collections.unmodifiableSortedMap(addresses);
        routes = Collections.unmodifiableMap(routes);
        neighbours = List.copyOf(neighbours);
        sets = Collections.unmodifiableSortedMap(sets);
    }

    /// A service that must be there.
    ///
    /// @param key of which
    /// @return the service
    /// @throws BalancerException [ErrorCode#NO_SERVICE]
    public VirtualService service(ServiceKey key) {
        return require(services, key);
    }

    /// A set that must be there.
    ///
    /// @param name of which
    /// @return the set
    /// @throws BalancerException [ErrorCode#NO_SET]
    public IpSet set(String name) {
        return SetDrafts.require(sets, name);
    }

    static VirtualService require(Map<ServiceKey, VirtualService> services, ServiceKey key) {
        VirtualService service = services.get(requireNonNull(key, "key"));
        if (service == null) {
            throw new BalancerException(ErrorCode.NO_SERVICE, "no service " + key);
        }
        return service;
    }

    /// The state that a change makes of this one, if nothing but the state has to do with it
    /// ([StateDraft]). Costs as much as copying the state: several changes are better applied to
    /// one [#draft()].
    ///
    /// @param change any
    /// @return a new value of the same revision, for no transaction has made it
    /// @throws BalancerException if what it adds is there, or what it is about is not
    public DesiredState with(Change change) {
        StateDraft draft = draft();
        draft.apply(change);
        return draft.state(revision);
    }

    /// A copy that changes can be applied to.
    ///
    /// @return as this state
    public StateDraft draft() {
        return new StateDraft(this);
    }
}
