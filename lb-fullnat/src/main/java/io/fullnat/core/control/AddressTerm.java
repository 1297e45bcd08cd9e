// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The lifetime of an interface address and when it began (RFC 4862 §5.5.4). Immutable.
///
/// @param lifetime one that ends
/// @param sinceNs the balancer's clock when the address was added, or added again
record AddressTerm(AddressLifetime lifetime, long sinceNs) {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    boolean isDeprecated(long nowNs) {
        return remaining(lifetime.preferredSeconds(), nowNs) == 0;
    }

    private boolean isOver(long nowNs) {
        return remaining(lifetime.validSeconds(), nowNs) == 0;
    }

    /// What is left of both, in seconds begun.
    AddressLifetime remaining(long nowNs) {
        return new AddressLifetime(
                remaining(lifetime.validSeconds(), nowNs),
                remaining(lifetime.preferredSeconds(), nowNs));
    }

    private long remaining(long seconds, long nowNs) {
        if (seconds == AddressLifetime.INFINITY) {
            return seconds;
        }
        long leftNs = seconds * SECOND_NS - (nowNs - sinceNs);
        return Math.clamp(Math.ceilDiv(leftNs, SECOND_NS), 0, seconds);
    }

    /// How long until the next of its two ends, nanoseconds; `otherwise` if there is none.
    private long untilEnd(long nowNs, long otherwise) {
        long until = otherwise;
        for (long seconds : new long[] {lifetime.preferredSeconds(), lifetime.validSeconds()}) {
            if (seconds != AddressLifetime.INFINITY && remaining(seconds, nowNs) > 0) {
                until = Math.min(until, seconds * SECOND_NS - (nowNs - sinceNs));
            }
        }
        return until;
    }

    /// The removal of each address of a state whose valid lifetime is over. One that a service has
    /// as its virtual address or lists as a local one stays as long as that is so.
    static List<Change> removals(DesiredTables state, long nowNs) {
        List<Change> removals = new ArrayList<>();
        state.terms()
                .forEach((key, term) -> {
                    InterfaceAddress address = state.desired().addresses().get(key);
                    if (address != null && term.isOver(nowNs) && !isNeeded(state, key.address())) {
                        removals.add(new Change.RemoveAddress(address));
                    }
                });
        return removals;
    }

    private static boolean isNeeded(DesiredTables state, IpAddress ip) {
        return state.locals().containsKey(ip)
                || state.desired().services().values().stream()
                        .flatMap(service -> service.frontends().stream())
                        .anyMatch(frontend -> frontend.address().equals(ip));
    }

    /// How long until something is to be done about an address of a state, nanoseconds; 0 if it is
    /// to be done now, `otherwise` if never.
    static long untilNext(DesiredTables state, long nowNs, long otherwise) {
        if (!removals(state, nowNs).isEmpty()) {
            return 0;
        }
        long until = otherwise;
        for (AddressTerm term : state.terms().values()) {
            until = Math.min(until, term.untilEnd(nowNs, otherwise));
        }
        return until;
    }
}
