// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.AddressKey;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What the balancer has been asked to be, after one transaction, and what follows from it.
/// Immutable.
///
/// @param desired what was asked for
/// @param locals local addresses that services list, with their devices and how many list them
/// @param terms interface addresses that end, with their lifetimes
record DesiredTables(
        DesiredState desired,
        NavigableMap<IpAddress, LocalUse> locals,
        NavigableMap<AddressKey, AddressTerm> terms) {

    DesiredTables {
        locals = Collections.unmodifiableNavigableMap(locals);
        terms = Collections.unmodifiableNavigableMap(terms);
    }

    /// What a balancer is before it has been asked for anything.
    ///
    /// @param leftovers what it does with packets that nothing explains
    static DesiredTables beginning(LeftoverPolicy leftovers) {
        DesiredState empty = DesiredState.EMPTY;
        return new DesiredTables(
                new DesiredState(
                        empty.revision(),
                        empty.services(),
                        empty.addresses(),
                        empty.routes(),
                        empty.neighbours(),
                        empty.timeouts(),
                        empty.sets(),
                        leftovers),
                new TreeMap<>(),
                new TreeMap<>());
    }

    /// A local address in use.
    record LocalUse(String device, int services) {}
}
