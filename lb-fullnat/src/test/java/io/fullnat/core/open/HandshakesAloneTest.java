// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Handshakes] without a packet path: which are under way, which is due when, what is held for
/// them, and what becomes of each at its end.
class HandshakesAloneTest {
    private static final int ACK = 16;
    private static final int COOKIE = 0x7000_0000;
    private static final int NUMBER = 0x1234_5678;
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;
    private static final long START = 5 * SECOND;
    private static final int CONNECTIONS = 64;

    /// As few as a worker may hold at least: an eighth of the bench's buffers is less.
    private static final int ROOM = 16;

    private static final String CLIENT_MAC = "02:00:00:00:00:c1";
    private static final String OURS = "02:00:00:00:00:02";

    private final OpenBench bench = new OpenBench(Seed.value(), CONNECTIONS);
    private final Handshakes handshakes = bench.context.handshakes();
    private final Region filled = Region.allocate(HandshakeRecord.LENGTH, "a record");
    private final Region packet = Region.allocate(256, "an acknowledgement");
    private final FrameEnd far = new FrameEnd(bench.io.wire("lan").far(), bench.io.buffers());
    private final List<String> released = new ArrayList<>();

    HandshakesAloneTest() {
        at(START);
    }

    @AfterEach
    void close() {
        filled.close();
        packet.close();
        bench.close();
    }

    private void at(long ns) {
        bench.context.stack().time(ns);
    }

    private long begin(int client) {
        return begin(bench.open(Families.IPV4, OpenBench.TCP, client), Families.IPV4, client);
    }

    /// Of a client that has acknowledged a cookie of its own.
    private long begin(long entry, Families families, int client) {
        PacketBuilder frame = PacketBuilder.ethernet(CLIENT_MAC, OURS);
        PacketBuilder ip =
                families.in
                        ? frame.ipv6("2001:db8:0:c1::7", "2001:db8:0:1::1")
                        : frame.ipv4("198.51.0.7", "192.0.2.1");
        int length = ip.tcp(30_007, 80).writeTo(packet.address());
        Frame from = new Frame();
        from.set(1, packet.address(), length, 0);
        from.link(0, 14);
        Memory.zero(filled.address(), filled.size());
        CookieTerms terms = new CookieTerms();
        terms.begin(COOKIE + client, NUMBER + client, 1460);
        HandshakeRecord.terms(filled.address(), terms);
        HandshakeRecord.origin(
                filled.address(), from, packet.address() + 14 + (families.in ? 40 : 20));
        return handshakes.begin(entry, filled.address());
    }

    private boolean isQuiet(long flow) {
        int events = Memory.getByte(flow + ConnectionLayout.EVENTS);
        return StateTable.isAcross(events)
                ? StateTable.isQuietBeside(events, ACK)
                : StateTable.isQuiet(events, ACK);
    }

    private long count(Counter counter) {
        return bench.context.stack().counters().get(counter);
    }

    private long count(Outcome outcome) {
        return bench.context.stack().counters().get(outcome);
    }

    private List<byte[]> sent() {
        bench.context.stack().transmitter(0).flush();
        return far.receiveAll();
    }

    /// Holds a segment in a buffer of the pool.
    private boolean holdBuffer(long record) {
        PacketBurst burst = new PacketBurst(1);
        assertThat(bench.context.stack().allocate(burst)).isTrue();
        return handshakes.hold(record, burst.buffer(0), burst.data(0), 60, 0);
    }

    private int inUse() {
        return (int) bench.io.buffers().inUse();
    }

    private void receive(long buffer, long data, int length, int port) {
        released.add(buffer + " " + data + " " + length + " " + port);
    }

    private List<Long> endAllDue() {
        List<Long> due = new ArrayList<>();
        for (long record = handshakes.due(); record != 0; record = handshakes.due()) {
            due.add(record);
            handshakes.end(record);
        }
        return due;
    }

    @ParameterizedTest
    @EnumSource
    void packetsOfItsConnectionAreEventsUntilItEnds(Families families) {
        long entry = bench.open(families, OpenBench.TCP, 7);
        bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        assertThat(isQuiet(entry)).isTrue();

        long record = begin(entry, families, 7);
        assertThat(ConnectionLayout.isPending(entry)).isTrue();
        assertThat(isQuiet(entry)).isFalse();
        assertThat(isQuiet(entry + FLOW_LENGTH)).isFalse();

        handshakes.end(record);
        assertThat(ConnectionLayout.isPending(entry)).isFalse();
        assertThat(isQuiet(entry)).isTrue();
        assertThat(isQuiet(entry + FLOW_LENGTH)).isTrue();
    }

    @Test
    void aRecordIsThatOfItsConnectionWithWhatWasFilledIn() {
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 7);
        assertThat(handshakes.size()).isZero();

        long record = begin(entry, Families.IPV4, 7);

        assertThat(handshakes.size()).isOne();
        assertThat(handshakes.of(entry)).isEqualTo(record).isNotEqualTo(filled.address());
        assertThat(HandshakeRecord.entry(record)).isEqualTo(entry);
        assertThat(HandshakeRecord.cookie(record)).isEqualTo(COOKIE + 7);
        assertThat(HandshakeRecord.clientSequence(record)).isEqualTo(NUMBER + 7);
        assertThat(HandshakeRecord.segmentSize(record)).isEqualTo(1460);
        assertThat(HandshakeRecord.tries(record)).isZero();
    }

    @Test
    void aRecordThatHadAnotherHandshakeBeforeKnowsNothingOfIt() {
        long record = begin(1);
        HandshakeRecord.sent(record);
        handshakes.hold(record, 100, 200, 60, 0);
        handshakes.tryAgain(record);
        handshakes.release(handshakes.end(record), this::receive);

        long again = begin(2);

        assertThat(again).isEqualTo(record);
        assertThat(HandshakeRecord.isSent(again)).isFalse();
        assertThat(HandshakeRecord.heldCount(again)).isZero();
        assertThat(HandshakeRecord.firstHeld(again)).isZero();
        assertThat(HandshakeRecord.tries(again)).isZero();
        assertThat(handshakes.end(again)).as("what it holds").isZero();
    }

    /// As many as there can be connections, of all families, whose entries differ in length; begun
    /// and ended in any order, each has a record of its own all the time.
    @Test
    void eachOfManyIsFoundByItsConnection() {
        RandomGenerator random = Seed.generator();
        List<Long> entries = new ArrayList<>();
        for (int client = 0; client < CONNECTIONS; client++) {
            entries.add(bench.open(Families.values()[client % 4], OpenBench.TCP, client));
        }
        Map<Long, Long> records = new HashMap<>();
        for (int step = 0; step < 1_000; step++) {
            int client = random.nextInt(CONNECTIONS);
            long entry = entries.get(client);
            if (step < CONNECTIONS && !records.containsKey(entries.get(step))) {
                records.put(entries.get(step), begin(entries.get(step), Families.IPV4, step));
            } else if (records.containsKey(entry)) {
                handshakes.end(records.remove(entry));
            } else {
                records.put(entry, begin(entry, Families.IPV4, client));
            }
            assertThat(handshakes.size()).isEqualTo(records.size());
            assertThat(records.values()).doesNotHaveDuplicates();
            records.forEach((of, record) -> {
                assertThat(handshakes.of(of)).isEqualTo(record);
                assertThat(HandshakeRecord.entry(record)).isEqualTo(of);
            });
        }
        at(START + 20 * SECOND);
        assertThat(endAllDue()).containsExactlyInAnyOrderElementsOf(records.values());
        assertThat(handshakes.size()).isZero();
    }

    /// At once, and after 1, 3 and 7 seconds; after 15 there is no answer.
    @Test
    void eachTryWaitsTwiceAsLongAsTheOneBefore() {
        long record = begin(1);
        long now = START;
        for (int seconds : new int[] {1, 2, 4, 8}) {
            now += seconds * SECOND;
            at(now - 1);
            assertThat(handshakes.due()).as("before %s s", seconds).isZero();
            at(now);
            assertThat(handshakes.due()).as("after %s s", seconds).isEqualTo(record);
            assertThat(Handshakes.hasWaitedLong(record)).isEqualTo(seconds >= 4);
            assertThat(Handshakes.mayTryAgain(record)).isEqualTo(seconds < 8);
            if (seconds < 8) {
                handshakes.tryAgain(record);
            }
        }
        assertThat(handshakes.size()).as("until the caller ends it").isOne();
    }

    /// A SYN that could not be sent is sent as the first one.
    @Test
    void oneThatIsToBeTriedSoonIsDueInATenthOfASecondAndThenAsIfItHadBeen() {
        long record = begin(1);
        handshakes.trySoon(record);
        at(START + 100 * MS - 1);
        assertThat(handshakes.due()).isZero();
        long now = START + 100 * MS;
        at(now);
        assertThat(handshakes.due()).isEqualTo(record);
        assertThat(Handshakes.mayTryAgain(record)).isTrue();
        assertThat(Handshakes.hasWaitedLong(record)).isFalse();

        handshakes.tryAgain(record);
        at(now + SECOND - 1);
        assertThat(handshakes.due()).isZero();
        at(now + SECOND);
        assertThat(handshakes.due()).isEqualTo(record);
        assertThat(HandshakeRecord.tries(record)).isZero();
    }

    /// The one that has waited longest hides no other that has been tried oftener.
    @Test
    void ofEachNumberOfTriesTheOldestIsDueFirst() {
        long first = begin(1);
        at(START + 500 * MS);
        long second = begin(2);
        at(START + SECOND);
        assertThat(handshakes.due()).isEqualTo(first);
        handshakes.tryAgain(first);
        assertThat(handshakes.due()).isZero();
        at(START + 1500 * MS);
        assertThat(handshakes.due()).isEqualTo(second);
        handshakes.tryAgain(second);
        long third = begin(3);
        at(START + 2500 * MS);
        assertThat(handshakes.due()).isEqualTo(third);
        handshakes.end(third);
        at(START + 3 * SECOND - 1);
        assertThat(handshakes.due()).isZero();
        at(START + 3 * SECOND);
        assertThat(handshakes.due()).isEqualTo(first);
        handshakes.end(first);
        assertThat(handshakes.due()).isZero();
        at(START + 3500 * MS);
        assertThat(handshakes.due()).isEqualTo(second);
    }

    /// Any two of four that were begun one after the other, in either order, and one more then.
    @Test
    void thoseThatEndLeaveTheOthersInTheirOrder() {
        List<Long> entries = new ArrayList<>();
        for (int client = 0; client < 5; client++) {
            entries.add(bench.open(Families.IPV4, OpenBench.TCP, client));
        }
        long now = START;
        for (int pair = 0; pair < 16; pair++) {
            List<Long> left = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                left.add(begin(entries.get(client), Families.IPV4, client));
            }
            long one = left.get(pair / 4);
            long other = left.get(pair % 4);
            handshakes.end(one);
            left.remove(one);
            if (one != other) {
                handshakes.end(other);
                left.remove(other);
            }
            left.add(begin(entries.get(4), Families.IPV4, 4));
            now += SECOND;
            at(now);
            assertThat(endAllDue()).as("without %s and %s", pair / 4, pair % 4).isEqualTo(left);
        }
    }

    @Test
    void segmentsAreHeldInOrderAndGivenAwayAsTheyCame() {
        long record = begin(1);
        for (int i = 1; i <= 3; i++) {
            assertThat(handshakes.hold(record, i, 10L * i, 100 * i, 1000 * i)).isTrue();
        }
        long other = begin(2);
        assertThat(handshakes.hold(other, 4, 40, 400, 4000)).isTrue();
        assertThat(handshakes.held()).isEqualTo(4);
        assertThat(count(Counter.SYN_PROXY_HELD)).isEqualTo(4);

        int segments = handshakes.end(record);
        assertThat(handshakes.held()).as("until they are given away").isEqualTo(4);
        handshakes.release(segments, this::receive);

        assertThat(released).containsExactly("1 10 100 1000", "2 20 200 2000", "3 30 300 3000");
        assertThat(handshakes.held()).isOne();
    }

    @Test
    void eightOfOneConnectionAreHeldAndNotNine() {
        long record = begin(1);
        for (int i = 1; i <= HandshakeRecord.MOST_HELD; i++) {
            assertThat(handshakes.hold(record, i, i, i, i)).isTrue();
        }
        assertThat(handshakes.hold(record, 9, 9, 9, 9)).isFalse();
        assertThat(handshakes.held()).isEqualTo(8);
        assertThat(count(Counter.SYN_PROXY_HELD)).isEqualTo(8);
        handshakes.release(handshakes.end(record), this::receive);
        assertThat(released).hasSize(8).endsWith("8 8 8 8");
    }

    @Test
    void ofAllConnectionsNoMoreAreHeldThanThereIsRoomFor() {
        assertThat(handshakes.holdCapacity()).isEqualTo(ROOM);
        long first = begin(1);
        long second = begin(2);
        long third = begin(3);
        for (int i = 0; i < ROOM; i++) {
            assertThat(handshakes.hold(i % 2 == 0 ? first : second, i, i, i, i)).isTrue();
        }
        assertThat(handshakes.hold(third, 99, 99, 99, 99)).isFalse();
        assertThat(HandshakeRecord.heldCount(third)).isZero();
        assertThat(count(Counter.SYN_PROXY_HELD)).isEqualTo(ROOM);

        handshakes.release(handshakes.end(first), this::receive);
        assertThat(handshakes.hold(third, 99, 99, 99, 99)).isTrue();
    }

    @Test
    void aCookieIsSpentFromTheEndOfItsHandshakeOn() {
        long record = begin(1);
        assertThat(handshakes.isSpent(COOKIE + 1, NUMBER + 1)).isFalse();
        at(START + 10 * SECOND);
        handshakes.end(record);
        assertThat(handshakes.isSpent(COOKIE + 1, NUMBER + 1)).isTrue();
        assertThat(handshakes.isSpent(COOKIE + 1, NUMBER)).isFalse();
        assertThat(handshakes.isSpent(COOKIE, NUMBER + 1)).isFalse();
        at(START + 140 * SECOND - MS);
        assertThat(handshakes.isSpent(COOKIE + 1, NUMBER + 1)).isTrue();
        at(START + 140 * SECOND);
        assertThat(handshakes.isSpent(COOKIE + 1, NUMBER + 1)).as("no good any more").isFalse();
    }

    /// The connection itself is the caller's to end.
    @ParameterizedTest
    @EnumSource
    void theClientOfOneThatFailsIsResetAndWhatWasHeldIsDropped(Families families) {
        long entry = bench.open(families, OpenBench.TCP, 7);
        long record = begin(entry, families, 7);
        assertThat(holdBuffer(record)).isTrue();
        assertThat(holdBuffer(record)).isTrue();

        handshakes.fail(record);

        PacketBuilder frame = PacketBuilder.ethernet(OURS, CLIENT_MAC);
        PacketBuilder reset =
                (families.in
                                ? frame.ipv6("2001:db8:0:1::1", "2001:db8:0:c1::7")
                                : frame.ipv4("192.0.2.1", "198.51.0.7").dontFragment())
                        .tcp(80, 30_007)
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(COOKIE + 8)
                        .acknowledgement(NUMBER + 8)
                        .window(0);
        byte[] bytes = reset.toBytes();
        assertThat(sent()).containsExactly(Arrays.copyOf(bytes, Math.max(60, bytes.length)));
        assertThat(count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(count(Outcome.SYN_PROXY_FAILED)).isEqualTo(2);
        assertThat(inUse()).isZero();
        assertThat(handshakes.size()).isZero();
        assertThat(handshakes.isSpent(COOKIE + 7, NUMBER + 7)).isTrue();
        assertThat(ConnectionLayout.isPending(entry)).isFalse();
        assertThat(bench.context.table().size()).isOne();
    }

    @Test
    void aClientThatIsNotThereAnyMoreIsNotTold() {
        long record = begin(1);
        holdBuffer(record);
        handshakes.abandon(record);
        assertThat(sent()).isEmpty();
        assertThat(count(Counter.SYN_PROXY_UNSERVED)).isZero();
        assertThat(count(Outcome.SYN_PROXY_FAILED)).isOne();
        assertThat(inUse()).isZero();
        assertThat(handshakes.size()).isZero();
    }

    /// It was promised to its client.
    @Test
    void aConnectionThatEndsMeanwhileFailsItsHandshakeAndNoOther() {
        long first = bench.open(Families.IPV4, OpenBench.TCP, 1);
        long second = bench.open(Families.IPV6, OpenBench.TCP, 2);
        begin(first, Families.IPV4, 1);
        long record = begin(second, Families.IPV6, 2);

        bench.context.life().end(first);

        assertThat(sent()).hasSize(1);
        assertThat(count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(handshakes.size()).isOne();
        assertThat(handshakes.of(second)).isEqualTo(record);
        assertThat(ConnectionLayout.isPending(second)).isTrue();
    }

    /// However often each has been tried.
    @Test
    void aWorkerThatEndsDropsAllThatIsHeldAndTellsNobody() {
        for (int tries = 0; tries < Handshakes.TRIES; tries++) {
            for (int i = 0; i < 2; i++) {
                long record = begin(2 * tries + i);
                for (int again = 0; again < tries; again++) {
                    handshakes.tryAgain(record);
                }
                holdBuffer(record);
            }
        }
        long soon = begin(99);
        handshakes.trySoon(soon);
        holdBuffer(soon);

        handshakes.discard();

        assertThat(handshakes.size()).isZero();
        assertThat(handshakes.held()).isZero();
        assertThat(inUse()).isZero();
        assertThat(count(Outcome.SYN_PROXY_FAILED)).isEqualTo(9);
        assertThat(sent()).isEmpty();
    }
}
