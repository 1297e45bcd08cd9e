// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV6CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV6Packet;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

class Ipv6BuilderTest {
    private static final String A = "02:00:00:00:00:0a";
    private static final String B = "02:00:00:00:00:0b";
    private static final int CASES = 5_000;

    /// pcap4j takes payload at well-known ports apart and fails on random bytes there.
    private static final int FIRST_PORT = 0x8000;

    private final NativeMemory memory = new NativeMemory();
    private final RandomGenerator random = Seed.generator();

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void makesTheCapturedSyn() {
        byte[] made =
                packet().flowLabel(0x2_59F4)
                        .tcp(36398, 40001)
                        .sequence(0x40DCCFF6)
                        .flags(Tcp.SYN)
                        .window(64800)
                        .tcpOptions(
                                HexFormat.of().parseHex("020405a00402080a6bb6801b000000000103030a"))
                        .toBytes();
        assertThat(made).isEqualTo(Captured.bytes(Captured6.SYN));
    }

    @Test
    void makesTheCapturedPingAndDatagramAndTheErrorAboutIt() {
        byte[] ping =
                packet().flowLabel(0x4_70F0).echoRequest(0x1234, 1).payload("fullnat").toBytes();
        assertThat(ping).isEqualTo(Captured.bytes(Captured6.ECHO_REQUEST));

        byte[] datagram = packet().flowLabel(0x9EC6).udp(45854, 40000).payload("fullnat").toBytes();
        assertThat(datagram).isEqualTo(Captured.bytes(Captured6.UDP));

        byte[] error =
                PacketBuilder.ethernet(B, A)
                        .ipv6("2001:db8::b", "2001:db8::a")
                        .flowLabel(0xA812)
                        .icmp(Icmpv6.TYPE_DESTINATION_UNREACHABLE, Icmpv6.CODE_PORT_UNREACHABLE, 0)
                        .quoting(datagram, 15)
                        .toBytes();
        assertThat(error).isEqualTo(Captured.bytes(Captured6.PORT_UNREACHABLE));
    }

    @Test
    void randomPacketsAreWhatPcap4jReads() throws IllegalRawDataException {
        for (int i = 0; i < CASES; i++) {
            int protocol = new int[] {6, 17, 58}[random.nextInt(3)];
            int sourcePort = random.nextInt(FIRST_PORT, 65536);
            int destinationPort = random.nextInt(FIRST_PORT, 65536);
            byte[] payload = new byte[random.nextInt(1400)];
            random.nextBytes(payload);
            int trafficClass = random.nextInt(256);
            int label = random.nextInt(1 << 20);
            PacketBuilder builder =
                    packet().payload(payload).typeOfService(trafficClass).flowLabel(label);
            switch (protocol) {
                case 6 -> builder.tcp(sourcePort, destinationPort).sequence(random.nextInt());
                case 17 -> builder.udp(sourcePort, destinationPort);
                default -> builder.echoReply(sourcePort, destinationPort);
            }
            byte[] frame = builder.toBytes();
            Packet packet = EthernetPacket.newPacket(frame, 0, frame.length);
            String message = Seed.message(i);
            assertThat(packet.getRawData()).as(message).isEqualTo(frame);
            IpV6Packet ip = packet.get(IpV6Packet.class);
            IpV6Packet.IpV6Header header = ip.getHeader();
            assertThat(header.getPayloadLengthAsInt()).as(message).isEqualTo(ip.length() - 40);
            assertThat(header.getTrafficClass().value() & 0xFF).isEqualTo(trafficClass);
            assertThat(header.getFlowLabel().value()).as(message).isEqualTo(label);
            var source = header.getSrcAddr();
            var destination = header.getDstAddr();
            boolean valid =
                    switch (protocol) {
                        case 6 ->
                                ip.get(TcpPacket.class)
                                        .hasValidChecksum(source, destination, false);
                        case 17 ->
                                ip.get(UdpPacket.class)
                                        .hasValidChecksum(source, destination, false);
                        default ->
                                ip.get(IcmpV6CommonPacket.class)
                                        .hasValidChecksum(source, destination, false);
                    };
            assertThat(valid).as(message).isTrue();
        }
    }

    @Test
    void makesTheCapturedSolicitationAndItsAnswer() {
        byte[] asked =
                NdFrames.solicitation(A, "2001:db8::a", "2001:db8::b", NdFrames.option(1, A))
                        .toBytes();
        assertThat(asked).isEqualTo(Captured.bytes(Captured6.SOLICITATION));
        byte[] answer =
                NdFrames.advertisement(
                                B,
                                "2001:db8::b",
                                A,
                                "2001:db8::a",
                                0x60,
                                "2001:db8::b",
                                NdFrames.option(2, B))
                        .toBytes();
        assertThat(answer).isEqualTo(Captured.bytes(Captured6.ADVERTISEMENT));
        assertThat(NdFrames.isRight(answer)).isTrue();
        answer[answer.length - 1]++;
        assertThat(NdFrames.isRight(answer)).isFalse();
        assertThat(NdFrames.isRight(NdFrames.query(A, "fe80::1", 10, "::").toBytes())).isTrue();
    }

    @Test
    void extensionHeadersAreChained() {
        byte[] frame =
                packet().extension(Ipv6Extension.routerAlert())
                        .extension(Ipv6Extension.destination((byte) 4, (byte) 1, (byte) 9))
                        .extension(Ipv6Extension.fragment(16, true, 77))
                        .udp(40000, 50000)
                        .payload("abc")
                        .toBytes();
        assertThat(Arrays.copyOfRange(frame, 14 + 4, 14 + 8))
                .isEqualTo(Captured.bytes("0023 00 40"));
        assertThat(Arrays.copyOfRange(frame, 14 + 40, 14 + 40 + 24))
                .isEqualTo(Captured.bytes("3c00050200000100 2c00040109000000 110000110000004d"));
    }

    @Test
    void claimsWrongValuesUnderARightChecksum() {
        long ip =
                memory.load(
                                packet().udp(1, 2)
                                        .payload("x")
                                        .totalLength(1000)
                                        .versionAndHeaderLength(0x5F)
                                        .toBytes())
                        + Ethernet.HEADER_LENGTH;
        assertThat(Ipv6.payloadLength(ip)).isEqualTo(960);
        assertThat(Ipv6.version(ip)).isEqualTo(5);
        assertThat(Checksum.isTransport6Valid(ip, 17, ip + 40, 9)).isTrue();
    }

    @Test
    void damagesTheChecksumAlone() {
        byte[] right = packet().echoRequest(1, 2).toBytes();
        byte[] wrong = packet().echoRequest(1, 2).badTransportChecksum().toBytes();
        assertThat(Arrays.mismatch(right, wrong)).isEqualTo(14 + 40 + 2);
        long ip = memory.load(wrong) + Ethernet.HEADER_LENGTH;
        assertThat(Checksum.isTransport6Valid(ip, 58, ip + 40, 8)).isFalse();
    }

    @Test
    void anAddressOfIpv4IsRefused() {
        PacketBuilder builder = PacketBuilder.ethernet(A, B);
        assertThatThrownBy(() -> builder.ipv6("10.0.0.1", "2001:db8::1"))
                .hasMessageContaining("10.0.0.1");
    }

    private static PacketBuilder packet() {
        return PacketBuilder.ethernet(A, B).ipv6("2001:db8::a", "2001:db8::b");
    }
}
