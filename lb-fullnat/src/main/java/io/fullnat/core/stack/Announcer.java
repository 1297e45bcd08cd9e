// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/// Announces addresses that are ours from now on: twice, two seconds apart (RFC 5227 §2.3,
/// ANNOUNCE_NUM, ANNOUNCE_INTERVAL; RFC 4861 §7.2.6 allows three), some in each duty cycle.
final class Announcer {
    /// Between the two announcements of an address: ANNOUNCE_INTERVAL.
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(2);

    private static final int STEP = 16;

    private final StackContext context;
    private final NeighbourRequests requests;
    private final Queue<NetworkView.Own> fresh = new ArrayDeque<>();
    private final Queue<Repetition> again = new ArrayDeque<>();

    private record Repetition(NetworkView.Own own, long dueNs) {}

    Announcer(StackContext context, NeighbourRequests requests) {
        this.context = context;
        this.requests = requests;
    }

    /// Called in each cycle, mostly with none: `addAll` would allocate even then.
    void add(List<NetworkView.Own> addresses) {
        for (int i = 0; i < addresses.size(); i++) {
            fresh.add(addresses.get(i));
        }
    }

    void add(NetworkView.Own address) {
        fresh.add(address);
    }

    int poll() {
        int work = 0;
        for (; work < STEP && !fresh.isEmpty(); work++) {
            NetworkView.Own own = fresh.remove();
            if (announce(own)) {
                again.add(new Repetition(own, context.nowNs() + INTERVAL_NS));
            }
        }
        for (; work < STEP; work++) {
            Repetition next = again.peek();
            if (next == null || context.nowNs() - next.dueNs < 0) {
                break;
            }
            announce(again.remove().own);
        }
        return work;
    }

    /// Announces an address unless it has been taken away meanwhile, or may be another station's.
    private boolean announce(NetworkView.Own own) {
        Device device = context.view().device(own.device());
        return context.view().isOwnOf(own.device(), own.high(), own.low())
                && requests.announce(device, own.high(), own.low());
    }
}
