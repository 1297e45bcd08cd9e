// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A worker that a test plays towards the control plane: it takes states over step by step, and
/// handles no packets.
public final class WorkerByHand {
    private final ViewExchange exchange;
    private @Nullable String refusal;
    private @Nullable WorkerView offered;
    private int views;

    /// Plays a worker of a set that nobody drives.
    public WorkerByHand(WorkerSet workers, int number) {
        exchange = workers.exchange(number);
    }

    /// Looks at what it is offered, and works by what has been published; connections that this
    /// ends are still there.
    public void look() {
        WorkerView taken =
                exchange.poll(view -> {
                    views++;
                    offered = view;
                    return refusal;
                });
        if (taken != null) {
            exchange.adopted(taken);
        }
    }

    /// The last connection has ended that the state does away with.
    ///
    /// @param count how many there were
    public void purge(long count) {
        exchange.purged(count);
    }

    /// Looks, and has nothing to end.
    public void work() {
        look();
        purge(0);
    }

    /// Refuses what it is offered from now on.
    ///
    /// @param reason why; null to take it again
    public void refuse(@Nullable String reason) {
        refusal = reason;
    }

    /// How many states it was offered.
    public int views() {
        return views;
    }

    /// What it is to announce with the state that it was offered last.
    public List<String> announced() {
        return view().announcements().stream()
                .map(own -> IpAddress.of(own.high(), own.low()).toString())
                .toList();
    }

    /// How many services the state has that it was offered last.
    public int services() {
        return view().services().size();
    }

    private WorkerView view() {
        WorkerView view = offered;
        if (view == null) {
            throw new IllegalStateException("it was offered nothing");
        }
        return view;
    }
}
