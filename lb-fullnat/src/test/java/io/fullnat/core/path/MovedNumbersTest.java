// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Where [CrossFamily] moves the numbers of segments, within a family and between two: of all that
/// is moved, both sequence numbers, both timestamps, and the windows of both ends.
@ParameterizedClass
@MethodSource("all")
class MovedNumbersTest {
    private static final String DATA = "some more data than Ethernet pads";
    private static final int GENERATION_HERE = LoopBench.GENERATION + LoopBench.DEVICE;
    private static final int CLIENT = 1_000;
    private static final int SERVER = -70_000;
    private static final int CLIENT_STAMP = 33;
    private static final int SERVER_STAMP = 0x0102_0304;
    private static final int PREFIX = 28;
    private static final int SENT = 0xFFFF_FF00;
    private static final int SEEN = 5_000;

    private final LoopBench loop;
    private final CrossFamily across;
    private final SequenceShifts shifts;
    private final int direction;
    private final boolean inbound;
    private final boolean crosses;
    private final boolean to4;
    private final long flow;

    MovedNumbersTest(Families families, int direction) {
        loop = new LoopBench(families, OpenBench.TCP);
        across = new CrossFamily(loop.context, loop.bench.adjacencies, loop.identifications);
        shifts = loop.context.table().shifts();
        this.direction = direction;
        inbound = direction == INBOUND;
        crosses = loop.comesWide(INBOUND) != loop.comesWide(1 - INBOUND);
        to4 = loop.comesWide(direction);
        flow = loop.flow(direction);
        shifts.set(loop.entry, CLIENT, SERVER);
        shifts.timestamps(loop.entry, CLIENT_STAMP, SERVER_STAMP);
        shifts.windows(loop.entry, 2, -3);
        shifts.prefix(loop.entry, PREFIX);
    }

    @AfterEach
    void close() {
        loop.close();
    }

    static Stream<Arguments> all() {
        return Arrays.stream(Families.values())
                .flatMap(each -> Stream.of(Arguments.of(each, 0), Arguments.of(each, 1)));
    }

    /// A segment with timestamps.
    private static PacketBuilder segment(
            PacketBuilder packet, int sent, int seen, int stamp, int echo, int window) {
        byte[] options = {
            1,
            1,
            8,
            10,
            (byte) (stamp >>> 24),
            (byte) (stamp >>> 16),
            (byte) (stamp >>> 8),
            (byte) stamp,
            (byte) (echo >>> 24),
            (byte) (echo >>> 16),
            (byte) (echo >>> 8),
            (byte) echo
        };
        return packet.sequence(sent)
                .acknowledgement(seen)
                .window(window)
                .tcpOptions(options)
                .payload(DATA);
    }

    private PacketBuilder arriving() {
        return segment(loop.arriving(direction), SENT, SEEN, 70, 80, 1_000);
    }

    /// With so many bytes in front of the client's stream.
    private PacketBuilder moved(PacketBuilder packet, int prefix, int window) {
        int client = CLIENT + prefix;
        return inbound
                ? segment(
                        packet,
                        SENT + client,
                        SEEN - SERVER,
                        70 + CLIENT_STAMP,
                        80 - SERVER_STAMP,
                        window)
                : segment(
                        packet,
                        SENT + SERVER,
                        SEEN - client,
                        70 + SERVER_STAMP,
                        80 - CLIENT_STAMP,
                        window);
    }

    private int shiftedWindow() {
        return inbound ? 4_000 : 125;
    }

    private PacketBuilder leaving() {
        PacketBuilder packet = moved(loop.leaving(direction), PREFIX, shiftedWindow());
        return crosses && to4 ? packet.identification(0x0100) : packet;
    }

    /// The same with the addresses as they came.
    private PacketBuilder movedAlone() {
        return moved(loop.arriving(direction), PREFIX, shiftedWindow());
    }

    private long transport(long ip) {
        return ip + (to4 ? 40 : 20);
    }

    private boolean shiftQuiet(long ip, int total) {
        return across.shiftQuiet(flow, transport(ip), total, GENERATION_HERE);
    }

    private boolean translate(long ip) {
        int now = LoopBench.NOW;
        return to4
                ? across.translateQuietTo4(loop.burst, 0, ip, flow, GENERATION_HERE, now)
                : across.translateQuietTo6(loop.burst, 0, ip, flow, GENERATION_HERE, now);
    }

    /// What each end has seen of the other is noted as the real server counts.
    private void isNoted() {
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED))
                .isEqualTo(inbound ? SEEN - SERVER : SEEN);
    }

    @Test
    void allNumbersOfAPlainSegmentAreMoved() {
        long ip = loop.add(direction, arriving());
        assertThat(shiftQuiet(ip, 100)).isTrue();
        assertThat(loop.frame(0)).isEqualTo(movedAlone().toBytes());
        isNoted();
        assertThat(loop.counted(direction, TrafficTable.IN_PACKETS)).as("not sent yet").isZero();
    }

    @Test
    void aSegmentThatCrossesLeavesWithItsNumbersMoved() {
        assumeTrue(crosses, "it crosses");
        int total = arriving().toBytes().length - 14;
        assertThat(translate(loop.add(direction, arriving()))).isTrue();
        assertThat(loop.frame(0)).isEqualTo(leaving().toBytes());
        isNoted();
        assertThat(Memory.getInt(flow + LAST_SEEN)).isEqualTo(LoopBench.NOW);
        shifts.clear(loop.entry); // which unpacks what was counted
        assertThat(Memory.getInt(flow + PACKETS)).isOne();
        assertThat(Memory.getLong(flow + BYTES)).isEqualTo(total);
        assertThat(loop.counted(direction, TrafficTable.IN_BYTES)).isEqualTo(total);
    }

    /// Whose moves are over.
    @Test
    void whatIsNotMovedIsNotedAsItIs() {
        shifts.clear(loop.entry);
        long ip = loop.add(direction, arriving());
        assertThat(shiftQuiet(ip, 100)).isTrue();
        assertThat(loop.frame(0)).isEqualTo(arriving().toBytes());
        assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(SEEN);
    }

    private void isLeft(PacketBuilder packet, int total) {
        long ip = loop.add(direction, packet);
        assertThat(shiftQuiet(ip, total)).isFalse();
        assertThat(loop.frame(0)).isEqualTo(packet.toBytes());
        assertThat(Memory.getInt(flow + ACKNOWLEDGED)).isZero();
        loop.clear();
    }

    @ParameterizedTest
    @ValueSource(ints = {Tcp.SYN, Tcp.FIN | Tcp.ACK, Tcp.RST | Tcp.ACK})
    void whatTheStateHasToSeeIsLeft(int flags) {
        Memory.putInt(flow + ACKNOWLEDGED, 0);
        isLeft(arriving().flags(flags), 100);
    }

    @Test
    void whatIsTooLongForItsLinkOrComesAnotherWayIsLeft() {
        Memory.putInt(flow + ACKNOWLEDGED, 0);
        isLeft(arriving(), 1_401);
        Memory.putInt(flow + GENERATION, LoopBench.GENERATION);
        isLeft(arriving(), 100);
        Memory.putInt(flow + GENERATION, GENERATION_HERE);
        assertThat(shiftQuiet(loop.add(direction, arriving()), 1_400)).isTrue();
    }

    /// A SYN stands in front of what was put in front of the stream, and its window has no scale.
    @Test
    void aSynIsMovedByWhatStandsBehindIt() {
        int flags = Tcp.SYN | Tcp.ACK;
        long ip = loop.add(direction, arriving().flags(flags));
        CrossFamily.shift(shifts, flow, direction, transport(ip));
        PacketBuilder expected = moved(loop.arriving(direction), 0, 1_000).flags(flags);
        assertThat(loop.frame(0)).isEqualTo(expected.toBytes());
    }

    @Test
    void anyOtherSegmentIsMovedByAll() {
        int flags = Tcp.FIN | Tcp.ACK;
        long ip = loop.add(direction, arriving().flags(flags));
        Memory.putInt(flow + ACKNOWLEDGED, 0);
        CrossFamily.shift(shifts, flow, direction, transport(ip));
        assertThat(loop.frame(0)).isEqualTo(movedAlone().flags(flags).toBytes());
        assertThat(Memory.getInt(flow + ACKNOWLEDGED)).as("noted elsewhere").isZero();
    }

    @Test
    void whatIsMovedIsLoadedEarly() {
        long addresses = crosses ? Memory.getLong(flow + NEW_WIDE_ADDRESSES) : 0;
        assertThat(across.prefetch(flow)).isEqualTo(addresses + shifts.of(flow));
        shifts.clear(loop.entry);
        assertThat(across.prefetch(flow)).isEqualTo(addresses);
    }
}
