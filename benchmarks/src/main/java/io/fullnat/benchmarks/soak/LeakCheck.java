// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.benchmarks.loop.LoopNetwork;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Looks for anything that a balancer without traffic still holds, at the end of a soak.
final class LeakCheck {
    private static final long POLL_NS = 20_000_000;
    private static final int PORTS = 64_511;

    /// How packets may end while services come and go and the table is flooded.
    private static final Set<Outcome> EXPECTED =
            EnumSet.of(
                    Outcome.FORWARDED_IN,
                    Outcome.FORWARDED_OUT,
                    Outcome.NO_SERVICE,
                    Outcome.NO_CONNECTION,
                    Outcome.ACCESS_DENIED,
                    Outcome.TABLE_FULL);

    private final RunningBalancer balancer;
    private final SoakQueue queue;
    private final Control control;
    private final Duration patience;
    private final List<String> found = new ArrayList<>();

    /// @param patience with connections that have still to end
    LeakCheck(RunningBalancer balancer, SoakQueue queue, Duration patience) {
        this.balancer = balancer;
        this.queue = queue;
        this.patience = patience;
        control = balancer.control();
    }

    /// Waits for the connections to end, then looks; all services are gone after it.
    ///
    /// @return what was found, a line each; empty if nothing
    List<String> find() {
        require(
                () -> count(Counter.CONNECTIONS) == 0,
                () -> left("connections", count(Counter.CONNECTIONS)));
        require(() -> buffers() == 0, () -> left("buffers", buffers()));
        require(
                () -> count(Counter.WAITING) == 0,
                () -> left("waiting packets", count(Counter.WAITING)));
        require(
                () -> inUse(control.status()).isEmpty(),
                () -> String.join("; ", inUse(control.status())));
        packets();
        removeServices();
        require(
                () -> borrowedAddresses().isEmpty(),
                () -> "addresses without a service: " + borrowedAddresses());
        slots();
        for (int service = 0; service < SoakTopology.ALL.size(); service++) {
            for (int local = 0; local < 2 * SoakTopology.LOCALS && found.isEmpty(); local++) {
                ports(service, local, local % (2 * SoakTopology.SERVERS));
            }
        }
        return found;
    }

    private static String left(String what, long count) {
        return count + " " + what + " are left";
    }

    private long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    private long buffers() {
        return balancer.io().buffers(0).inUse();
    }

    private void require(BooleanSupplier condition, Supplier<String> otherwise) {
        if (!await(condition)) {
            found.add(otherwise.get());
        }
    }

    private boolean await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /// Real servers and addresses that believe to have connections.
    private static List<String> inUse(BalancerStatus status) {
        List<String> lines = new ArrayList<>();
        for (ServiceStatus service : status.services()) {
            ServiceKey key = service.service().key();
            service.realServers()
                    .forEach(server -> {
                        long count = server.activeConnections() + server.inactiveConnections();
                        if (count != 0) {
                            lines.add(
                                    count
                                            + " connections of "
                                            + server.server().endpoint()
                                            + " of "
                                            + key);
                        }
                    });
            service.localAddresses()
                    .forEach(local -> {
                        if (local.connections() != 0 || local.draining()) {
                            lines.add(
                                    local.connections()
                                            + " ports of "
                                            + local.address()
                                            + " of "
                                            + key);
                        }
                    });
        }
        status.addresses().stream()
                .filter(address -> address.connections() != 0 || address.isDraining())
                .forEach(address ->
                        lines.add(address.connections() + " ports of " + address.address()));
        return lines;
    }

    /// Every packet has ended, and in a way that was to be expected.
    private void packets() {
        long ended = 0;
        for (Outcome outcome : Outcome.values()) {
            long packets = balancer.counters().total(outcome);
            ended += packets;
            if (packets > 0 && !EXPECTED.contains(outcome)) {
                found.add(packets + " packets ended as " + outcome + ", not 0");
            }
        }
        if (ended != count(Counter.RECEIVED)) {
            found.add(count(Counter.RECEIVED) + " packets were received, " + ended + " ended");
        }
        if (count(Counter.FAULTS) != 0) {
            found.add(left("faults", count(Counter.FAULTS)));
        }
    }

    private void removeServices() {
        control.apply(present ->
                present.services().keySet().stream().map(Change.RemoveService::new).toList());
    }

    private List<AddressStatus> borrowedAddresses() {
        return control.status().addresses().stream().filter(own -> !own.explicit()).toList();
    }

    /// If no slot is left taken, there is room for as many servers and local addresses as there are
    /// slots.
    private void slots() {
        List<Change> all = new ArrayList<>();
        int count = Math.min(WorkerSet.MAX_SERVERS, WorkerSet.MAX_LOCALS);
        for (int i = 0; i < count; i++) {
            String virtual = "198.18." + (i >>> 8) + "." + (i & 255);
            all.add(
                    new Change.AddService(
                            VirtualService.of(ServiceKey.udp(virtual, 1))
                                    .withRealServer(RealServer.of("203.0.113.11", 1))
                                    .withLocalAddress(
                                            LocalAddress.of("203.0.113.100", LoopNetwork.PORT))));
        }
        String[] refusal = new String[1];
        require(
                () -> {
                    try {
                        Control.await(control.check(present -> all));
                        return true;
                    } catch (BalancerException e) {
                        refusal[0] = e.getMessage();
                        return false;
                    }
                },
                () -> "counter slots are left: " + refusal[0]);
    }

    /// A local address that no connection uses has all its ports towards a server.
    private void ports(int service, int localNumber, int serverNumber) {
        ServiceKey key = SoakTopology.ALL.get(service);
        LocalAddress local =
                LocalAddress.of(SoakTopology.local(service, localNumber), LoopNetwork.PORT);
        RealServer server =
                RealServer.of(Endpoint.parse(SoakTopology.server(service, serverNumber)));
        control.apply(
                new Change.AddService(
                        VirtualService.of(key).withRealServer(server).withLocalAddress(local)));
        FirstPackets packets = new FirstPackets(queue.arena(), key, PORTS);
        queue.play(packets);
        require(packets::isDone, () -> "the worker stands still");
        require(
                () -> count(Counter.CONNECTIONS) == PORTS,
                () ->
                        count(Counter.CONNECTIONS)
                                + " of "
                                + PORTS
                                + " ports could be had of "
                                + local
                                + " towards "
                                + server);
        control.apply(
                new Change.RemoveLocalAddress(key, local.address(), true),
                new Change.RemoveService(key));
    }
}
