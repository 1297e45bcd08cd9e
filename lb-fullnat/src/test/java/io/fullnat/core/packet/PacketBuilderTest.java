// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.ArpPacket;
import org.pcap4j.packet.Dot1qVlanTagPacket;
import org.pcap4j.packet.EthernetPacket;
import org.pcap4j.packet.IcmpV4CommonPacket;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/// Checks what the builder makes against captured frames and against pcap4j, which shares no code
/// with it.
class PacketBuilderTest {
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
                PacketBuilder.ethernet(A, B)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .identification(0x7651)
                        .dontFragment()
                        .tcp(41270, 34000)
                        .sequence(0xE30B9387)
                        .flags(Tcp.SYN)
                        .window(64240)
                        .tcpOptions(
                                HexFormat.of().parseHex("020405b40402080aa5670d9c000000000103030a"))
                        .toBytes();
        assertThat(made).isEqualTo(Captured.bytes(Captured.SYN));
    }

    @Test
    void makesTheCapturedDatagramAndTheErrorAboutIt() {
        PacketBuilder datagram =
                PacketBuilder.ethernet(A, B)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .identification(0x50E2)
                        .dontFragment()
                        .udp(40001, 40000)
                        .payload("fullnat");
        assertThat(datagram.toBytes()).isEqualTo(Captured.bytes(Captured.UDP));

        byte[] error =
                PacketBuilder.ethernet(B, A)
                        .ipv4("10.0.0.2", "10.0.0.1")
                        .typeOfService(0xC0)
                        .identification(0xC018)
                        .icmp(Icmp.TYPE_DESTINATION_UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, 0)
                        .quoting(datagram.toBytes(), 15)
                        .toBytes();
        assertThat(error).isEqualTo(Captured.bytes(Captured.PORT_UNREACHABLE));
    }

    @Test
    void makesTheCapturedArp() {
        byte[] request =
                PacketBuilder.ethernet(A, "ff:ff:ff:ff:ff:ff")
                        .arp(Arp.OPERATION_REQUEST, A, "10.0.0.1", "00:00:00:00:00:00", "10.0.0.2")
                        .toBytes();
        assertThat(request).isEqualTo(Captured.bytes(Captured.ARP_REQUEST));
    }

    @Test
    void quotesTheHeaderWithOptionsOfATaggedFrame() {
        byte[] frame = udp().vlan(7).ipOptions((byte) 1, (byte) 1).payload("0123456789").toBytes();
        byte[] error = udp().icmp(11, 0, 0).quoting(frame, 8).toBytes();
        assertThat(Arrays.copyOfRange(error, 42, error.length))
                .isEqualTo(Arrays.copyOfRange(frame, 18, 18 + 24 + 8));
    }

    @Test
    void randomPacketsAreWhatPcap4jReads() throws IllegalRawDataException {
        for (int i = 0; i < CASES; i++) {
            int vlan = random.nextBoolean() ? random.nextInt(4096) : -1;
            int sourcePort = random.nextInt(FIRST_PORT, 65536);
            int destinationPort = random.nextInt(FIRST_PORT, 65536);
            int protocol = new int[] {1, 6, 17}[random.nextInt(3)];
            byte[] payload = new byte[random.nextInt(1400)];
            random.nextBytes(payload);
            int timeToLive = random.nextInt(256);

            PacketBuilder builder =
                    PacketBuilder.ethernet(A, B)
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .timeToLive(timeToLive)
                            .payload(payload);
            if (vlan >= 0) {
                builder.vlan(vlan);
            }
            switch (protocol) {
                case 6 -> builder.tcp(sourcePort, destinationPort).sequence(random.nextInt());
                case 17 -> builder.udp(sourcePort, destinationPort);
                default -> builder.echoRequest(sourcePort, destinationPort);
            }
            byte[] frame = builder.toBytes();

            Packet packet = EthernetPacket.newPacket(frame, 0, frame.length);
            String message = Seed.message(i);
            assertThat(packet.getRawData()).as(message).isEqualTo(frame);
            if (vlan >= 0) {
                Dot1qVlanTagPacket tag = packet.get(Dot1qVlanTagPacket.class);
                assertThat(tag.getHeader().getVidAsInt()).as(message).isEqualTo(vlan);
            }
            IpV4Packet ip = packet.get(IpV4Packet.class);
            assertThat(ip.getHeader().hasValidChecksum(false)).as(message).isTrue();
            assertThat(ip.getHeader().getTtlAsInt()).as(message).isEqualTo(timeToLive);
            assertThat(ip.getHeader().getTotalLengthAsInt()).as(message).isEqualTo(ip.length());
            assertTransport(ip, protocol, sourcePort, destinationPort, message);
        }
    }

    private static void assertTransport(
            IpV4Packet ip, int protocol, int sourcePort, int destinationPort, String message) {
        var source = ip.getHeader().getSrcAddr();
        var destination = ip.getHeader().getDstAddr();
        switch (protocol) {
            case 6 -> {
                TcpPacket tcp = ip.get(TcpPacket.class);
                assertThat(tcp.hasValidChecksum(source, destination, false)).as(message).isTrue();
                assertThat(tcp.getHeader().getSrcPort().valueAsInt()).isEqualTo(sourcePort);
                assertThat(tcp.getHeader().getDstPort().valueAsInt()).isEqualTo(destinationPort);
            }
            case 17 -> {
                UdpPacket udp = ip.get(UdpPacket.class);
                assertThat(udp.hasValidChecksum(source, destination, false)).as(message).isTrue();
                assertThat(udp.getHeader().getSrcPort().valueAsInt()).isEqualTo(sourcePort);
                assertThat(udp.getHeader().getDstPort().valueAsInt()).isEqualTo(destinationPort);
                assertThat(udp.getHeader().getLengthAsInt()).isEqualTo(udp.length());
            }
            default ->
                    assertThat(ip.get(IcmpV4CommonPacket.class).hasValidChecksum(false))
                            .as(message)
                            .isTrue();
        }
    }

    @Test
    void pcap4jReadsTheArp() throws IllegalRawDataException {
        byte[] frame =
                PacketBuilder.ethernet(B, A)
                        .arp(Arp.OPERATION_REPLY, B, "10.0.0.2", A, "10.0.0.1")
                        .toBytes();
        ArpPacket.ArpHeader arp =
                EthernetPacket.newPacket(frame, 0, frame.length).get(ArpPacket.class).getHeader();
        assertThat(arp.getSrcHardwareAddr()).hasToString(B);
        assertThat(arp.getSrcProtocolAddr().getHostAddress()).isEqualTo("10.0.0.2");
        assertThat(arp.getDstHardwareAddr()).hasToString(A);
    }

    @Test
    void fragmentsCarryTheirPlace() {
        long ip = ip(udp().fragment(1480, true));
        assertThat(Ipv4.fragmentOffset(ip)).isEqualTo(1480);
        assertThat(Ipv4.flagsAndFragment(ip) & Ipv4.FLAG_MORE_FRAGMENTS).isNotZero();
    }

    @Test
    void damagesTheIpChecksumAlone() {
        long ip = ip(udp().badIpChecksum());
        assertThat(Checksum.isIpv4HeaderValid(ip)).isFalse();
        assertThat(Checksum.isTransportValid(ip)).isTrue();
    }

    @Test
    void damagesTheTransportChecksumAlone() {
        for (int port = 0; port < 0x10000; port++) {
            long ip = ip(udp().udp(port, 80).payload("").badTransportChecksum());
            assertThat(Checksum.isIpv4HeaderValid(ip)).isTrue();
            assertThat(Checksum.isTransportValid(ip)).as("port %d", port).isFalse();
        }
    }

    @Test
    void leavesTheUdpChecksumOut() {
        long ip = ip(udp().noUdpChecksum());
        assertThat(Udp.checksum(Ipv4.payload(ip))).isEqualTo(Udp.NO_CHECKSUM);
    }

    @Test
    void claimsWrongLengthsUnderARightIpChecksum() {
        long ip = ip(udp().totalLength(1000).versionAndHeaderLength(0x46).transportLength(999));
        assertThat(Ipv4.totalLength(ip)).isEqualTo(1000);
        assertThat(Ipv4.headerLength(ip)).isEqualTo(24);
        assertThat(Udp.length(ip + 20)).isEqualTo(999);
        assertThat(Checksum.internet(ip, 20)).isZero();
    }

    @Test
    void padsAndTruncates() {
        byte[] whole = udp().toBytes();
        assertThat(udp().padding(5).toBytes()).isEqualTo(Arrays.copyOf(whole, whole.length + 5));
        assertThat(udp().truncate(30).toBytes()).isEqualTo(Arrays.copyOf(whole, 30));
    }

    private static PacketBuilder udp() {
        return PacketBuilder.ethernet(A, B)
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(40000, 50000)
                .payload("x");
    }

    private long ip(PacketBuilder builder) {
        return memory.load(builder.toBytes()) + Ethernet.HEADER_LENGTH;
    }
}
