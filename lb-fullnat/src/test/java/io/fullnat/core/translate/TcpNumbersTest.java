// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.packet.Tcp.ACK;
import static io.fullnat.core.packet.Tcp.RST;
import static io.fullnat.core.packet.Tcp.SYN;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.MovedFlows;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Segments whose numbers are moved against segments that were built with the moved ones, and whose
/// checksum was summed up.
class TcpNumbersTest {
    private static final int L4 = 34;
    private static final int TIMESTAMPS = 0x0101_080A;

    private final Region memory = Region.allocate(2048, "a segment");
    private final long l4 = memory.address() + L4;
    private final long flow = memory.address() + 1024;
    private final long numbers = memory.address() + 1024 + FLOW_LENGTH;

    @AfterEach
    void free() {
        memory.close();
    }

    private static byte[] segment(
            int flags, int sequence, int acknowledgement, int window, String options) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv4("198.51.100.7", "192.0.2.80")
                .tcp(40_000, 80)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(window)
                .tcpOptions(HexFormat.of().parseHex(options))
                .payload("some data")
                .toBytes();
    }

    private static byte[] acknowledging(int sequence, int acknowledgement, String options) {
        return segment(ACK, sequence, acknowledgement, 1000, options);
    }

    private static String stamps(int own, int echo) {
        return "%08x%08x%08x".formatted(TIMESTAMPS, own, echo);
    }

    private static long both(int own, int other) {
        return ((long) other << 32) | (own & 0xFFFF_FFFFL);
    }

    private void load(byte[] frame) {
        Memory.fromBytes(frame, memory.address());
    }

    private void isNow(byte[] expected) {
        assertThat(Memory.toBytes(memory.address(), expected.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "7, 100, 8, 101",
        "0, 0, 0xffffffff, 1",
        "5, 5, 0xfffffffb, 10",
        "0xffffffff, 0x80000000, 0, 0x7fffffff"
    })
    void numbersWrap(String sequence, String acknowledgement, String to, String toToo) {
        int from = (int) (long) Long.decode(sequence);
        int fromToo = (int) (long) Long.decode(acknowledgement);
        int own = (int) (long) Long.decode(to) - from;
        int other = (int) (long) Long.decode(toToo) - fromToo;
        load(acknowledging(from, fromToo, ""));
        TcpNumbers.move(l4, both(own, other), 0, 0);
        isNow(acknowledging(from + own, fromToo + other, ""));
    }

    @Test
    void aSegmentThatDoesNotAcknowledgeKeepsWhatItHasThere() {
        load(segment(RST, 7, 100, 1000, stamps(5, 6)));
        TcpNumbers.move(l4, both(10, 20), both(30, 40), 0);
        isNow(segment(RST, 17, 100, 1000, stamps(35, 6)));
    }

    /// RFC 7323 §2.2: the window of a SYN is never scaled.
    @ParameterizedTest
    @CsvSource({
        "16, 3, 1000, 8000",
        "16, -3, 1000, 125",
        "16, -3, 7, 1",
        "16, -3, 0, 0",
        "16, 1, 40000, 65535",
        "2, 3, 1000, 1000",
        "18, -3, 1000, 1000"
    })
    void aWindowIsShiftedButThatOfASyn(int flags, int bits, int window, int shifted) {
        load(segment(flags, 7, 100, window, ""));
        TcpNumbers.move(l4, 0, 0, bits);
        isNow(segment(flags, 7, 100, shifted, ""));
    }

    /// Edges of selective acknowledgements (RFC 2018 §3) move as acknowledgements do; timestamps by
    /// their own numbers; each wherever it stands.
    @ParameterizedTest
    @CsvSource({
        "0101050a 00000010 00000020, 0101050a 00000024 00000034",
        "01050a 00000010 fffffff0 00, 01050a 00000024 00000004 00",
        "01010512 00000010 00000020 00000030 00000040, 01010512 00000024 00000034 00000044 00000054",
        "0101080a 00000001 00000002, 0101080a 0000001f 0000002a",
        "01080a ffffffff 00000002 00, 01080a 0000001d 0000002a 00",
        "020405b4 0101080a 00000001 00000002, 020405b4 0101080a 0000001f 0000002a",
        "080a 00000001 00000002 050a 00000010 00000020, 080a 0000001f 0000002a 050a 00000024 00000034",
        "080b 00000001 00000002 ff, 080b 00000001 00000002 ff",
        "050d 00000010 00000020 000000 01 0101, 050d 00000024 00000034 000000 01 0101",
        "00050a 00000010 00000020 00, 00050a 00000010 00000020 00",
        "0101050b 00000010 00000020, 0101050b 00000010 00000020",
    })
    void optionsMoveWhereverTheyStand(String before, String after) {
        load(acknowledging(7, 100, before.replace(" ", "")));
        TcpNumbers.move(l4, both(10, 20), both(30, 40), 0);
        isNow(acknowledging(17, 120, after.replace(" ", "")));
    }

    @Test
    void aDamagedSegmentStaysDamaged() {
        byte[] damaged = acknowledging(7, 100, "");
        damaged[L4 + 25] ^= 0x40;
        byte[] expected = acknowledging(17, 120, "");
        expected[L4 + 25] ^= 0x40;
        load(damaged);
        TcpNumbers.move(l4, both(10, 20), 0, 0);
        isNow(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "16, '', true",
        "24, '', true",
        "17, '', true",
        "4, '', false",
        "2, '', false",
        "16, 0101080a0000000100000002, true",
        "4, 0101080a0000000100000002, false",
        "16, 080a00000001000000020101, false",
        "16, 0101050a0000000100000002, false",
        "16, 01010101, false",
        "16, 0101080a000000010000000200000000, false"
    })
    void mostSegmentsAreCommon(int flags, String options, boolean common) {
        load(segment(flags, 7, 100, 1000, options));
        assertThat(TcpNumbers.isCommon(l4)).isEqualTo(common);
    }

    private void nearIs(int direction, boolean ofOther, int number, int stamp, int window) {
        RandomGenerator random = Seed.generator(number * 31L + stamp);
        for (int i = 0; i < 200; i++) {
            int sequence = random.nextInt();
            int acknowledgement = random.nextInt();
            int own = random.nextInt();
            int echo = random.nextInt();
            int size = random.nextInt(1 << 16);
            boolean stamped = random.nextBoolean();
            load(segment(ACK, sequence, acknowledgement, size, stamped ? stamps(own, echo) : ""));
            int kind = MovedFlows.near(flow, ofOther, number, stamp, window);
            TcpNumbers.moveNear(flow, l4, kind, direction, 0);
            int moved = ofOther ? acknowledgement + number : acknowledgement;
            isNow(
                    segment(
                            ACK,
                            ofOther ? sequence : sequence + number,
                            moved,
                            scaled(size, window),
                            stamped
                                    ? stamps(
                                            ofOther ? own : own + stamp,
                                            ofOther ? echo + stamp : echo)
                                    : ""));
            assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED))
                    .as("as the real server knows it")
                    .isEqualTo(direction == INBOUND ? moved : acknowledgement);
        }
    }

    private static int scaled(int window, int bits) {
        double exact = window * Math.pow(2, bits);
        return exact > 0 && exact < 1 ? 1 : (int) Math.min(0xFFFF, exact);
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 0", "-1, 0, 0", "0x7fffffff, 0, 5", "77, 99, -14", "77, -1, 0", "-5, 1, 14"})
    void aNearFlowMovesOneNumberAndItsStamp(String number, int stamp, int window) {
        int more = Integer.decode(number);
        nearIs(INBOUND, true, more, stamp, window);
        nearIs(INBOUND, false, more, stamp, window);
        nearIs(OUTBOUND, true, more, stamp, window);
        nearIs(OUTBOUND, false, more, stamp, window);
    }

    /// The same numbers as SequenceShifts keeps them: what is added to those of the client, of the
    /// server, to the server's timestamps, and both windows.
    private void far(int client, int server, int stamp, int inbound, int outbound) {
        Memory.zero(numbers, 64);
        Memory.putInt(numbers, client);
        Memory.putInt(numbers + 4, server);
        Memory.putInt(numbers + 8, stamp);
        Memory.putByte(numbers + 12, inbound);
        Memory.putByte(numbers + 13, outbound);
    }

    @ParameterizedTest
    @CsvSource({
        "10, 20, 0, 0, 0",
        "-10, 20, 30, 0, 0",
        "0x7fffffff, -1, -1, 3, -3",
        "1, 1, 0, 2, -2"
    })
    void aFarFlowMovesBothNumbers(String client, int server, int stamp, int inbound, int outbound) {
        int more = Integer.decode(client);
        far(more, server, stamp, inbound, outbound);
        RandomGenerator random = Seed.generator(server);
        for (int i = 0; i < 200; i++) {
            int sequence = random.nextInt();
            int acknowledgement = random.nextInt();
            int own = random.nextInt();
            int echo = random.nextInt();
            int size = random.nextInt(1 << 16);
            load(segment(ACK, sequence, acknowledgement, size, stamps(own, echo)));
            TcpNumbers.moveFar(flow, l4, numbers, INBOUND, 0);
            isNow(
                    segment(
                            ACK,
                            sequence + more,
                            acknowledgement - server,
                            scaled(size, inbound),
                            stamps(own, echo - stamp)));
            assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED))
                    .isEqualTo(acknowledgement - server);

            load(segment(ACK, sequence, acknowledgement, size, ""));
            TcpNumbers.moveFar(flow, l4, numbers, OUTBOUND, 0);
            isNow(
                    segment(
                            ACK,
                            sequence + server,
                            acknowledgement - more,
                            scaled(size, outbound),
                            ""));
            assertThat(Memory.getNetworkInt(flow + ACKNOWLEDGED)).isEqualTo(acknowledgement);
        }
    }

    /// What else is changed of the segment is corrected in one: here another port.
    @Test
    void theChecksumIsCorrectedByMoreThanTheNumbers() {
        far(10, 20, 0, 0, 0);
        byte[] expected = acknowledging(17, 80, "");
        expected[L4 + 1] ^= 1; // 40,000 becomes 40,001
        int sum = ((expected[L4 + 16] & 0xFF) << 8) | (expected[L4 + 17] & 0xFF);
        expected[L4 + 16] = (byte) ((sum - 1) >> 8);
        expected[L4 + 17] = (byte) (sum - 1);
        load(acknowledging(7, 100, ""));
        Memory.putNetworkShort(l4, 40_001);
        TcpNumbers.moveFar(flow, l4, numbers, INBOUND, Short.reverseBytes((short) 1));
        isNow(expected);
        load(acknowledging(7, 80, ""));
        Memory.putNetworkShort(l4, 40_001);
        int kind = MovedFlows.near(flow, false, 10, 0, 0);
        TcpNumbers.moveNear(flow, l4, kind, INBOUND, Short.reverseBytes((short) 1));
        isNow(expected);
    }

    /// As far as it goes: eight bytes end behind the sequence number, 14 behind the flags, 18
    /// behind the checksum, 32 behind these options.
    @ParameterizedTest
    @ValueSource(ints = {8, 12, 13, 14, 16, 17, 18, 20, 31, 32, 40})
    void aQuotedSegmentIsMovedAsFarAsItGoes(int available) {
        byte[] in = segment(ACK, 7, 100, 1000, stamps(1, 2));
        load(in);
        TcpNumbers.moveQuoted(l4, available, both(-10, -20), both(-1, -2));
        byte[] expected =
                segment(
                        ACK,
                        -3,
                        available >= 14 ? 80 : 100,
                        1000,
                        available >= 32 ? stamps(0, 0) : stamps(1, 2));
        byte[] now = Memory.toBytes(memory.address(), expected.length);
        if (available < 18 || available >= 32) {
            byte[] sum = available < 18 ? in : expected;
            System.arraycopy(sum, L4 + 16, expected, L4 + 16, 2);
            assertThat(now).isEqualTo(expected);
        } else { // timestamps are not quoted, and are in the checksum as they were sent
            assertThat(now).isEqualTo(segment(ACK, -3, 80, 1000, stamps(1, 2)));
        }
    }

    @Test
    void aQuotedSynHasNothingToAcknowledge() {
        load(segment(SYN, 7, 100, 1000, stamps(1, 2)));
        TcpNumbers.moveQuoted(l4, 32, both(-10, -20), both(-1, -2));
        isNow(segment(SYN, -3, 100, 1000, stamps(0, 2)));
        assertThat(Arrays.copyOfRange(Memory.toBytes(l4, 12), 8, 12)).endsWith(100);
    }
}
