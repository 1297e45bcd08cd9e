// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An application runs the agents of a balancer by runners of its own, each on a thread of its own,
/// all on one, or by hand; and is told clearly when it does that wrongly.
@Timeout(60)
class RunnerAgentsTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(512)
                    .wire(
                            PortSettings.of("wan", Rig.WAN_MAC)
                                    .withQueues(2)
                                    .withChooser((l2, length, queues) -> 0),
                            PortSettings.of("client", Rig.CLIENT_MAC))
                    .wire(
                            PortSettings.of("lan", Rig.LAN_MAC)
                                    .withQueues(2)
                                    .withChooser((l2, length, queues) -> 1),
                            PortSettings.of("server", Rig.SERVER_MAC))
                    .open();
    private final FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
    private final FrameEnd server = new FrameEnd(io.wire("lan").far(), io.buffers());
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final List<AgentRunner> runners = new ArrayList<>();
    private @Nullable Runnable onSelect;
    private FullNatBalancer balancer = build(Clock.system());
    private int flow = 1024;

    private FullNatBalancer build(Clock clock) {
        return FullNatBalancer.builder(io)
                .name("edge")
                .workers(2)
                .connections(64)
                .clock(clock)
                .scheduler(new Calling())
                .buildAgents();
    }

    private final class Calling implements SchedulerFactory {
        @Override
        public String name() {
            return "calling";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return this::select;
        }

        private int select(ConnectionRequest request, ServerLoads loads) {
            Runnable call = onSelect;
            if (call != null) {
                call.run();
            }
            return 0;
        }
    }

    @AfterEach
    void close() {
        balancer.close();
        runners.forEach(AgentRunner::close);
        Rig.assertAllCounted(balancer.counters());
        client.receiveAll();
        server.receiveAll();
        assertThat(io.buffers().inUse()).as("buffers not given back").isZero();
        io.close();
    }

    private Thread run(Agent agent) {
        AgentRunner runner =
                new AgentRunner(new SleepingMillisIdleStrategy(1), errors::add, null, agent);
        runners.add(runner);
        return AgentRunner.startOnThread(runner);
    }

    private static Change[] configuration() {
        return new Change[] {
            new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
            new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
            new Change.AddRoute(Route.via("0.0.0.0/0", Rig.GATEWAY, "wan")),
            neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan"),
            neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan"),
            new Change.AddService(
                    VirtualService.of(Rig.UDP)
                            .withScheduler("calling")
                            .withRealServer(RealServer.of(Rig.SERVER, 5353))
                            .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan")))
        };
    }

    private static Change neighbour(String address, String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device));
    }

    private void send() {
        client.send(Rig.fromClient().udp(++flow, 53).payload("?"));
    }

    /// The server's answer to a request, which arrives at worker 1, while worker 0 has the
    /// connection.
    private void answer(byte[] request) {
        int port = ((request[34] & 0xFF) << 8) | (request[35] & 0xFF);
        server.send(Rig.fromServer().udp(5353, port).payload("!"));
    }

    private void await(BooleanSupplier what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!what.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("it comes late").isNegative();
            YieldingIdleStrategy.INSTANCE.idle();
        }
    }

    private boolean isDatagram(byte[] frame) {
        return frame[12] == 8 && frame[13] == 0;
    }

    private void assertForwards() {
        send();
        List<byte[]> requests = new ArrayList<>();
        await(() -> {
            server.receiveAll().stream().filter(this::isDatagram).forEach(requests::add);
            return !requests.isEmpty();
        });
        answer(requests.getFirst());
        await(() -> client.receiveAll().stream().anyMatch(this::isDatagram));
    }

    @Test
    void eachAgentHasARunnerOfItsOwn() {
        assertThat(balancer.controlAgent().roleName()).isEqualTo("edge-control");
        assertThat(balancer.workerAgents())
                .extracting(Agent::roleName)
                .containsExactly("edge-worker-0", "edge-worker-1");
        balancer.workerAgents().forEach(this::run);
        run(balancer.controlAgent());

        balancer.control().apply(configuration());
        assertForwards();
        balancer.close();

        assertThat(balancer.counters().total(Counter.FAULTS)).isZero();
        assertThat(errors).isEmpty();
    }

    @Test
    void runnersMayBeClosedBeforeTheBalancer() {
        balancer.workerAgents().forEach(this::run);
        run(balancer.controlAgent());
        balancer.control().apply(configuration());
        assertForwards();

        runners.forEach(AgentRunner::close);
        assertThatThrownBy(() -> balancer.control().apply(configuration()))
                .isInstanceOf(BalancerException.class)
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.CLOSED);
        balancer.close();

        assertThat(balancer.counters().total(Counter.FAULTS)).isZero();
        assertThat(errors).isEmpty();
    }

    @Test
    void oneRunnerRunsAllWithAgentsOfTheApplication() {
        long[] own = new long[1];
        Agent other =
                new Agent() {
                    @Override
                    public int doWork() {
                        own[0]++;
                        return 0;
                    }

                    @Override
                    public String roleName() {
                        return "other";
                    }
                };
        List<Agent> all = new ArrayList<>(balancer.workerAgents());
        all.add(balancer.controlAgent());
        all.add(other);
        Thread thread = run(new CompositeAgent(all));
        balancer.control().apply(configuration());
        assertForwards();

        balancer.close();

        assertThat(thread.isAlive()).as("the application's runner goes on").isTrue();
        runners.forEach(AgentRunner::close);
        assertThat(own[0]).isPositive();
        assertThat(errors).isEmpty();
    }

    /// On the thread of the test, with a clock of its own: the same each time.
    private final class ByHand {
        final ManualClock clock = new ManualClock();
        final List<AgentInvoker> invokers = new ArrayList<>();

        ByHand() {
            balancer.close();
            balancer = build(clock);
            invokers.add(new AgentInvoker(errors::add, null, balancer.controlAgent()));
            balancer.workerAgents()
                    .forEach(worker -> invokers.add(new AgentInvoker(errors::add, null, worker)));
            invokers.forEach(AgentInvoker::start);
        }

        void turn(int count) {
            for (int i = 0; i < count; i++) {
                invokers.forEach(AgentInvoker::invoke);
            }
        }

        /// Futures complete on threads beside.
        void settle(CompletableFuture<?> done) {
            await(() -> {
                turn(1);
                return done.isDone();
            });
        }

        void configure() {
            CompletableFuture<Void> done = balancer.control().submit(List.of(configuration()));
            settle(done);
            assertThat(done).isCompleted();
            turn(10);
            server.receiveAll();
            client.receiveAll();
        }
    }

    @Test
    void invokersRunItOnTheCallersThread() {
        ByHand hand = new ByHand();
        hand.configure();
        send();
        hand.turn(10);
        answer(server.receiveAll().getFirst());
        hand.turn(10);
        assertThat(client.receiveAll()).hasSize(1);

        assertThatThrownBy(() -> balancer.control().apply(configuration()))
                .as("waiting for oneself")
                .isInstanceOf(BalancerException.class)
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.WOULD_DEADLOCK);
        balancer.close();
        hand.turn(1);
        hand.invokers.forEach(AgentInvoker::close);
        assertThat(errors).isEmpty();
    }

    @Test
    void packetsBetweenWorkersAreDroppedAndCountedHoweverTheyEnd() {
        ByHand hand = new ByHand();
        hand.configure();
        send();
        hand.turn(10);
        byte[] request = server.receiveAll().getFirst();
        answer(request);
        hand.invokers.get(2).invoke(); // worker 1 hands it to worker 0
        hand.invokers.get(1).close();
        answer(request);
        hand.invokers.get(2).invoke();

        balancer.close();

        assertThat(balancer.counters().total(Outcome.SHUTDOWN)).isEqualTo(2);
        assertThat(balancer.counters().total(Outcome.HANDED_OVER)).isEqualTo(2);
        assertThat(errors).isEmpty();
    }

    @Test
    void aWorkerThatNobodyRunsIsNamed() {
        ByHand hand = new ByHand();
        AgentInvoker second = hand.invokers.removeLast();
        CompletableFuture<Void> done = balancer.control().submit(List.of(configuration()));
        hand.turn(10);
        hand.clock.advance(Duration.ofSeconds(3));
        hand.settle(done);

        assertThat(done.exceptionNow())
                .hasMessageContaining("worker 1")
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.WORKER_TIMEOUT);
        second.close();
    }

    @Test
    void waitingForABalancerThatNobodyRunsIsRefused() {
        assertThatThrownBy(() -> balancer.control().apply(configuration()))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("start its control agent and all workers' agents")
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.WOULD_DEADLOCK);
    }

    @Test
    void itIsClosedThoughNobodyEverRanIt() {
        balancer.close();

        assertThat(balancer.counters().total(Counter.FAULTS)).isZero();
        assertRefused(balancer.controlAgent()::onStart, "edge-control has ended");
    }

    private static void assertRefused(ThrowingCallable call, String... words) {
        assertThat(catchThrowable(call))
                .isInstanceOf(BalancerException.class)
                .message()
                .contains(words);
    }

    @Test
    void anAgentBelongsToTheThreadThatStartedIt() throws Exception {
        Agent worker = balancer.workerAgents().getFirst();
        assertRefused(worker::doWork, "edge-worker-0 has not been started", "onStart()");
        run(worker);
        await(() -> balancer.counters().get(0, Counter.CYCLES) > 0);

        assertRefused(worker::doWork, "was started by thread \"edge-worker-0\"", "called by");
        assertRefused(worker::onClose, "was started by thread \"edge-worker-0\"");
        AgentRunner second =
                new AgentRunner(new SleepingMillisIdleStrategy(1), errors::add, null, worker);
        AgentRunner.startOnThread(second).join();
        second.close();
        assertThat(errors)
                .first()
                .asString()
                .contains("edge-worker-0 is run by thread \"edge-worker-0\" already");
        long cycles = balancer.counters().get(0, Counter.CYCLES);
        await(() -> balancer.counters().get(0, Counter.CYCLES) > cycles);
    }

    @Test
    void anAgentIsRunOnce() {
        ByHand hand = new ByHand();
        Agent worker = balancer.workerAgents().getFirst();
        assertRefused(worker::onStart, "edge-worker-0 is run by thread");
        hand.invokers.get(1).close();
        assertRefused(worker::onStart, "edge-worker-0 has ended", "Build another balancer");
        assertThat(catchThrowable(() -> assertThat(worker.doWork()).isZero())).isNull();
    }

    @Test
    void whatItAsksCannotRunOrCloseIt() {
        ByHand hand = new ByHand();
        hand.configure();
        List<Throwable> caught = new ArrayList<>();
        Agent worker = balancer.workerAgents().getFirst();
        onSelect =
                () -> {
                    caught.add(catchThrowable(worker::doWork));
                    caught.add(catchThrowable(worker::onClose));
                    caught.add(catchThrowable(balancer::close));
                };
        send();
        hand.turn(10);
        onSelect = null;

        assertThat(caught)
                .hasSize(3)
                .allMatch(refusal ->
                        ((BalancerException) refusal).code() == ErrorCode.WOULD_DEADLOCK);
        assertThat(server.receiveAll()).as("the datagram is forwarded").hasSize(1);
    }

    @Test
    void aBalancerThatRunsItselfHasNoAgents() {
        assertRefused(balancer::doWork, "made by buildAgents()");
        balancer.close();
        balancer = FullNatBalancer.builder(io).connections(64).start();
        assertRefused(balancer::controlAgent, "runs its agents itself", "buildAgents()");
        assertRefused(balancer::workerAgents, "runs its agents itself", "buildAgents()");
        balancer.close();
        balancer = FullNatBalancer.builder(io).connections(64).build();
        assertRefused(balancer::controlAgent, "buildAgents()");
    }

    @Test
    void aThreadThatIsGoneIsNotWaitedFor() throws Exception {
        Agent worker = balancer.workerAgents().getFirst();
        Thread gone = Thread.ofPlatform().start(worker::onStart);
        gone.join();
        try (LogCapture log = new LogCapture()) {
            balancer.close();

            assertThat(log.with("does not end")).isEmpty();
        }
    }

    @Test
    void aThreadThatRunsItNoMoreIsNamed() throws Exception {
        Agent worker = balancer.workerAgents().getFirst();
        CountDownLatch forgotten = new CountDownLatch(1);
        Thread idle =
                Thread.ofPlatform()
                        .name("forgetful")
                        .start(() -> {
                            worker.onStart();
                            try {
                                forgotten.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        await(() -> idle.getState() == Thread.State.WAITING);
        try (LogCapture log = new LogCapture()) {
            balancer.close();

            assertThat(log.with("edge-worker-0")).singleElement().asString().contains("forgetful");
        }
        forgotten.countDown();
        idle.join();
    }
}
