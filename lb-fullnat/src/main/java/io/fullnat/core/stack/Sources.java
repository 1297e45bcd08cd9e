// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;
import io.fullnat.core.stack.NetworkView.Own;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// From which own address one speaks on a device. Not changed after construction.
final class Sources {
    private final Own[][] networks;
    private final @Nullable Own[] anyIpv4;
    private final @Nullable Own[] anyIpv6;
    private final LinkLocals linkLocals;

    Sources(int devices, List<Own> owned, LinkLocals linkLocals) {
        this.linkLocals = linkLocals;
        networks = new Own[devices][];
        anyIpv4 = new Own[devices];
        anyIpv6 = new Own[devices];
        List<List<Own>> byDevice = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            byDevice.add(new ArrayList<>());
        }
        for (Own own : owned) {
            byDevice.get(own.device()).add(own);
        }
        for (int device = 0; device < devices; device++) {
            List<Own> here = byDevice.get(device);
            networks[device] =
                    here.stream().filter(own -> own.length() < Masks.WHOLE).toArray(Own[]::new);
            anyIpv4[device] = first(here, Own::isIpv4);
            anyIpv6[device] =
                    first(here, own -> !own.isIpv4() && !Addresses.isLinkLocal(own.high()));
        }
    }

    private static @Nullable Own first(List<Own> owned, Predicate<Own> which) {
        return owned.stream().filter(which).findFirst().orElse(null);
    }

    /// Those of a device whose prefixes have more than one address.
    Own[] networks(int device) {
        return networks[device];
    }

    @Nullable Own onNetwork(int device, long high, long low) {
        for (Own own : networks[device]) {
            if (own.isOnNetwork(high, low)) {
                return own;
            }
        }
        return null;
    }

    @Nullable Own of(int device, long high, long low) {
        if (Addresses.isLinkLocal(high)) {
            return linkLocals.of(device);
        }
        Own near = onNetwork(device, high, low);
        if (near != null) {
            return near;
        }
        if (Addresses.isIpv4(high, low)) {
            return anyIpv4[device];
        }
        Own any = anyIpv6[device];
        return any != null ? any : linkLocals.of(device);
    }
}
