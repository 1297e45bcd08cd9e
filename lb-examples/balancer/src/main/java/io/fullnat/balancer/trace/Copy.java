// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.replay.NeighbourAnswers;
import io.fullnat.balancer.replay.NewOutcomes;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/// A copy of the running balancer in memory, with one worker, a clock that stands, and the engine's
/// own code. Nothing of it reaches a network. For one thread.
final class Copy implements AutoCloseable {
    /// Connections beside those that were there before: of other services, and of the frame.
    private static final int ROOM = 256;

    private static final int MAX_TURNS = 100_000;
    private static final Duration STEP = Duration.ofMillis(100);

    /// Steps until addresses are known to be the balancer's alone, and links to be down.
    private static final int SETTLING = 40;

    /// Steps until neighbours have not answered.
    private static final int PATIENCE = 80;

    private final ManualClock clock = new ManualClock();
    private final TracedSchedulers schedulers = new TracedSchedulers();
    private final Wires wires;
    private final CopyNeighbours neighbours;
    private final FullNatBalancer balancer;
    private final List<ServiceCopy> services;
    private final NewOutcomes ended;
    private int missing;

    /// Makes it as the running balancer is.
    ///
    /// @param frame that is to come
    /// @param client any frame of the client, which those that were there before are like
    /// @throws BalancerException if its state cannot be copied
    Copy(Situation situation, List<ServiceCopy> services, TracedFrame frame, TracedFrame client) {
        this(new Wires(situation.ports()), situation, services, frame, client);
    }

    /// Makes it on wires that are closed with it, or if it cannot be made.
    Copy(
            Wires wires,
            Situation situation,
            List<ServiceCopy> services,
            TracedFrame frame,
            TracedFrame client) {
        this.services = services;
        this.wires = wires;
        neighbours = new CopyNeighbours(situation.neighbours(), situation.contested());
        int connections = ROOM + services.stream().mapToInt(each -> each.formers().size()).sum();
        balancer =
                built(
                        wires,
                        () ->
                                RunningBalancer.builder(wires.io(), situation.started())
                                        .workers(1)
                                        .cpus(List.of())
                                        .connections(connections)
                                        .templates(connections)
                                        .modifiedConnections(connections)
                                        .clock(clock)
                                        .scheduler(schedulers)
                                        .probes(spec -> target -> ProbeResult.passed("not asked"))
                                        .announcer(addresses -> Map.of()));
        ended = new NewOutcomes(balancer.counters());
        boolean ready = false;
        try {
            begin(situation, frame, client);
            ready = true;
        } finally {
            if (!ready) {
                close();
            }
        }
    }

    /// Whatever keeps it from being built, an error of the machine's, too, leaves no wires behind.
    private static FullNatBalancer built(Wires wires, Supplier<BalancerBuilder> builder) {
        boolean built = false;
        try {
            FullNatBalancer balancer = builder.get().build();
            built = true;
            return balancer;
        } finally {
            if (!built) {
                wires.close();
            }
        }
    }

    private void begin(Situation situation, TracedFrame frame, TracedFrame client) {
        List<Change> changes = new ArrayList<>();
        situation.addresses().forEach(each -> changes.add(new Change.AddAddress(each)));
        situation
                .desired()
                .routes()
                .values()
                .forEach(each -> changes.add(new Change.AddRoute(each)));
        situation
                .desired()
                .neighbours()
                .forEach(each -> changes.add(new Change.SetNeighbour(each)));
        if (!situation.desired().timeouts().equals(Timeouts.NONE)) {
            changes.add(new Change.SetTimeouts(situation.desired().timeouts()));
        }
        if (!situation.desired().leftovers().equals(LeftoverPolicy.DEFAULT)) {
            changes.add(new Change.SetLeftovers(situation.desired().leftovers()));
        }
        situation.sets().forEach(each -> changes.add(new Change.CreateSet(each)));
        for (ServiceCopy each : services) {
            each.status().ifPresent(schedulers::name);
            changes.add(
                    new Change.AddService(
                            each.formers().isEmpty()
                                    ? each.last()
                                    : each.first(
                                            situation.locals(),
                                            frame.connection()
                                                    .map(ConnectionInfo::local)
                                                    .map(Endpoint::address))));
        }
        done(balancer.control().submit(changes));
        settle(SETTLING);
        Formers formers = new Formers(this, frame, client);
        for (ServiceCopy each : services) {
            missing += formers.begin(each);
            if (!each.formers().isEmpty()) {
                done(balancer.control().submit(each.changes()));
            }
            for (Endpoint out : each.out()) {
                done(balancer.control().reportHealth(each.key(), out, false, "as it was found", 1));
            }
        }
        wires.cut();
        settle(3);
    }

    private <T> T done(CompletableFuture<T> future) {
        for (int turn = 0; !future.isDone() && turn < MAX_TURNS; turn++) {
            balancer.doWork();
        }
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof BalancerException refused ? refused : e;
        }
    }

    private void settle(int steps) {
        for (int step = 0; step < steps; step++) {
            clock.advance(STEP);
            exchange();
        }
    }

    private void turn() {
        int idle = 0;
        for (int turn = 0; idle < 3 && turn < MAX_TURNS; turn++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
        }
    }

    /// Works until there is nothing to do, and answers for neighbours meanwhile.
    ///
    /// @return what has left, but for questions for neighbours
    List<Wires.Left> exchange() {
        List<Wires.Left> left = new ArrayList<>();
        boolean answered = true;
        for (int round = 0; answered && round < 8; round++) {
            turn();
            answered = false;
            for (Wires.Left each : wires.collect()) {
                Optional<PacketBuilder> answer =
                        neighbours.answer(
                                each.bytes(), wires.mac(each.port()), wires.name(each.port()));
                if (answer.isPresent()) {
                    answer(each.port(), answer.get().toBytes());
                    answered = true;
                }
                if (!NeighbourAnswers.isQuestion(new FrameHeaders(each.bytes()))) {
                    left.add(each);
                }
            }
        }
        return left;
    }

    /// That these answers were taken is not how the frame ends.
    private void answer(int port, byte[] bytes) {
        ended.leaveOut(bytes);
        wires.send(port, bytes);
    }

    /// Has a frame arrive, and works until it has ended.
    Ending play(int port, byte[] frame, Optional<FlowTuple> tuple) {
        ended.take();
        schedulers.forget();
        neighbours.assume();
        wires.send(port, frame);
        List<Wires.Left> left = exchange();
        List<Outcome> outcomes = ended.take();
        for (int step = 0; outcomes.isEmpty() && step < PATIENCE; step++) {
            clock.advance(STEP);
            left.addAll(exchange());
            outcomes = ended.take();
        }
        return new Ending(
                outcomes.stream().findFirst(),
                neighbours.hasAssumed(),
                tuple.flatMap(this::connection).map(ConnectionInfo::server),
                left.stream()
                        .map(each -> new Sent(wires.name(each.port()), each.bytes()))
                        .toList());
    }

    /// The connection of a tuple.
    Optional<ConnectionInfo> connection(FlowTuple tuple) {
        return TracedFrame.connection(balancer.control(), tuple);
    }

    /// Where a service's client goes is forgotten.
    void forgetTemplates(ServiceKey service) {
        done(balancer.control().removeTemplates(TemplateFilter.of(service)));
    }

    /// How many connections that were there before could not be opened, but for the frame's own.
    int missing() {
        return missing;
    }

    Wires wires() {
        return wires;
    }

    TracedSchedulers schedulers() {
        return schedulers;
    }

    @Override
    public void close() {
        try {
            balancer.close();
        } finally {
            wires.close();
        }
    }
}
