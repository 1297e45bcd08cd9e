// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.TestNetwork.ALL;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static io.fullnat.core.stack.TestNetwork.asked;
import static io.fullnat.core.stack.TestNetwork.neighbour;
import static io.fullnat.core.stack.TestNetwork.reply;
import static io.fullnat.core.stack.TestNetwork.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of a neighbour, and of packets to it, as time passes: [Neighbours] with
/// [Reachability], [NeighbourMoves] and [NeighbourRoom].
class NeighboursTest {
    private static final String ADDRESS = "10.0.1.11";

    private TestNetwork network = new TestNetwork();

    @AfterEach
    void close() {
        network.close();
    }

    private static PacketBuilder packet() {
        return PacketBuilder.ethernet("02:00:00:00:00:c1", TestNetwork.MAC)
                .ipv4("198.51.100.7", "192.0.2.80")
                .udp(1, 2);
    }

    private @Nullable Outcome await(int index, List<Long> buffers) {
        Frame frame = network.frame(packet());
        Outcome refusal = network.neighbours().await(index, frame);
        if (refusal == null) {
            buffers.add(frame.buffer());
        } else {
            network.io.buffers().free(frame.buffer());
        }
        return refusal;
    }

    /// A neighbour that has answered at second 0.
    private int reachable(boolean kept) {
        int index = network.add(LAN, ADDRESS, kept);
        if (kept) {
            network.adjacencies.keep(index);
        }
        network.receive(reply(STATION, ADDRESS));
        assertThat(network.state(index)).isEqualTo(AdjacencyTable.REACHABLE);
        return index;
    }

    private void assertState(int index, int state) {
        assertThat(network.state(index)).isEqualTo(state);
    }

    @Test
    void packetsWaitForTheAnswerAndGoOnInTheirOrder() {
        int index = network.nextHop(ADDRESS);
        List<Long> buffers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            assertThat(await(index, buffers)).isNull();
        }
        assertThat(network.out()).containsExactly(asked(ALL, "10.0.1.1", ADDRESS));
        assertThat(network.neighbours().waitingPackets()).isEqualTo(3);

        network.receive(reply(STATION, ADDRESS));

        assertThat(network.resumed).isEqualTo(buffers);
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertState(index, AdjacencyTable.REACHABLE);
        assertThat(network.learnt).as("for the other workers").hasSize(1);
    }

    @Test
    void afterThreeRequestsInVainPacketsAreGivenUpAndNewOnesRefusedForAWhile() {
        int index = network.nextHop(ADDRESS);
        List<Long> buffers = new ArrayList<>();
        await(index, buffers);
        network.pass(0, 2_900);
        assertThat(network.out()).as("one a second").hasSize(3);
        assertThat(network.givenUp).isEmpty();
        network.pass(2_900, 3_100);
        assertThat(network.givenUp).isEqualTo(buffers);

        assertThat(await(index, buffers)).isEqualTo(Outcome.NEIGHBOUR_UNREACHABLE);
        network.pass(3_100, 4_200);
        assertThat(await(index, buffers)).as("a second later").isNull();
        network.pass(4_200, 5_400);
        assertThat(network.out()).as("one request now").hasSize(1);
        assertThat(network.givenUp).hasSize(2);
        network.pass(5_400, 6_900);
        assertThat(await(index, buffers))
                .as("two seconds")
                .isEqualTo(Outcome.NEIGHBOUR_UNREACHABLE);
        network.receive(reply(STATION, ADDRESS));
        assertState(index, AdjacencyTable.REACHABLE);
    }

    @Test
    void onlySoManyWaitForOneNeighbour() {
        int index = network.nextHop(ADDRESS);
        List<Long> buffers = new ArrayList<>();
        for (int i = 0; i < WaitingPackets.PER_NEIGHBOUR; i++) {
            assertThat(await(index, buffers)).isNull();
        }
        assertThat(await(index, buffers)).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);

        network.neighbours().close();
        assertThat(network.count(Outcome.SHUTDOWN)).isEqualTo(WaitingPackets.PER_NEIGHBOUR);
    }

    /// A quarter of all buffers, divided among workers; a few, however few there are.
    @Test
    void thoseThatWaitLeaveBuffersToOthers() {
        long buffers = network.io.buffers().capacity();
        assertThat(network.context.keeps(4096, 4)).isEqualTo((int) buffers / 4);
        assertThat(network.context.keeps(100, 4)).isEqualTo(100);
        assertThat(network.context.keeps(4096, 4096)).isEqualTo(StackContext.FEW_KEPT);
        List<Long> taken = new ArrayList<>();
        int waiting = 0;
        Outcome last = null;
        for (int station = 100; station < 200 && last == null; station++) {
            int index = network.nextHop("10.0.1." + station);
            for (int i = 0; i < WaitingPackets.PER_NEIGHBOUR && last == null; i++) {
                last = await(index, taken);
                waiting += last == null ? 1 : 0;
            }
        }
        assertThat(last).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);
        assertThat(waiting).isEqualTo((int) buffers / 4);
        network.neighbours().close();
    }

    /// Else whom nobody could wait for would be found only when others had been given up.
    @Test
    void aNeighbourIsAskedThoughAllRoomIsTakenByOthers() {
        List<Long> taken = new ArrayList<>();
        for (int station = 100; taken.size() < network.io.buffers().capacity() / 4; station++) {
            int index = network.nextHop("10.0.1." + station);
            for (int i = 0; i < WaitingPackets.PER_NEIGHBOUR; i++) {
                await(index, taken);
            }
        }
        network.out();
        int index = network.nextHop(ADDRESS);
        for (int i = 0; i < 10; i++) {
            assertThat(await(index, taken)).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);
            network.neighbours().ask(index);
        }
        assertThat(network.out()).as("once").containsExactly(asked(ALL, "10.0.1.1", ADDRESS));
        network.at(999);
        assertThat(await(index, taken)).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);
        assertThat(network.out()).isEmpty();
        network.at(1_000);
        assertThat(await(index, taken)).isEqualTo(Outcome.NEIGHBOUR_QUEUE_FULL);
        assertThat(network.out()).containsExactly(asked(ALL, "10.0.1.1", ADDRESS));

        network.receive(reply(STATION, ADDRESS));
        assertState(index, AdjacencyTable.REACHABLE);
        network.neighbours().close();
    }

    @Test
    void anAnswerHoldsFiveSecondsForAServerAndThirtyForAnother() {
        int server = reachable(true);
        network.pass(0, 4_900);
        assertState(server, AdjacencyTable.REACHABLE);
        network.pass(4_900, 5_200);
        assertState(server, AdjacencyTable.STALE);
        network.adjacencies.remove(server);

        network.at(0);
        int other = reachable(false);
        network.pass(5_200, 29_900);
        assertState(other, AdjacencyTable.REACHABLE);
        network.pass(29_900, 30_200);
        assertState(other, AdjacencyTable.STALE);
        assertThat(network.out()).as("nobody used them").isEmpty();
    }

    @Test
    void aStaleNeighbourIsAskedWhenItIsUsedByUnicastThenByBroadcast() {
        int index = reachable(true);
        network.pass(0, 6_000);
        network.neighbours().use(index);
        network.neighbours().use(index);
        assertState(index, AdjacencyTable.PROBING);
        assertThat(network.out()).containsExactly(asked(STATION, "10.0.1.1", ADDRESS));

        network.pass(6_000, 8_100);
        assertThat(network.out())
                .containsExactly(asked(ALL, "10.0.1.1", ADDRESS), asked(ALL, "10.0.1.1", ADDRESS));
        network.receive(reply(STATION, ADDRESS));
        assertState(index, AdjacencyTable.REACHABLE);
    }

    @Test
    void aNeighbourThatIsSilentWhenItIsAskedIsNotUsedAnyMore() {
        int index = reachable(true);
        network.pass(0, 6_000);
        network.neighbours().use(index);

        network.pass(6_000, 9_200);

        assertState(index, AdjacencyTable.INCOMPLETE);
        assertThat(await(index, new ArrayList<>())).isEqualTo(Outcome.NEIGHBOUR_UNREACHABLE);
    }

    @Test
    void neighboursThatNobodyUsesGo() {
        reachable(false);
        network.nextHop("10.0.1.12"); // asked for, never resolved
        network.pass(0, 14_900);
        assertThat(network.find("10.0.1.12")).isNotEqualTo(AdjacencyTable.NONE);
        network.pass(14_900, 15_200);
        assertThat(network.find("10.0.1.12")).isEqualTo(AdjacencyTable.NONE);
        network.pass(15_200, 89_000);
        assertThat(network.find(ADDRESS)).isNotEqualTo(AdjacencyTable.NONE);
        network.pass(89_000, 91_000);
        assertThat(network.find(ADDRESS)).isEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void anotherMacIsBelievedWhenTheOldOneIsSilent() {
        int index = reachable(true);
        network.learnt.clear();
        network.receive(request(OTHER, ADDRESS, "10.0.1.1"));
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(network.out())
                .as("the old one is asked")
                .contains(asked(STATION, "10.0.1.1", ADDRESS));

        network.pass(0, 700);
        assertThat(network.macOf(index)).isEqualTo(STATION);
        network.pass(700, 1_000);
        assertThat(network.macOf(index)).isEqualTo(OTHER);
        assertThat(network.told).containsExactly(NeighbourNews.MOVED + " " + ADDRESS + " " + OTHER);
        assertThat(network.learnt)
                .containsExactly(ArpStack.NeighbourUpdates.MOVED + " " + ADDRESS + " " + OTHER);
        assertThat(network.count(Counter.NEIGHBOUR_MOVES)).isOne();
    }

    @Test
    void anotherMacIsNotBelievedWhenTheOldOneAnswers() {
        int index = reachable(true);
        network.receive(reply(OTHER, ADDRESS));
        network.pass(0, 300);
        network.receive(reply(STATION, ADDRESS));
        network.pass(300, 900);
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(network.told)
                .containsExactly(NeighbourNews.MOVE_REFUSED + " " + ADDRESS + " " + OTHER);

        network.receive(reply(OTHER, ADDRESS));
        assertThat(network.count(Counter.NEIGHBOUR_MOVES_REFUSED))
                .as("for a second nobody is asked again")
                .isEqualTo(2);
        network.pass(900, 5_000);
        assertThat(network.macOf(index)).isEqualTo(STATION);
    }

    @Test
    void withoutVerificationItIsBelievedAtOnce() {
        network.close();
        network = new TestNetwork(new NeighbourSettings(false, true));
        int index = reachable(true);

        network.receive(reply(OTHER, ADDRESS));

        assertThat(network.macOf(index)).isEqualTo(OTHER);
    }

    @Test
    void whatAnotherWorkerFoundOutIsBelievedAtOnce() {
        int index = reachable(true);

        network.learn(ArpStack.NeighbourUpdates.MOVED, ADDRESS, OTHER);

        assertThat(network.macOf(index)).isEqualTo(OTHER);
        assertThat(network.told).as("that one has told it").isEmpty();
        network.learn(ArpStack.NeighbourUpdates.SPOKE, "10.0.1.12", OTHER);
        assertThat(network.find("10.0.1.12")).as("not ours").isEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void aConfiguredNeighbourStaysAsItIsUntilItIsTakenAway() {
        int waits = network.nextHop(ADDRESS);
        List<Long> buffers = new ArrayList<>();
        await(waits, buffers);
        network.context.view(TestNetwork.view(neighbour(ADDRESS, STATION)));
        network.neighbours().applyStatic();
        assertThat(network.resumed).as("what waited goes on").isEqualTo(buffers);
        assertState(waits, AdjacencyTable.STATIC);

        network.receive(reply(OTHER, ADDRESS));
        network.pass(0, 100_000);
        assertState(waits, AdjacencyTable.STATIC);
        assertThat(network.macOf(waits)).isEqualTo(STATION);

        network.out();
        network.context.view(TestNetwork.view());
        network.neighbours().applyStatic();
        assertState(waits, AdjacencyTable.PROBING);
        network.pass(100_000, 100_500);
        assertThat(network.out()).containsExactly(asked(STATION, "10.0.1.1", ADDRESS));
    }

    @Test
    void aFlushForgetsAllButConfiguredOnesAndThoseForWhichPacketsWait() {
        reachable(false);
        int waits = network.nextHop("10.0.1.12");
        await(waits, new ArrayList<>());
        network.context.view(TestNetwork.view(neighbour("10.0.1.13", STATION)));
        network.neighbours().applyStatic();

        network.neighbours().flush(Set.of(1));
        assertThat(network.adjacencies.size()).as("of another device").isEqualTo(3);
        int generation = network.context.generation();
        network.neighbours().flush(Set.of(0));

        assertThat(network.find(ADDRESS)).isEqualTo(AdjacencyTable.NONE);
        assertThat(network.find("10.0.1.12")).isEqualTo(waits);
        assertThat(network.find("10.0.1.13")).isNotEqualTo(AdjacencyTable.NONE);
        assertThat(network.context.generation()).as("kept indexes").isNotEqualTo(generation);
    }

    @Test
    void aFullTableMakesRoomBySendingAwayWhatNobodyAnsweredFor() {
        int most = AdjacencyTable.CAPACITY - AdjacencyTable.RESERVE;
        reachable(false);
        for (int i = 0; network.adjacencies.room(false) > 0 && i < most; i++) {
            network.add(LAN, "10.9." + (i >> 8) + "." + (i & 255), false);
        }
        assertThat(network.nextHop("10.0.1.77")).isEqualTo(AdjacencyTable.NONE);

        network.pass(0, 500);

        assertThat(network.adjacencies.room(false)).isPositive();
        assertThat(network.count(Counter.NEIGHBOURS_EVICTED)).isPositive();
        assertThat(network.find(ADDRESS)).as("it answered").isNotEqualTo(AdjacencyTable.NONE);
        assertThat(network.nextHop("10.0.1.77")).isNotEqualTo(AdjacencyTable.NONE);
    }

    @Test
    void aGatewayIsTheNextHopOfAllBehindIt() {
        int gateway = network.nextHop("203.0.113.1");

        assertThat(network.nextHop("198.51.100.77")).isEqualTo(gateway);
        assertThat(network.find("10.0.1.254")).isEqualTo(gateway);
        assertThat(network.adjacencies.isKept(gateway)).isTrue();
        assertThat(network.adjacencies.isKept(network.nextHop(ADDRESS))).isFalse();
    }
}
