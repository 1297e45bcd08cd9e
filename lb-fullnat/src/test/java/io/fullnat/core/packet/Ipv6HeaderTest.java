// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Reads captured frames of IPv6 field by field, and writes them again over poison.
class Ipv6HeaderTest {
    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int L4 = IP + Ipv6.HEADER_LENGTH;
    private static final long HIGH = 0x2001_0DB8_0000_0000L;
    private static final long MAC_A = 0x0200_0000_000AL;
    private static final long MAC_B = 0x0200_0000_000BL;

    private final NativeMemory memory = new NativeMemory();

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void ipv6IsRead() {
        long ip = memory.load(Captured6.SYN) + IP;
        assertThat(Ipv6.isWellFormed(ip, 80)).isTrue();
        assertThat(Ipv6.version(ip)).isEqualTo(6);
        assertThat(Ipv6.trafficClass(ip)).isZero();
        assertThat(Ipv6.payloadLength(ip)).isEqualTo(40);
        assertThat(Ipv6.totalLength(ip)).isEqualTo(80);
        assertThat(Ipv6.nextHeader(ip)).isEqualTo(Ipv4.PROTOCOL_TCP);
        assertThat(Ipv6.hopLimit(ip)).isEqualTo(64);
        assertThat(Ipv6.sourceHigh(ip)).isEqualTo(HIGH);
        assertThat(Ipv6.sourceLow(ip)).isEqualTo(10);
        assertThat(Ipv6.destinationHigh(ip)).isEqualTo(HIGH);
        assertThat(Ipv6.destinationLow(ip)).isEqualTo(11);
    }

    @Test
    void ipv6IsWritten() {
        byte[] captured = Captured.bytes(Captured6.SYN);
        long ip = memory.poisoned(40);
        Ipv6.writeHeader(ip, 40, 64, Ipv4.PROTOCOL_TCP, HIGH, 10, HIGH, 11);
        Ipv6.flowLabel(ip, 0x2_59F4);
        assertThat(Memory.toBytes(ip, 40)).isEqualTo(Arrays.copyOfRange(captured, IP, L4));
    }

    @Test
    void trafficClassAndFlowLabelLeaveEachOtherAlone() {
        long ip = memory.poisoned(40);
        Ipv6.writeHeader(ip, 0, 64, 59, 0, 0, 0, 0);
        Ipv6.flowLabel(ip, 0xF_FFFF);
        Ipv6.trafficClass(ip, 0xA5);
        assertThat(Memory.getNetworkInt(ip)).isEqualTo(0x6A5F_FFFF);
        Ipv6.flowLabel(ip, 0x1_2345);
        assertThat(Ipv6.trafficClass(ip)).isEqualTo(0xA5);
        Ipv6.trafficClass(ip, 0);
        assertThat(Memory.getNetworkInt(ip)).isEqualTo(0x6001_2345);
    }

    @Test
    void ipv6ThatLiesAboutItsLengthIsNotWellFormed() {
        long ip = memory.load(Captured6.SYN) + IP;
        assertThat(Ipv6.isWellFormed(ip, 100)).as("padded").isTrue();
        assertThat(Ipv6.isWellFormed(ip, 79)).as("cut off").isFalse();
        assertThat(Ipv6.isWellFormed(ip, 39)).as("no whole header").isFalse();
        Memory.putByte(ip, 0x45);
        assertThat(Ipv6.isWellFormed(ip, 80)).as("version 4").isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Captured6.SOLICITATION,
                Captured6.ADVERTISEMENT,
                Captured6.UDP,
                Captured6.PORT_UNREACHABLE,
                Captured6.SYN,
                Captured6.ECHO_REQUEST
            })
    void findsCapturedChecksumsRight(String hex) {
        byte[] frame = Captured.bytes(hex);
        long ip = memory.load(frame) + IP;
        long l4 = ip + Ipv6.HEADER_LENGTH;
        int protocol = Ipv6.nextHeader(ip);
        int length = Ipv6.payloadLength(ip);
        assertThat(Checksum.isTransport6Valid(ip, protocol, l4, length)).isTrue();
        int field = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
        int checksum = Memory.getNetworkShort(l4 + field);
        assertThat(Checksum.transport6(ip, protocol, l4, length)).isEqualTo(checksum);
        for (int bit = 8 * (IP + 8); bit < 8 * frame.length; bit++) {
            byte[] damaged = frame.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            long other = memory.load(damaged) + IP;
            if (protocol != 17 || Udp.length(other + 40) == length) {
                assertThat(Checksum.isTransport6Valid(other, protocol, other + 40, length))
                        .as("bit %d", bit)
                        .isFalse();
            }
        }
    }

    /// RFC 8200 §8.1: with IPv6 there is no "none".
    @Test
    void udpNeedsAChecksumAndNeverComputesToNone() {
        long ip = memory.load(Captured6.UDP) + IP;
        long l4 = ip + 40;
        Udp.checksum(l4, Udp.NO_CHECKSUM);
        assertThat(Checksum.isTransport6Valid(ip, 17, l4, 15)).isFalse();
        Udp.sourcePort(l4, 0);
        Udp.sourcePort(l4, Checksum.transport6(ip, 17, l4, 15));
        assertThat(Checksum.transport6(ip, 17, l4, 15)).isEqualTo(0xFFFF);
        Udp.checksum(l4, 0xFFFF);
        assertThat(Checksum.isTransport6Valid(ip, 17, l4, 15)).isTrue();
    }

    @Test
    void wideDeltasAreThoseOfTheirHalves() {
        long ip = memory.load(Captured6.UDP) + IP;
        int before = Udp.checksum(ip + 40);
        long other = 0xFEDC_BA98_0000_FFFFL;
        long delta = Checksum.wideDelta(Ipv6.sourceLow(ip), other);
        Ipv6.source(ip, HIGH, other);
        assertThat(Checksum.apply(before, delta))
                .isEqualTo(Checksum.transport6(ip, 17, ip + 40, 15));
    }

    @Test
    void solicitationIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured6.SOLICITATION);
        long l2 = memory.load(captured);
        long ip = l2 + IP;
        long icmp = l2 + L4;
        assertThat(Icmpv6.type(icmp)).isEqualTo(Icmpv6.TYPE_NEIGHBOUR_SOLICITATION);
        assertThat(Icmpv6.code(icmp)).isZero();
        assertThat(Icmpv6.checksum(icmp)).isEqualTo(0x1C03);
        assertThat(NeighbourDiscovery.targetHigh(icmp)).isEqualTo(HIGH);
        assertThat(NeighbourDiscovery.targetLow(icmp)).isEqualTo(11);
        assertThat(Ipv6.destinationHigh(ip)).isEqualTo(NeighbourDiscovery.LINK_GROUP_HIGH);
        assertThat(Ipv6.destinationLow(ip)).isEqualTo(NeighbourDiscovery.solicitedNodeLow(11));
        assertThat(Ethernet.destination(l2))
                .isEqualTo(Ethernet.groupOf(NeighbourDiscovery.solicitedNodeLow(11)));
        long option = NeighbourDiscovery.option(icmp + 24, 8, 1);
        assertThat(option).isEqualTo(icmp + 24);
        assertThat(NeighbourDiscovery.optionValue(option)).isEqualTo(MAC_A);
        assertThat(NeighbourDiscovery.option(icmp + 24, 8, 2)).isZero();

        long copy = memory.poisoned(32);
        NeighbourDiscovery.writeSolicitation(copy, HIGH, 11);
        NeighbourDiscovery.writeOption(copy + 24, 1, MAC_A);
        Icmpv6.checksum(copy, 0x1C03);
        assertThat(Memory.toBytes(copy, 32))
                .isEqualTo(Arrays.copyOfRange(captured, L4, captured.length));
    }

    @Test
    void advertisementIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured6.ADVERTISEMENT);
        long icmp = memory.load(captured) + L4;
        int flags = NeighbourDiscovery.FLAG_SOLICITED | NeighbourDiscovery.FLAG_OVERRIDE;
        assertThat(NeighbourDiscovery.flags(icmp)).isEqualTo(flags).isEqualTo(0x60);

        long copy = memory.poisoned(32);
        NeighbourDiscovery.writeAdvertisement(copy, flags, HIGH, 11);
        NeighbourDiscovery.writeOption(copy + 24, 2, MAC_B);
        Icmpv6.checksum(copy, 0x8A4D);
        assertThat(Memory.toBytes(copy, 32))
                .isEqualTo(Arrays.copyOfRange(captured, L4, captured.length));
    }

    @ParameterizedTest
    @CsvSource({
        "'', true",
        "0101020000000001, true",
        "0101020000000001 0e01000000000001, true",
        "fd02 0000 0000 0000 0000 0000 0000 0000, true",
        "0100020000000001, false",
        "0101020000000001 0000000000000000, false",
        "0101020000000001 01, false",
        "0102020000000001, false",
        "01010200000000, false",
        "01ff020000000001, false",
    })
    void optionsAreRightOrTheMessageIsNone(String hex, boolean right) {
        byte[] options = Captured.bytes(hex);
        assertThat(NeighbourDiscovery.areOptionsRight(memory.load(options), options.length))
                .isEqualTo(right);
    }

    @Test
    void icmpv6RestOfHeaderHasItsParts() {
        long icmp = memory.load(Captured6.ECHO_REQUEST) + L4;
        assertThat(Icmpv6.identifier(icmp)).isEqualTo(0x1234);
        assertThat(Icmpv6.sequence(icmp)).isEqualTo(1);
        Icmpv6.writeHeader(icmp, Icmpv6.TYPE_PACKET_TOO_BIG, 0, -1);
        assertThat(Icmpv6.mtu(icmp)).isEqualTo(0xFFFF_FFFFL);
        assertThat(Icmpv6.checksum(icmp)).isZero();
    }

    @Test
    void icmpv6ErrorsQuoteAndOthersDoNot() {
        assertThat(List.of(0, 1, 2, 3, 4, 100, 127)).allMatch(Icmpv6::isError);
        assertThat(List.of(128, 129, 135, 137, 255)).noneMatch(Icmpv6::isError);
        assertThat(List.of(1, 127, 137)).allMatch(Icmpv6::forbidsErrors);
        assertThat(List.of(128, 135, 136)).noneMatch(Icmpv6::forbidsErrors);
        assertThat(Icmpv6.isTranslated(1, 8)).isTrue();
        assertThat(Icmpv6.isTranslated(1, 9)).isFalse();
        assertThat(Icmpv6.isTranslated(2, 77)).isTrue();
        assertThat(Icmpv6.isTranslated(3, 2)).isFalse();
        assertThat(Icmpv6.isTranslated(4, 3)).isTrue();
        assertThat(Icmpv6.isTranslated(5, 0)).isFalse();
        assertThat(Icmpv6.isTranslated(128, 0)).isFalse();
    }

    /// RFC 3810 §5.1.3.
    @ParameterizedTest
    @CsvSource({
        "0, 28, 0",
        "10000, 28, 10000",
        "32767, 28, 32767",
        "32768, 28, 32768",
        "0x8001, 28, 32776",
        "0xFFFF, 28, 8387584",
        "0xFFFF, 24, 65535",
    })
    void listenersMayTakeTheirTime(String code, int length, int milliseconds) {
        long query = memory.poisoned(28);
        Icmpv6.writeHeader(query, 130, 0, Integer.decode(code) << 16);
        assertThat(Mld.maxResponseMs(query, length)).isEqualTo(milliseconds);
    }

    @Test
    void listenerMessageOfVersion1IsWritten() {
        long message = memory.poisoned(24);
        Mld.writeMessage1(message, 132, 0xFF02L << 48, 0x1_FF00_1234L);
        assertThat(Memory.toBytes(message, 24))
                .isEqualTo(Captured.bytes("84000000 00000000 ff0200000000000000000001ff001234"));
    }

    @Test
    void listenerReportIsWritten() {
        long report = memory.poisoned(8 + 28);
        Mld.writeRouterAlert(report);
        Mld.writeReport(report + 8, 1);
        Mld.writeRecord(report + 16, Mld.RECORD_TO_EXCLUDE, 0xFF02L << 48, 0x1_FF00_1234L);
        assertThat(Memory.toBytes(report, 36))
                .isEqualTo(
                        Captured.bytes(
                                """
                                3a00 05020000 0100 8f000000 00000001
                                04000000 ff0200000000000000000001ff001234\
                                """));
    }
}
