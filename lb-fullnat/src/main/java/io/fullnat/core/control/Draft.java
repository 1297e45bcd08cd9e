// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.FrontendRules;
import io.fullnat.api.control.StateDraft;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A copy of the desired state that one transaction works on, and what else it asks for. Forgotten
/// when a change is refused.
final class Draft {
    final DeviceNames devices;
    final NavigableMap<IpAddress, DesiredTables.LocalUse> locals;
    private final NavigableMap<AddressKey, AddressTerm> terms;
    private final StateDraft desired;
    private final FrontendRules frontends;
    private final long nowNs;
    private final long revision;

    /// Addresses that the transaction makes the balancer's own, or those of a network that no host
    /// has: nothing that was there before may be one.
    final Set<IpAddress> fresh = new HashSet<>();

    /// Services with other real servers than before.
    final Set<ServiceKey> changed = new HashSet<>();

    /// Interface addresses that go although services use them as virtual ones.
    final Set<IpAddress> given = new HashSet<>();

    /// Local addresses whose connections end with the transaction.
    final Set<Resources.LocalName> forced = new HashSet<>();

    /// Real servers whose connections end with the transaction.
    final Set<Resources.ServerName> ended = new HashSet<>();

    /// Further connections that end with it.
    final List<ConnectionFilter> ending = new ArrayList<>();

    /// Persistence templates that go.
    final List<TemplateFilter> templates = new ArrayList<>();

    /// Services with other access rules than before.
    final Set<ServiceKey> access = new HashSet<>();

    /// Services whose counts begin at zero again; empty for all.
    final Set<Optional<ServiceKey>> zeroed = new HashSet<>();

    /// Numbers of devices whose neighbours are forgotten.
    final Set<Integer> flushed = new HashSet<>();

    /// @param nowNs the balancer's clock: lifetimes of addresses begin
    Draft(DesiredTables state, DeviceNames devices, long nowNs) {
        this.devices = devices;
        this.nowNs = nowNs;
        desired = state.desired().draft();
        frontends = new FrontendRules(desired.services());
        revision = state.desired().revision() + 1;
        locals = new TreeMap<>(state.locals());
        terms = new TreeMap<>(state.terms());
    }

    /// Applies a change, of which all is checked that only the balancer knows, before or after.
    void apply(Change change) {
        desired.apply(change);
        switch (change) {
            case Change.AddService add -> frontends.changed(add.service().key());
            case Change.ReplaceService to -> frontends.changed(to.service().key());
            case Change.RemoveService remove -> frontends.changed(remove.key());
            case Change.SetFrontends set -> frontends.changed(set.key());
            default -> {}
        }
    }

    /// An interface address was added, or added again: its lifetime begins.
    void begin(InterfaceAddress address) {
        AddressKey key = address.key();
        if (address.lifetime().isForever()) {
            terms.remove(key);
        } else {
            terms.put(key, new AddressTerm(address.lifetime(), nowNs));
        }
    }

    /// An interface address was removed.
    void end(InterfaceAddress address) {
        terms.remove(address.key());
    }

    /// The state that all changes have made. Ends the draft.
    DesiredTables state() {
        return new DesiredTables(desired.state(revision), locals, terms);
    }

    VirtualService service(ServiceKey key) {
        return desired.service(key);
    }

    NavigableMap<ServiceKey, VirtualService> services() {
        return desired.services();
    }

    NavigableMap<AddressKey, InterfaceAddress> addresses() {
        return desired.addresses();
    }

    Map<IpPrefix, Route> routes() {
        return desired.routes();
    }

    Collection<Neighbour> neighbours() {
        return desired.neighbours();
    }

    Map<String, IpSet> sets() {
        return desired.sets();
    }

    /// Names of sets that are others than before, were not there, or are not there any more.
    @SuppressWarnings("ReferenceEquality") // one that was not touched is the same
    Set<String> changedSets(DesiredState before) {
        Set<String> changed = new HashSet<>(before.sets().keySet());
        changed.addAll(sets().keySet());
        changed.removeIf(name -> before.sets().get(name) == sets().get(name));
        return changed;
    }

    /// The first service of a virtual address, of any port and protocol.
    Optional<ServiceKey> virtual(IpAddress address) {
        return frontends.first(address);
    }

    /// Refuses a service of which nobody could tell whether it or another one is meant.
    void requireDistinct(VirtualService service) {
        frontends.check(service);
    }

    static BalancerException error(ErrorCode code, String message) {
        return new BalancerException(code, message);
    }
}
