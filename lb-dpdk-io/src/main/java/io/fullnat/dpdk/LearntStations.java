// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.MacAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Stations that the kernel has on an interface besides the interface's own, as virtual routers,
/// learnt from what they send. One that says nothing for five minutes is forgotten, which is what
/// bridges do (IEEE 802.1Q §8.8.3); if there are too many, the one that has been silent longest is.
/// For one thread at a time.
final class LearntStations {
    /// How long one is known that says nothing.
    static final long AGE_NS = TimeUnit.SECONDS.toNanos(300);

    private final int most;

    /// When each was heard last, the one that has been silent longest first.
    private final Map<MacAddress, Long> heard = new LinkedHashMap<>();

    /// None yet.
    ///
    /// @param most that are known at once
    LearntStations(int most) {
        this.most = most;
    }

    /// Takes note that one has spoken.
    ///
    /// @param station no group's address
    /// @param nowNs the present time
    void heard(MacAddress station, long nowNs) {
        heard.remove(station);
        if (heard.size() == most) {
            heard.remove(heard.keySet().iterator().next());
        }
        heard.put(station, nowNs);
    }

    /// Takes note that one has spoken from elsewhere: it has moved there, as a virtual router does.
    ///
    /// @param station whose frame came by the port
    void elsewhere(MacAddress station) {
        heard.remove(station);
    }

    /// Whether none is known.
    boolean isEmpty() {
        return heard.isEmpty();
    }

    /// Those that are known.
    ///
    /// @param nowNs the present time
    /// @return a copy
    Set<MacAddress> known(long nowNs) {
        heard.values().removeIf(since -> nowNs - since >= AGE_NS);
        return new HashSet<>(heard.keySet());
    }
}
