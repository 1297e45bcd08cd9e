// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.List;

/// An address of IPv6 of which nobody knows yet whose it is.
final class TentativeAddress {
    private static final long HIGH = 0x2001_0DB8L << 32;

    final AddressStates states = new AddressStates();
    final AddressStates.State state =
            states.replace(List.of(new NetworkView.Own(HIGH, 1, 64, 0, false))).getFirst();

    AddressStates.Standing standing() {
        return states.standing(0, HIGH, 1);
    }

    boolean isValid() {
        return states.isValid(0, HIGH, 1);
    }
}
