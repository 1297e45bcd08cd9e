// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.BuiltInSchedulers;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.micrometer.BalancerMetrics;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;

/// The snippets of docs/embedding.md, as they stand there.
final class Embedding {
    private Embedding() {}

    // begin of available
    static PacketIo openPorts(DpdkConfig config) {
        DpdkIo.unavailability()
                .ifPresent(why -> {
                    throw new IllegalStateException(why);
                });
        return DpdkIo.open(config);
    }

    // end of available

    // begin of threads
    static FullNatBalancer start(PacketIo io, ThreadFactory threads, Executor callbacks) {
        return FullNatBalancer.builder(io)
                .name("edge") // its threads: edge-control, edge-worker-0, ...
                .workers(2)
                .cpus(List.of()) // or one for each worker, with IdleMode.SPIN
                .threads(threads)
                .callbacks(callbacks) // futures and listeners; virtual threads if not said
                .start();
    }

    // end of threads

    // begin of runners
    static List<AgentRunner> run(FullNatBalancer balancer, ErrorHandler errors) {
        List<AgentRunner> runners = new ArrayList<>();
        for (Agent worker : balancer.workerAgents()) {
            runners.add(new AgentRunner(new BusySpinIdleStrategy(), errors, null, worker));
        }
        var pauses = new BackoffIdleStrategy();
        runners.add(new AgentRunner(pauses, errors, null, balancer.controlAgent()));
        runners.forEach(AgentRunner::startOnThread);
        return runners; // close the balancer first, then these
    }

    // end of runners

    // begin of listener
    static void tell(FullNatBalancer balancer, Consumer<String> alert) {
        balancer.control()
                .listen(event -> {
                    switch (event) {
                        case BalancerEvent.ConditionBegan began ->
                                alert.accept(began.condition() + " " + began.subject());
                        case BalancerEvent.ConditionEnded ended ->
                                alert.accept(ended.condition() + " is over");
                        case BalancerEvent.Fault fault -> alert.accept(fault.what());
                        default -> {} // what else is told: Applied, ServerHealthChanged, ...
                    }
                });
    }

    // end of listener

    // begin of metrics
    static BalancerMetrics meters(FullNatBalancer balancer, MeterRegistry registry) {
        var metrics = new BalancerMetrics(balancer.counters(), balancer.control());
        metrics.bindTo(registry); // of services and servers it follows what is added and removed
        return metrics; // to be closed before the balancer
    }

    // end of metrics

    // begin of health
    static int httpStatus(FullNatBalancer balancer) {
        return switch (balancer.control().health().status()) {
            case UP, DEGRADED -> 200; // DEGRADED: look at health().conditions()
            case DOWN -> 503;
        };
    }

    // end of health

    // begin of values
    static void serveBy(FullNatBalancer balancer, ServiceKey key, List<RealServer> servers) {
        balancer.control()
                .apply(present -> {
                    VirtualService.Builder service = present.service(key).toBuilder();
                    service.scheduler("rr").realServers(servers);
                    return List.of(new Change.ReplaceService(service.build()));
                });
    }

    // end of values

    // begin of drain
    static CompletableFuture<Void> replace(
            FullNatBalancer balancer, ServiceKey key, RealServer old, RealServer fresh) {
        balancer.control().apply(new Change.AddRealServer(key, fresh));
        return balancer.control()
                .drain(key, old.endpoint(), Duration.ofMinutes(10))
                .thenRun(() -> balancer.services().removeRealServer(key, old.endpoint()));
    }

    // end of drain

    // begin of admission
    static FullNatBalancer only(PacketIo io, Ipv4Address client) {
        long allowed = client.low();
        return FullNatBalancer.builder(io)
                .admission(worker -> (service, request) -> request.clientAddressLow() == allowed)
                .start();
    }

    // end of admission

    // begin of scheduler
    record Sticky(int bits) implements SchedulerFactory {
        @Override
        public String name() {
            return "sticky"; // FullNatBalancer.builder(io).scheduler(new Sticky(8))
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            Scheduler others = BuiltInSchedulers.WEIGHTED_ROUND_ROBIN.create(servers, context);
            return new Network(bits, servers.size(), others);
        }
    }

    record Network(int bits, int servers, Scheduler others) implements Scheduler {
        @Override
        public int select(ConnectionRequest client, ServerLoads loads) {
            int server = (int) ((client.clientAddressLow() >>> bits) % Math.max(1, servers));
            boolean usable = servers > 0 && loads.isUsable(server);
            return usable ? server : others.select(client, loads);
        }

        @Override
        public void resume(Scheduler previous, int[] origins) {
            others.resume(((Network) previous).others, origins);
        }
    }
    // end of scheduler
}
