// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.control.TransactionTimes;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/// A balancer that stands still in a given state, until it is given another: what lists are
/// compared on.
public final class StillOperations implements Operations {
    private final List<ConnectionInfo> connections;
    private final List<NeighbourStatus> neighbours;
    private volatile BalancerStatus status;

    public StillOperations(
            BalancerStatus status,
            List<ConnectionInfo> connections,
            List<NeighbourStatus> neighbours) {
        this.status = status;
        this.connections = connections;
        this.neighbours = neighbours;
    }

    /// From now on, this is its state.
    public void become(BalancerStatus next) {
        status = next;
    }

    /// The output of a list that must succeed.
    public String run(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int ended =
                Commands.over(this)
                        .run(
                                List.of(line.split(" ", -1)),
                                "",
                                new PrintWriter(out),
                                new PrintWriter(err, true));
        assertThat(err.toString()).as(line).isEmpty();
        assertThat(ended).as(line).isZero();
        return out.toString();
    }

    @Override
    public Control control() {
        return new StillControl();
    }

    @Override
    public CountersReader counters() {
        return new CountersReader() {
            @Override
            public int workers() {
                return 2;
            }

            @Override
            public long get(int worker, Outcome outcome) {
                return 0;
            }

            @Override
            public long get(int worker, Counter counter) {
                return counter == Counter.RECEIVED ? worker + 1 : 0;
            }
        };
    }

    @Override
    public PacketIo io() {
        try (InMemoryIo io =
                InMemoryIo.builder()
                        .buffers(64)
                        .wire(
                                PortSettings.of("dpdk1", "02:00:00:00:00:01").withQueues(2),
                                PortSettings.of("far", "02:00:00:00:00:02"))
                        .open()) {
            return io;
        }
    }

    @Override
    public List<Change> reload(boolean dryRun) {
        return List.of();
    }

    @Override
    public Configuration configuration() {
        throw new UnsupportedOperationException("nobody asks for it");
    }

    @Override
    public String export() {
        return "";
    }

    private final class StillControl implements Control {
        @Override
        public CompletableFuture<Void> submit(TransactionFunction function) {
            throw new AssertionError("a list changes nothing");
        }

        @Override
        public CompletableFuture<Long> submitAndCount(TransactionFunction function) {
            throw new AssertionError("a list ends nothing");
        }

        @Override
        public CompletableFuture<List<Change>> check(TransactionFunction function) {
            throw new AssertionError("a list checks nothing");
        }

        @Override
        public DesiredState desired() {
            SortedMap<ServiceKey, VirtualService> services = new TreeMap<>();
            for (ServiceStatus service : status.services()) {
                services.put(service.service().key(), service.service());
            }
            SortedMap<AddressKey, InterfaceAddress> addresses = new TreeMap<>();
            for (AddressStatus address : status.addresses()) {
                if (address.explicit()) {
                    addresses.put(address.address().key(), address.address());
                }
            }
            Map<IpPrefix, Route> routes = new HashMap<>();
            status.routes().forEach(route -> routes.put(route.destination(), route));
            return new DesiredState(
                    status.revision(),
                    services,
                    addresses,
                    routes,
                    status.neighbours(),
                    Timeouts.NONE,
                    Collections.emptySortedMap(),
                    LeftoverPolicy.DEFAULT);
        }

        @Override
        public BalancerStatus status() {
            return status;
        }

        @Override
        public BalancerStatus status(int worker) {
            assertThat(worker).as("the worker that has done it all").isZero();
            return status;
        }

        @Override
        public Optional<ServiceStatus> status(ServiceKey key) {
            return status.services().stream()
                    .filter(service -> service.service().key().equals(key))
                    .findFirst();
        }

        @Override
        public void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
            for (ConnectionInfo connection : connections) {
                if (filter.accepts(connection) && !visitor.test(connection)) {
                    return;
                }
            }
        }

        @Override
        public void templates(TemplateFilter filter, Predicate<TemplateInfo> visitor) {
            // there are none
        }

        @Override
        public TemplateCounts templateCounts() {
            Map<ServiceKey, Integer> counts = new HashMap<>();
            status.services().forEach(service -> counts.put(service.service().key(), 3));
            return new TemplateCounts(64, counts);
        }

        @Override
        public ClientTable clientTable() {
            return new ClientTable(5, 56, 2, 7);
        }

        @Override
        public List<SetStatus> sets() {
            return List.of(new SetStatus("bots", 4_294_967_301L, 2, List.of()));
        }

        @Override
        public List<NeighbourStatus> neighbours() {
            return neighbours;
        }

        @Override
        public Health health() {
            return new Health(
                    Health.Status.DEGRADED,
                    List.of(new Health.WorkerHealth(0, 7, Duration.ofMillis(1500), 0)),
                    List.of(),
                    List.of(
                            new ActiveCondition(
                                    Condition.LINK_DOWN, "wan", "no carrier", Duration.ZERO),
                            new ActiveCondition(
                                    Condition.LINK_DOWN, "lan", "no carrier", Duration.ZERO)));
        }

        @Override
        public TransactionTimes transactions() {
            List<Long> counts = new ArrayList<>(Collections.nCopies(14, 0L));
            counts.set(1, 3L);
            counts.set(13, 1L);
            return new TransactionTimes(
                    counts, Duration.ofMillis(12_500), Map.of(ErrorCode.NO_SERVICE, 2L));
        }

        @Override
        public void listen(BalancerListener listener) {
            // nothing happens
        }
    }
}
