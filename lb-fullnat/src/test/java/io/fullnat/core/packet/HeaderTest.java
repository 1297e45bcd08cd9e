// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Reads captured frames field by field, and writes them again over poison.
class HeaderTest {
    private static final long MAC_A = 0x0200_0000_000AL;
    private static final long MAC_B = 0x0200_0000_000BL;
    private static final int A = 0x0A00_0001;
    private static final int B = 0x0A00_0002;
    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int L4 = IP + Ipv4.MIN_HEADER_LENGTH;

    private final NativeMemory memory = new NativeMemory();

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void ethernetIsRead() {
        long l2 = memory.load(Captured.ARP_REQUEST);
        assertThat(Ethernet.destination(l2)).isEqualTo(Ethernet.BROADCAST);
        assertThat(Ethernet.source(l2)).isEqualTo(MAC_A);
        assertThat(Ethernet.type(l2)).isEqualTo(Ethernet.TYPE_ARP);
        assertThat(Ethernet.isGroup(l2)).isTrue();
        assertThat(Ethernet.isGroup(memory.load(Captured.SYN))).isFalse();
    }

    @Test
    void arpRequestIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured.ARP_REQUEST);
        long arp = memory.load(captured) + IP;
        assertThat(Arp.isIpv4OverEthernet(arp)).isTrue();
        assertThat(Arp.operation(arp)).isEqualTo(Arp.OPERATION_REQUEST);
        assertThat(Arp.senderMac(arp)).isEqualTo(MAC_A);
        assertThat(Arp.senderAddress(arp)).isEqualTo(A);
        assertThat(Arp.targetMac(arp)).isZero();
        assertThat(Arp.targetAddress(arp)).isEqualTo(B);

        long l2 = memory.poisoned(captured.length);
        Ethernet.writeHeader(l2, Ethernet.BROADCAST, MAC_A, Ethernet.TYPE_ARP);
        Arp.write(l2 + IP, Arp.OPERATION_REQUEST, MAC_A, A, 0, B);
        assertThat(Memory.toBytes(l2, captured.length)).isEqualTo(captured);
    }

    @Test
    void arpReplyIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured.ARP_REPLY);
        long arp = memory.load(captured) + IP;
        assertThat(Arp.operation(arp)).isEqualTo(Arp.OPERATION_REPLY);
        assertThat(Arp.senderMac(arp)).isEqualTo(MAC_B);
        assertThat(Arp.targetMac(arp)).isEqualTo(MAC_A);

        long l2 = memory.poisoned(captured.length);
        Ethernet.writeHeader(l2, MAC_A, MAC_B, Ethernet.TYPE_ARP);
        Arp.write(l2 + IP, Arp.OPERATION_REPLY, MAC_B, B, MAC_A, A);
        assertThat(Memory.toBytes(l2, captured.length)).isEqualTo(captured);
    }

    @Test
    void arpForOtherHardwareOrProtocolIsToldApart() {
        assertThat(Arp.isIpv4OverEthernet(memory.load("0006080006040001"))).isFalse();
        assertThat(Arp.isIpv4OverEthernet(memory.load("000186dd06040001"))).isFalse();
        assertThat(Arp.isIpv4OverEthernet(memory.load("0001080006100001"))).isFalse();
    }

    @Test
    void ipv4IsRead() {
        long ip = memory.load(Captured.SYN) + IP;
        assertThat(Ipv4.version(ip)).isEqualTo(4);
        assertThat(Ipv4.headerLength(ip)).isEqualTo(20);
        assertThat(Ipv4.typeOfService(ip)).isZero();
        assertThat(Ipv4.totalLength(ip)).isEqualTo(60);
        assertThat(Ipv4.payloadLength(ip)).isEqualTo(40);
        assertThat(Ipv4.payload(ip)).isEqualTo(ip + 20);
        assertThat(Ipv4.identification(ip)).isEqualTo(0x7651);
        assertThat(Ipv4.dontFragment(ip)).isTrue();
        assertThat(Ipv4.isFragment(ip)).isFalse();
        assertThat(Ipv4.fragmentOffset(ip)).isZero();
        assertThat(Ipv4.timeToLive(ip)).isEqualTo(64);
        assertThat(Ipv4.protocol(ip)).isEqualTo(Ipv4.PROTOCOL_TCP);
        assertThat(Ipv4.checksum(ip)).isEqualTo(0xB068);
        assertThat(Ipv4.source(ip)).isEqualTo(A);
        assertThat(Ipv4.destination(ip)).isEqualTo(B);
    }

    @Test
    void ipv4IsWritten() {
        byte[] captured = Captured.bytes(Captured.SYN);
        long ip = memory.poisoned(20);
        Ipv4.writeHeader(ip, 60, 64, Ipv4.PROTOCOL_TCP, A, B);
        Ipv4.identification(ip, 0x7651);
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        assertThat(Memory.toBytes(ip, 20)).isEqualTo(slice(captured, IP, L4));
    }

    @Test
    void fragmentsAreRecognised() {
        long ip = memory.poisoned(20);
        Ipv4.flagsAndFragment(ip, Ipv4.FLAG_MORE_FRAGMENTS);
        assertThat(Ipv4.isFragment(ip)).as("first").isTrue();
        Ipv4.flagsAndFragment(ip, 0x1FFF);
        assertThat(Ipv4.isFragment(ip)).as("last").isTrue();
        assertThat(Ipv4.fragmentOffset(ip)).isEqualTo(65528);
        Ipv4.flagsAndFragment(ip, Ipv4.FLAG_DONT_FRAGMENT);
        assertThat(Ipv4.isFragment(ip)).as("whole").isFalse();
    }

    @Test
    void ipv4ThatLiesAboutItsLengthsIsNotWellFormed() {
        byte[] captured = slice(Captured.bytes(Captured.UDP), IP, 49);
        long ip = memory.load(captured);
        assertThat(Ipv4.isWellFormed(ip, 35)).isTrue();
        assertThat(Ipv4.isWellFormed(ip, 46)).as("padded to 60 bytes of frame").isTrue();
        assertThat(Ipv4.isWellFormed(ip, 34)).as("cut off").isFalse();
        assertThat(Ipv4.isWellFormed(ip, 19)).as("no whole header").isFalse();
        Ipv4.totalLength(ip, 19);
        assertThat(Ipv4.isWellFormed(ip, 35)).as("total below header").isFalse();
        Ipv4.totalLength(ip, 35);
        Memory.putByte(ip, 0x44);
        assertThat(Ipv4.isWellFormed(ip, 35)).as("header of 16 bytes").isFalse();
        Memory.putByte(ip, 0x65);
        assertThat(Ipv4.isWellFormed(ip, 35)).as("version 6").isFalse();
        Ipv4.headerLength(ip, 36);
        assertThat(Ipv4.isWellFormed(ip, 60)).as("header longer than packet").isFalse();
    }

    @Test
    void tcpIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured.SYN);
        long l4 = memory.load(captured) + L4;
        assertThat(Tcp.sourcePort(l4)).isEqualTo(41270);
        assertThat(Tcp.destinationPort(l4)).isEqualTo(34000);
        assertThat(Tcp.sequence(l4)).isEqualTo(0xE30B9387);
        assertThat(Tcp.acknowledgement(l4)).isZero();
        assertThat(Tcp.headerLength(l4)).isEqualTo(40);
        assertThat(Tcp.flags(l4)).isEqualTo(Tcp.SYN);
        assertThat(Tcp.window(l4)).isEqualTo(64240);
        assertThat(Tcp.checksum(l4)).isEqualTo(0xE96B);
        assertThat(Tcp.urgentPointer(l4)).isZero();

        long copy = memory.poisoned(20);
        Tcp.writeHeader(copy, 41270, 34000, 0xE30B9387, 0, Tcp.SYN, 64240);
        Tcp.headerLength(copy, 40);
        Tcp.checksum(copy, 0xE96B);
        assertThat(Memory.toBytes(copy, 20)).isEqualTo(slice(captured, L4, L4 + 20));
    }

    @Test
    void tcpHeaderBeyondThePacketIsNotWellFormed() {
        long l4 = memory.load(Captured.SYN) + L4;
        assertThat(Tcp.isWellFormed(l4, 40)).isTrue();
        assertThat(Tcp.isWellFormed(l4, 39)).as("options cut off").isFalse();
        assertThat(Tcp.isWellFormed(l4, 19)).as("no whole header").isFalse();
        Tcp.headerLength(l4, 16);
        assertThat(Tcp.isWellFormed(l4, 40)).as("header of 16 bytes").isFalse();
    }

    @Test
    void udpIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured.UDP);
        long l4 = memory.load(captured) + L4;
        assertThat(Udp.sourcePort(l4)).isEqualTo(40001);
        assertThat(Udp.destinationPort(l4)).isEqualTo(40000);
        assertThat(Udp.length(l4)).isEqualTo(15);
        assertThat(Udp.checksum(l4)).isEqualTo(0xFE07);

        long copy = memory.poisoned(8);
        Udp.writeHeader(copy, 40001, 40000, 15);
        assertThat(Udp.checksum(copy)).isEqualTo(Udp.NO_CHECKSUM);
        Udp.checksum(copy, 0xFE07);
        assertThat(Memory.toBytes(copy, 8)).isEqualTo(slice(captured, L4, L4 + 8));
    }

    @Test
    void udpLengthMustLieWithinThePacket() {
        long l4 = memory.load(Captured.UDP) + L4;
        assertThat(Udp.isWellFormed(l4, 15)).isTrue();
        assertThat(Udp.isWellFormed(l4, 20)).as("surplus behind").isTrue();
        assertThat(Udp.isWellFormed(l4, 14)).as("cut off").isFalse();
        assertThat(Udp.isWellFormed(l4, 7)).as("no whole header").isFalse();
        Udp.length(l4, 7);
        assertThat(Udp.isWellFormed(l4, 15)).as("shorter than its header").isFalse();
    }

    @Test
    void icmpErrorIsReadAndWritten() {
        byte[] captured = Captured.bytes(Captured.PORT_UNREACHABLE);
        long icmp = memory.load(captured) + L4;
        assertThat(Icmp.type(icmp)).isEqualTo(Icmp.TYPE_DESTINATION_UNREACHABLE);
        assertThat(Icmp.code(icmp)).isEqualTo(Icmp.CODE_PORT_UNREACHABLE);
        assertThat(Icmp.checksum(icmp)).isEqualTo(0x1120);
        assertThat(Icmp.restOfHeader(icmp)).isZero();
        assertThat(Ipv4.isWellFormed(icmp + Icmp.HEADER_LENGTH, 35)).as("quotation").isTrue();

        long copy = memory.poisoned(8);
        Icmp.writeHeader(copy, 3, 3, 0);
        Icmp.checksum(copy, 0x1120);
        assertThat(Memory.toBytes(copy, 8)).isEqualTo(slice(captured, L4, L4 + 8));
    }

    @Test
    void icmpRestOfHeaderHasItsParts() {
        long icmp = memory.poisoned(8);
        Icmp.writeHeader(icmp, Icmp.TYPE_ECHO_REQUEST, 0, 0x1234_05DC);
        assertThat(Icmp.identifier(icmp)).isEqualTo(0x1234);
        assertThat(Icmp.sequence(icmp)).isEqualTo(1500);
        assertThat(Icmp.nextHopMtu(icmp)).isEqualTo(1500);
        Icmp.identifier(icmp, 0xFFFF);
        assertThat(Icmp.restOfHeader(icmp)).isEqualTo(0xFFFF_05DC);
    }

    @Test
    void icmpErrorsQuoteAndQueriesDoNot() {
        assertThat(List.of(3, 4, 5, 11, 12)).allMatch(Icmp::isError);
        assertThat(List.of(0, 8, 9, 10, 13, 14, 255)).noneMatch(Icmp::isError);
    }

    @Test
    void vlanTagIsPushedReadAndPopped() {
        byte[] captured = Captured.bytes(Captured.UDP);
        long room = memory.poisoned(Vlan.TAG_LENGTH + captured.length);
        Memory.fromBytes(captured, room + Vlan.TAG_LENGTH);
        long tagged = Vlan.push(room + Vlan.TAG_LENGTH, 0xA064);
        assertThat(tagged).isEqualTo(room);
        assertThat(Ethernet.destination(tagged)).isEqualTo(MAC_B);
        assertThat(Ethernet.source(tagged)).isEqualTo(MAC_A);
        assertThat(Ethernet.type(tagged)).isEqualTo(Ethernet.TYPE_VLAN);
        assertThat(Vlan.id(tagged)).isEqualTo(100);
        assertThat(Vlan.priority(tagged)).isEqualTo(5);
        assertThat(Vlan.type(tagged)).isEqualTo(Ethernet.TYPE_IPV4);

        Vlan.id(tagged, 4095);
        assertThat(Vlan.control(tagged)).as("priority stays").isEqualTo(0xAFFF);

        long popped = Vlan.pop(tagged);
        assertThat(Memory.toBytes(popped, captured.length)).isEqualTo(captured);
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }
}
