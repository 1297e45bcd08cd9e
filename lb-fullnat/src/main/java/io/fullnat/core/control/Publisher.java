// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.core.address.Masks;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.worker.ViewExchange;
import io.fullnat.core.worker.WorkerSet;
import io.fullnat.core.worker.WorkerView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// Brings one state after the other to all workers: offers it, waits for the acknowledgement of
/// each, publishes it, waits until each works by it. Up to the publication any worker can refuse,
/// or be too late, and the state is given up.
final class Publisher {
    /// How long workers may take to prepare a state.
    static final long PREPARE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    private final WorkerSet workers;
    private final Clock clock;
    private final NetworkBuilder networkBuilder;
    private final Resources resources;
    private List<NetworkView.Own> generated = List.of();
    private ServiceMap[] inForce;
    private ServiceMap[] offered;
    private long publication;
    private long deadlineNs;
    private boolean published;

    Publisher(WorkerSet workers, Clock clock, NetworkBuilder networkBuilder, Resources resources) {
        this.workers = workers;
        this.clock = clock;
        this.networkBuilder = networkBuilder;
        this.resources = resources;
        inForce = new ServiceMap[workers.size()];
        Arrays.fill(inForce, ServiceMap.EMPTY);
        offered = inForce;
    }

    /// The link-local addresses of the state that was offered last which nobody has configured.
    List<NetworkView.Own> generated() {
        return generated;
    }

    /// Offers a state to all workers.
    ///
    /// @param announced addresses that were not ours before
    /// @throws BalancerException if a worker does not look at what it was offered before
    void offer(Transaction transaction, Set<IpAddress> announced) {
        NetworkView network =
                networkBuilder.build(transaction.state(), transaction.draining(), clock.nanoTime());
        generated = network.generated();
        boolean sameServices =
                transaction.added().isEmpty()
                        && transaction.dropped().isEmpty()
                        && transaction
                                .state()
                                .desired()
                                .timeouts()
                                .equals(inForce[0].timeouts().common());
        offered = sameServices ? inForce : maps(transaction);
        publication++;
        deadlineNs = clock.nanoTime() + PREPARE_TIMEOUT_NS;
        published = false;
        for (int worker = 0; worker < workers.size(); worker++) {
            WorkerView view =
                    new WorkerView(
                            publication,
                            network,
                            offered[worker],
                            resources.allocators(worker),
                            renewed(transaction, worker),
                            worker == 0 ? owned(network, announced) : List.of(),
                            transaction.purges(),
                            transaction.flushed());
            if (!workers.exchange(worker).offer(view)) {
                throw new BalancerException(
                        ErrorCode.WORKER_TIMEOUT,
                        "worker " + worker + " does not take new states; nothing was changed");
            }
        }
    }

    private static List<ServiceEntry> renewed(Transaction transaction, int worker) {
        return transaction.added().stream().map(built -> built.entry(worker)).toList();
    }

    private ServiceMap[] maps(Transaction transaction) {
        StateTimeouts.Builder next =
                new StateTimeouts.Builder(
                        inForce[0].timeouts(), transaction.state().desired().timeouts());
        EndRules.Builder ends = new EndRules.Builder(inForce[0].endRules());
        transaction
                .built()
                .values()
                .forEach(built -> {
                    next.add(built.slot(), built.service());
                    ends.add(built.slot(), built.service());
                });
        StateTimeouts timeouts = next.build();
        EndRules endRules = ends.build();
        ServiceMap[] maps = new ServiceMap[workers.size()];
        Arrays.setAll(maps, worker -> map(transaction, worker, timeouts, endRules));
        return maps;
    }

    private static ServiceMap map(
            Transaction transaction, int worker, StateTimeouts timeouts, EndRules endRules) {
        List<ServiceEntry> entries =
                transaction.built().values().stream().map(built -> built.entry(worker)).toList();
        return new ServiceMap(entries, timeouts, endRules);
    }

    private static List<NetworkView.Own> owned(NetworkView network, Set<IpAddress> announced) {
        List<NetworkView.Own> owned = new ArrayList<>();
        for (IpAddress ip : announced) {
            int device = network.ownDevice(ip.high(), ip.low());
            owned.add(new NetworkView.Own(ip.high(), ip.low(), Masks.WHOLE, device, false));
        }
        return owned;
    }

    /// Looks how far the workers are.
    ///
    /// @return whether all of them work by the state, and no connection is left that it ends
    /// @throws BalancerException if a worker refuses, or did not answer in time: the state is given
    ///   up
    boolean poll() {
        if (!published) {
            if (!allPrepared()) {
                return false;
            }
            workers.publish(publication);
            published = true;
            inForce = offered;
        }
        for (int worker = 0; worker < workers.size(); worker++) {
            ViewExchange exchange = workers.exchange(worker);
            if (exchange.adopted() != publication || exchange.purgedUpTo() != publication) {
                return false;
            }
        }
        return true;
    }

    /// Whether the state is in force, so that it cannot be given up any more.
    boolean isPublished() {
        return published;
    }

    /// The first worker that does not work by the state yet, or still ends connections.
    String laggard() {
        int worker = 0;
        while (worker < workers.size() - 1
                && workers.exchange(worker).purgedUpTo() == publication) {
            worker++;
        }
        return "worker " + worker;
    }

    /// How many connections the state has ended that all workers work by.
    long ended() {
        long ended = 0;
        for (int worker = 0; worker < workers.size(); worker++) {
            ended += workers.exchange(worker).ended();
        }
        return ended;
    }

    private boolean allPrepared() {
        for (int worker = 0; worker < workers.size(); worker++) {
            ViewExchange exchange = workers.exchange(worker);
            if (exchange.prepared() != publication) {
                if (clock.nanoTime() - deadlineNs < 0) {
                    return false;
                }
                throw new BalancerException(
                        ErrorCode.WORKER_TIMEOUT,
                        "worker "
                                + worker
                                + " did not answer within "
                                + TimeUnit.NANOSECONDS.toMillis(PREPARE_TIMEOUT_NS)
                                + " ms; nothing was changed");
            }
            String refusal = exchange.refusal();
            if (refusal != null) {
                throw new BalancerException(
                        ErrorCode.WORKER_REFUSED,
                        "worker " + worker + " refused: " + refusal + "; nothing was changed");
            }
        }
        return true;
    }
}
