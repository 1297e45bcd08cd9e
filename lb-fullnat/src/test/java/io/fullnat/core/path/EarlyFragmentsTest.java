// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.path.FragmentBench.MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How long fragments wait for the first one of their packet, how many, and what goes when there is
/// no room: one of the oldest packets, of the source that has most under way.
class EarlyFragmentsTest {
    private static final String CLIENT = "198.51.100.7";
    private static final String OTHER = "198.51.100.8";
    private static final int PORT = 2;

    /// Of which a sixty-fourth are as many as may be held, but not the most.
    private static final int BUFFERS = 20 * 64;

    private final FragmentBench bench = new FragmentBench(BUFFERS, 1);
    private final EarlyFragments early = early(bench);
    private final Frame frame = new Frame();

    /// Fragments that went on, in order: bytes, port, workers asked.
    private final List<String> gone = new ArrayList<>();

    @AfterEach
    void close() {
        early.discard();
        assertThat(bench.io.buffers().inUse()).as("buffers that are lost").isZero();
        bench.close();
    }

    private static EarlyFragments early(FragmentBench bench) {
        return new EarlyFragments(bench.stack, bench.table, new PacketEnd(bench.stack));
    }

    /// A fragment that is so many bytes long beyond 100, in a buffer of its own.
    private Frame fragment(FragmentBench of, int number, int port) {
        PacketBurst burst = new PacketBurst(1);
        PacketBuilder packet =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .type(0x0800)
                        .payload(new byte[86 + number]);
        assertThat(packet.appendTo(of.io.buffers(), burst)).isTrue();
        frame.set(burst.buffer(0), burst.data(0), burst.length(0), port);
        return frame;
    }

    /// Holds a fragment of a packet, or gives its buffer back.
    private boolean hold(String source, int packet, int number) {
        long record = bench.find(source, packet);
        boolean held = early.hold(record, fragment(bench, number, PORT), 0);
        if (!held) {
            bench.io.buffers().free(frame.buffer());
        }
        return held;
    }

    /// The first fragment of a packet comes.
    private long comes(String source, int packet) {
        long record = bench.find(source, packet);
        bench.table.set(record, FragmentRecord.HERE, 0, 0);
        early.release(record);
        return record;
    }

    private void note(long buffer, long data, int length, int origin) {
        gone.add(
                "%d by %d after %d"
                        .formatted(
                                length - 100,
                                EarlyFragments.port(origin),
                                EarlyFragments.hopsDone(origin)));
        bench.io.buffers().free(buffer);
    }

    private List<String> goOn() {
        gone.clear();
        early.goOn(this::note);
        return gone;
    }

    @Test
    void fragmentsWaitForTheFirstOneAndGoOnInTheOrderInWhichTheyCame() {
        assertThat(hold(CLIENT, 1, 11)).isTrue();
        assertThat(hold(CLIENT, 1, 12)).isTrue();
        assertThat(hold(CLIENT, 1, 13)).isTrue();
        assertThat(early.areReleased()).isFalse();
        assertThat(goOn()).isEmpty();
        assertThat(early.size()).isEqualTo(3);

        long record = comes(CLIENT, 1);
        assertThat(early.areReleased()).isTrue();
        assertThat(early.size()).isEqualTo(3);
        assertThat(goOn()).containsExactly("11 by 2 after 0", "12 by 2 after 0", "13 by 2 after 0");
        assertThat(early.areReleased()).isFalse();
        assertThat(early.size()).isZero();
        assertThat(FragmentRecord.held(record)).isZero();
        assertThat(bench.table.size()).as("the packet is known on").isOne();
    }

    @Test
    void aPacketIsAwaitedFromItsFirstFragmentHereOn() {
        assertThat(bench.find(CLIENT, 1)).isEqualTo(FragmentTable.NONE);
        hold(CLIENT, 1, 11);
        long record = bench.find(CLIENT, 1);
        assertThat(record).isNotEqualTo(FragmentTable.NONE);
        assertThat(FragmentRecord.state(record)).isEqualTo(FragmentRecord.AWAITED);
        hold(CLIENT, 1, 12);
        assertThat(FragmentRecord.held(record)).isEqualTo(2);
        assertThat(bench.table.size()).isOne();
    }

    /// Both are in one number, each with all of its values.
    @ParameterizedTest
    @CsvSource({"0, 0", "65535, 0", "0, 127", "65535, 127", "7, 3"})
    void aFragmentKeepsWhereItCameInAndHowManyWorkersWereAsked(int port, int hops) {
        bench.find(CLIENT, 1);
        assertThat(early.hold(FragmentTable.NONE, fragment(bench, 5, port), hops)).isTrue();
        comes(CLIENT, 1);
        assertThat(goOn()).containsExactly("5 by " + port + " after " + hops);
    }

    @Test
    void aFragmentGoesOnInItsBufferWithAllItsBytes() {
        bench.find(CLIENT, 1);
        Frame held = fragment(bench, 5, PORT);
        early.hold(FragmentTable.NONE, held, 0);
        comes(CLIENT, 1);
        early.goOn((buffer, data, length, origin) -> {
            assertThat(buffer).isEqualTo(held.buffer());
            assertThat(data).isEqualTo(held.l2());
            assertThat(length).isEqualTo(held.length());
            note(buffer, data, length, origin);
        });
        assertThat(gone).hasSize(1);
    }

    @Test
    void whatIsReleasedOfSeveralPacketsGoesOnPacketByPacket() {
        hold(CLIENT, 1, 11);
        hold(CLIENT, 2, 21);
        hold(CLIENT, 1, 12);
        hold(CLIENT, 2, 22);
        hold(OTHER, 1, 31);
        comes(CLIENT, 2);
        comes(OTHER, 1);
        comes(CLIENT, 1);
        assertThat(goOn())
                .extracting(each -> each.substring(0, 2))
                .containsExactly("21", "22", "31", "11", "12");
    }

    @Test
    void aPacketOfWhichNothingIsHeldReleasesNothing() {
        hold(CLIENT, 1, 11);
        long record = comes(CLIENT, 1);
        early.release(record);
        assertThat(goOn()).hasSize(1);
        early.release(record);
        assertThat(early.areReleased()).isFalse();
        assertThat(goOn()).isEmpty();
    }

    /// What goes on may bring the first fragment of another packet, or wait anew.
    @Test
    void whatIsReleasedMeanwhileGoesOnNext() {
        hold(CLIENT, 1, 11);
        hold(CLIENT, 1, 12);
        hold(OTHER, 1, 31);
        comes(CLIENT, 1);
        early.goOn((buffer, data, length, origin) -> {
            if (length == 111) {
                comes(OTHER, 1);
            }
            note(buffer, data, length, origin);
        });
        assertThat(gone).extracting(each -> each.substring(0, 2)).containsExactly("11", "12");
        assertThat(early.areReleased()).isTrue();
        assertThat(goOn()).containsExactly("31 by 2 after 0");
    }

    @Test
    void noMoreThanEightOfAPacketAreHeld() {
        for (int i = 1; i <= 8; i++) {
            assertThat(hold(CLIENT, 1, i)).isTrue();
        }
        assertThat(hold(CLIENT, 1, 9)).isFalse();
        assertThat(early.size()).isEqualTo(EarlyFragments.OF_A_PACKET);
        assertThat(hold(CLIENT, 2, 1)).as("of another packet").isTrue();
        comes(CLIENT, 1);
        assertThat(goOn()).hasSize(8);
        assertThat(bench.count(Outcome.FRAGMENT)).as("the caller's to count").isZero();
    }

    /// A sixty-fourth of the buffers, shared by the workers; but 16 at least and 64 at most.
    @ParameterizedTest
    @CsvSource({"64, 1, 16", "1343, 1, 20", "1344, 1, 21", "2688, 2, 21", "9000, 1, 64"})
    void soManyAreHeldInAll(int buffers, int workers, int most) {
        try (FragmentBench other = new FragmentBench(buffers, workers)) {
            EarlyFragments some = early(other);
            for (int i = 0; i < most; i++) {
                other.find("198.51.100." + i, 1);
                assertThat(some.hold(FragmentTable.NONE, fragment(other, 1, PORT), 0)).isTrue();
            }
            assertThat(some.size()).isEqualTo(most);
            assertThat(other.count(Outcome.FRAGMENT)).isZero();
            other.find(CLIENT, 2);
            assertThat(some.hold(FragmentTable.NONE, fragment(other, 1, PORT), 0)).isTrue();
            assertThat(some.size()).isEqualTo(most);
            assertThat(other.count(Outcome.FRAGMENT)).isOne();
            some.discard();
            assertThat(other.io.buffers().inUse()).isZero();
        }
    }

    /// Fills what may be held: four packets of five fragments each.
    private void fill(String... sources) {
        for (int packet = 0; packet < 4; packet++) {
            for (int i = 0; i < 5; i++) {
                assertThat(hold(sources[packet], packet, 10 * packet + i)).isTrue();
            }
        }
    }

    @Test
    void theOldestPacketGivesWayWithAllItsFragments() {
        fill(CLIENT, CLIENT, CLIENT, CLIENT);
        assertThat(hold(CLIENT, 9, 99)).isTrue();
        assertThat(bench.count(Outcome.FRAGMENT)).isEqualTo(5);
        assertThat(early.size()).isEqualTo(16);
        assertThat(bench.find(CLIENT, 0)).isEqualTo(FragmentTable.NONE);
        assertThat(bench.find(CLIENT, 1)).isNotEqualTo(FragmentTable.NONE);
        comes(CLIENT, 9);
        assertThat(goOn()).containsExactly("99 by 2 after 0");
    }

    @Test
    void whoHasMostUnderWayGivesWayThoughAnothersIsOlder() {
        fill(OTHER, CLIENT, CLIENT, CLIENT);
        assertThat(hold(OTHER, 9, 99)).isTrue();
        assertThat(bench.find(OTHER, 0)).isNotEqualTo(FragmentTable.NONE);
        assertThat(bench.find(CLIENT, 1)).isEqualTo(FragmentTable.NONE);
        assertThat(bench.count(Outcome.FRAGMENT)).isEqualTo(5);
    }

    @Test
    void aPacketDoesNotGiveWayToItself() {
        fill(CLIENT, CLIENT, CLIENT, CLIENT);
        assertThat(hold(CLIENT, 0, 99)).as("the oldest itself").isFalse();
        assertThat(early.size()).isEqualTo(20);
        assertThat(hold(CLIENT, 1, 99)).as("the next").isTrue();
        assertThat(early.size()).isEqualTo(16);
        assertThat(bench.count(Outcome.FRAGMENT)).isEqualTo(5);
        comes(CLIENT, 1);
        assertThat(goOn()).hasSize(6);
    }

    @Test
    void whatGoesOnGivesWayToNothing() {
        fill(CLIENT, CLIENT, CLIENT, CLIENT);
        for (int packet = 0; packet < 4; packet++) {
            comes(CLIENT, packet);
        }
        assertThat(hold(CLIENT, 9, 99)).isFalse();
        assertThat(bench.find(CLIENT, 9)).as("nothing is noted").isEqualTo(FragmentTable.NONE);
        assertThat(goOn()).hasSize(20);
        assertThat(hold(CLIENT, 9, 99)).isTrue();
    }

    @Test
    void whatWaitsASecondIsDropped() {
        bench.stack.time(5_000 * MS);
        hold(CLIENT, 1, 11);
        hold(CLIENT, 1, 12);
        bench.pass(400 * MS);
        hold(CLIENT, 2, 21);
        bench.pass(600 * MS - 1);
        assertThat(early.poll()).isZero();
        assertThat(early.size()).isEqualTo(3);
        bench.pass(1);
        assertThat(early.poll()).isOne();
        assertThat(early.size()).isOne();
        assertThat(bench.count(Outcome.FRAGMENT)).isEqualTo(2);
        assertThat(bench.io.buffers().inUse()).isOne();
        assertThat(bench.find(CLIENT, 1)).isEqualTo(FragmentTable.NONE);
        assertThat(early.poll()).isZero();
    }

    @Test
    void allThatIsOverdueIsDroppedAtOnce() {
        fill(CLIENT, OTHER, CLIENT, OTHER);
        bench.pass(FragmentTable.HELD_NS);
        assertThat(early.poll()).isEqualTo(4);
        assertThat(early.size()).isZero();
        assertThat(bench.table.size()).isZero();
        assertThat(bench.count(Outcome.FRAGMENT)).isEqualTo(20);
    }

    /// What has come is not overdue, even if it goes on late.
    @Test
    void whatIsReleasedIsNotDropped() {
        hold(CLIENT, 1, 11);
        comes(CLIENT, 1);
        bench.pass(FragmentTable.HELD_NS);
        assertThat(early.poll()).isZero();
        assertThat(goOn()).hasSize(1);
    }

    @Test
    void aWorkerThatEndsDropsAllThatItHolds() {
        hold(CLIENT, 1, 11);
        hold(CLIENT, 1, 12);
        hold(OTHER, 1, 21);
        hold(CLIENT, 3, 31);
        comes(CLIENT, 3);
        early.discard();
        assertThat(early.size()).isZero();
        assertThat(early.areReleased()).isFalse();
        assertThat(bench.count(Outcome.SHUTDOWN)).isEqualTo(4);
        assertThat(bench.count(Outcome.FRAGMENT)).isZero();
        assertThat(bench.io.buffers().inUse()).isZero();
        assertThat(bench.table.awaited()).isEqualTo(FragmentTable.NONE);
    }
}
