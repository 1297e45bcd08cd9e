// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.open.ConnectionMatch;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.path.Peers;
import io.fullnat.core.path.SlowPath;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.Transmitter;
import io.fullnat.testing.Seed;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [Chores] without a worker: when they are due, and what is done then.
class ChoresTest {
    private static final int CONNECTIONS = 1_024;

    /// Whose time may be over, for a duty cycle.
    private static final int LIMIT = 64;

    private final OpenBench bench = new OpenBench(Seed.value(), CONNECTIONS);
    private final StackContext stack = bench.context.stack();
    private final LinkGate gate = new LinkGate();
    private final ViewExchange exchange = new ViewExchange(new AtomicLong());
    private final FrameEnd far = new FrameEnd(bench.io.wire("lan").far(), bench.io.buffers());
    private final SlowPath slow =
            new SlowPath(
                    bench.context,
                    bench.neighbourhood,
                    new Alone(),
                    null,
                    new PuntGate(stack, 0, List.of()));
    private final Chores chores =
            new Chores(bench.context, bench.links, List.of(gate), slow, exchange);

    /// It has asked who has its address, and told what it listens to.
    @BeforeEach
    void settle() {
        for (int second = 0; second < 10; second++) {
            pass(1);
            runAfter(1);
        }
        assertThat(sent()).isNotEmpty();
    }

    @AfterEach
    void close() {
        slow.close();
        bench.links.neighbours().close();
        bench.close();
    }

    private static final class Alone implements Peers {
        @Override
        public int self() {
            return 0;
        }

        @Override
        public int count() {
            return 1;
        }

        @Override
        public void handOver(int worker, Frame frame, int hops) {
            throw new IllegalStateException("there is no worker " + worker);
        }
    }

    private void open(int connections) {
        for (int client = 0; client < connections; client++) {
            long entry = bench.open(Families.IPV4, OpenBench.UDP, client);
            assertThat(entry).isNotZero();
        }
    }

    private int connections() {
        return bench.context.table().size();
    }

    private void pass(int seconds) {
        stack.time(stack.nowNs() + TimeUnit.SECONDS.toNanos(seconds));
    }

    private List<byte[]> sent() {
        stack.transmitter(0).flush();
        return far.receiveAll();
    }

    /// After so many duty cycles with packets.
    private int runAfter(int cycles) {
        for (int cycle = 0; cycle < cycles; cycle++) {
            boolean _ = chores.areDue(1);
        }
        return chores.run();
    }

    @Test
    void inACycleWithoutPacketsTheyAreDue() {
        assertThat(chores.areDue(0)).isTrue();
        chores.run();
        assertThat(chores.areDue(0)).isTrue();
    }

    @Test
    void whilePacketsComeTheyAreDueInOneOfEightCycles() {
        for (int round = 0; round < 3; round++) {
            for (int cycle = 1; cycle < Chores.EVERY; cycle++) {
                assertThat(chores.areDue(1)).as("cycle %d", cycle).isFalse();
            }
            assertThat(chores.areDue(64)).isTrue();
            chores.run();
        }
        assertThat(Chores.EVERY).isEqualTo(8);
    }

    @Test
    void theyStayDueUntilTheyAreDone() {
        runAfter(0);
        for (int cycle = 0; cycle < Chores.EVERY; cycle++) {
            boolean _ = chores.areDue(1);
        }
        assertThat(chores.areDue(1)).isTrue();
    }

    @Test
    void whereThereIsNothingToDoNothingIsDone() {
        open(3);
        runAfter(1);
        sent(); // it has asked for the server's neighbour
        assertThat(runAfter(1)).isZero();
        assertThat(connections()).isEqualTo(3);
        assertThat(sent()).isEmpty();
    }

    /// As many as if each cycle had its turn, but no more than eight have.
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 12})
    void connectionsWhoseTimeIsOverEndByTheNumberOfCycles(int cycles) {
        int opened = 900;
        open(opened);
        pass(3_600);
        int most = LIMIT * Math.min(cycles, Chores.EVERY);
        assertThat(runAfter(cycles)).as("work").isGreaterThanOrEqualTo(most);
        assertThat(connections()).isEqualTo(opened - most);
        assertThat(runAfter(1)).as("work").isGreaterThanOrEqualTo(LIMIT);
        assertThat(connections()).as("counted anew").isEqualTo(opened - most - LIMIT);
    }

    private static PurgeRules all() {
        return new PurgeRules(
                Map.of(),
                Set.of(),
                List.of(new ConnectionMatch(ConnectionFilter.ALL, Set.of(), ConnectionMatch.ANY)));
    }

    @Test
    void aPurgeIsDueAtOnceAndGoesOnUntilNoneIsLeftThatIsToEnd() {
        open(300);
        runAfter(1);
        exchange.purged(7); // of the last one
        assertThat(chores.areDue(1)).isFalse();
        chores.purge(all());
        assertThat(chores.areDue(1)).as("whatever else there is to do").isTrue();
        assertThat(chores.run()).isPositive();
        assertThat(connections()).isBetween(1, 299);
        assertThat(exchange.ended()).as("not told before it is done").isEqualTo(7);
        for (int turn = 0; turn < 10; turn++) {
            runAfter(1);
        }
        assertThat(connections()).isZero();
        assertThat(exchange.ended()).isEqualTo(300);
    }

    @Test
    void whatIsPurgedIsToldOnce() {
        open(3);
        chores.purge(all());
        runAfter(1);
        assertThat(exchange.ended()).isEqualTo(3);
        exchange.purged(0); // the next state has nothing to end
        runAfter(1);
        assertThat(exchange.ended()).isZero();
    }

    @Test
    void aLinkThatIsBackHasItsAddressesAnnounced() {
        runAfter(1);
        gate.down(true);
        runAfter(1);
        assertThat(sent()).isEmpty();
        gate.down(false);
        runAfter(1);
        assertThat(sent()).isNotEmpty();
        for (int second = 0; second < 10; second++) {
            pass(1);
            runAfter(1);
        }
        assertThat(sent()).isNotEmpty();
        pass(10);
        runAfter(1);
        assertThat(sent()).as("it is over").isEmpty();
    }

    @Test
    void connectionsGetTheTimesThatHoldNow() {
        long entry = bench.open(Families.IPV4, OpenBench.UDP, 1);
        runAfter(1);
        Timeouts others = Timeouts.NONE;
        for (TimedState state : TimedState.values()) {
            others = others.with(state, 4_321);
        }
        bench.context.services(
                new ServiceMap(List.of(bench.service), new StateTimeouts(others), EndRules.DEFAULT),
                new PortAllocator[0],
                List.of());
        assertThat(Memory.getInt(entry + ConnectionLayout.TIMEOUT)).isNotEqualTo(4_321);
        assertThat(runAfter(1)).isPositive();
        assertThat(Memory.getInt(entry + ConnectionLayout.TIMEOUT)).isEqualTo(4_321);
        assertThat(runAfter(1)).isZero();
    }

    private long waiting() {
        return stack.counters().get(Counter.WAITING);
    }

    @Test
    void howManyPacketsWaitIsTold() {
        PacketBurst burst = new PacketBurst(2);
        for (int i = 0; i < 2; i++) {
            PacketBuilder packet =
                    PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:0f")
                            .ipv4("10.0.1.100", "10.0.1.11")
                            .udp(1, 2);
            assertThat(packet.appendTo(bench.io.buffers(), burst)).isTrue();
        }
        Transmitter transmitter = stack.transmitter(0);
        transmitter.add(burst.buffer(0), burst.data(0), burst.length(0), Transmitter.IN);
        transmitter.add(burst.buffer(1), burst.data(1), burst.length(1), Transmitter.OWN);
        chores.tell();
        assertThat(waiting()).as("own ones do not count").isEqualTo(1);
        assertThat(sent()).hasSize(2);
        chores.tell();
        assertThat(waiting()).isZero();
    }

    @Test
    void atTheEndNothingWaits() {
        PacketBurst burst = new PacketBurst(1);
        PacketBuilder packet =
                PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:0f")
                        .ipv4("10.0.1.100", "10.0.1.11")
                        .udp(1, 2);
        assertThat(packet.appendTo(bench.io.buffers(), burst)).isTrue();
        stack.transmitter(0).add(burst.buffer(0), burst.data(0), burst.length(0), Transmitter.OUT);
        chores.tell();
        assertThat(waiting()).isEqualTo(1);
        chores.end();
        assertThat(waiting()).isZero();
        assertThat(sent()).hasSize(1);
    }
}
