// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.List;

/// Own addresses for which nobody looks for duplicates, for tests.
public final class ValidAddresses {
    private ValidAddresses() {}

    /// States of addresses that are ours alone.
    ///
    /// @param ipv6 all of them
    /// @return as after the time to object
    public static AddressStates of(List<NetworkView.Own> ipv6) {
        AddressStates states = new AddressStates();
        accept(states, ipv6);
        return states;
    }

    /// Makes all addresses ours alone.
    ///
    /// @param states in which they are from now on, and no others
    public static void accept(AddressStates states, List<NetworkView.Own> ipv6) {
        states.replace(ipv6).forEach(AddressStates.State::accept);
    }
}
