// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.translate.Identifications;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which errors of ICMPv6 quote a packet that we sent, and whose it was: one of the local address
/// 2001:db8:1::100, port 5000, to the real server 2001:db8:1::11, port 8080.
class Ipv6QuotationTest {
    private static final String LOCAL = "2001:db8:1::100";
    private static final String SERVER = "2001:db8:1::11";
    private static final int UNREACHABLE = Icmpv6.TYPE_DESTINATION_UNREACHABLE;
    private static final int TOO_BIG = Icmpv6.TYPE_PACKET_TOO_BIG;
    private static final int TIME_EXCEEDED = Icmpv6.TYPE_TIME_EXCEEDED;

    private final Region memory = Region.allocate(4096, "an error");
    private final ConnectionTable table = new ConnectionTable(4, 1, 0, (of, how) -> {}, 1, true);
    private final Ipv6Family family = new Ipv6Family(table.wide());
    private final Ipv6Quotation quotation =
            new Ipv6Quotation(family, table.wide(), new Identifications(0, 1));

    @AfterEach
    void close() {
        quotation.close();
        table.close();
        memory.close();
    }

    private static PacketBuilder frame(String from, String to) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").ipv6(from, to);
    }

    private static PacketBuilder sent() {
        return frame(LOCAL, SERVER).tcp(5000, 8080).payload("request");
    }

    private long load(byte[] frame) {
        Memory.fromBytes(frame, memory.address());
        long ip = memory.address() + Ethernet.HEADER_LENGTH;
        assertThat(family.take(ip, frame.length - Ethernet.HEADER_LENGTH))
                .isEqualTo(Ipv6Chain.RIGHT);
        return ip;
    }

    /// Reads an error that quotes the first bytes of a packet.
    private boolean read(int type, int rest, PacketBuilder quoted, int bytes) {
        byte[] frame = quoted.toBytes();
        byte[] quotation =
                Arrays.copyOfRange(
                        frame, Ethernet.HEADER_LENGTH, Ethernet.HEADER_LENGTH + 40 + bytes);
        return this.quotation.read(
                load(
                        frame("2001:db8:1::fe", LOCAL)
                                .icmp(type, 0, rest)
                                .payload(quotation)
                                .toBytes()));
    }

    private boolean read(PacketBuilder quoted) {
        return read(UNREACHABLE, 0, quoted, 8);
    }

    @Test
    void aPacketThatWeSentIsReadWithItsSource() {
        assertThat(read(sent())).isTrue();
        assertThat(quotation.sourceHigh()).isEqualTo(0x2001_0db8_0001_0000L);
        assertThat(quotation.sourceLow()).isEqualTo(0x100);
        assertThat(quotation.sourcePort()).isEqualTo(5000);
        assertThat(read(frame(LOCAL, SERVER).udp(65_535, 53))).isTrue();
        assertThat(quotation.sourcePort()).isEqualTo(65_535);
    }

    /// RFC 4443 §3: as much of it as fits; eight bytes of a segment are what ICMP has.
    @Test
    void fewerBytesThanEightAreTooFew() {
        for (int bytes = -40; bytes < 8; bytes++) {
            assertThat(read(UNREACHABLE, 0, sent(), bytes)).as("%d", bytes).isFalse();
        }
        assertThat(read(UNREACHABLE, 0, sent(), 8)).isTrue();
        assertThat(read(UNREACHABLE, 0, sent(), 27)).isTrue();
    }

    @Test
    void extensionHeadersOfTheQuotedPacketAreSkipped() {
        PacketBuilder packet = sent().extension(Ipv6Extension.routerAlert());
        assertThat(read(UNREACHABLE, 0, packet, 16)).isTrue();
        assertThat(quotation.sourcePort()).isEqualTo(5000);
        assertThat(read(UNREACHABLE, 0, packet, 15)).isFalse();
    }

    @Test
    void aPacketOfSomebodyElseIsNotBelieved() {
        assertThat(read(frame("2001:db8:1::101", SERVER).tcp(5000, 8080))).isFalse();
        assertThat(read(frame("2001:db8:2::100", SERVER).tcp(5000, 8080))).isFalse();
        assertThat(read(frame(SERVER, LOCAL).tcp(5000, 8080))).isFalse();
    }

    private static PacketBuilder part(int offset, boolean more) {
        return sent().extension(Ipv6Extension.fragment(offset, more, 7));
    }

    @Test
    void onlyTheBeginningOfAPacketOfTcpOrUdpHasPorts() {
        assertThat(read(UNREACHABLE, 0, part(0, true), 16)).isTrue();
        assertThat(read(UNREACHABLE, 0, part(0, false), 16)).isTrue();
        assertThat(read(UNREACHABLE, 0, part(8, true), 16)).isFalse();
        assertThat(read(UNREACHABLE, 0, part(8, false), 16)).isFalse();
        assertThat(read(frame(LOCAL, SERVER).echoRequest(1, 2))).isFalse();
        assertThat(read(frame(LOCAL, SERVER).protocol(132).payload(new byte[20]))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1, true", "2, false", "3, false", "4, false"})
    void onlyOneErrorSaysThatNobodyIsThere(int type, boolean unreachable) {
        assertThat(read(type, 1400, sent(), 8)).isTrue();
        assertThat(quotation.isUnreachable()).isEqualTo(unreachable);
        assertThat(quotation.tooBig()).isEqualTo(type == TOO_BIG ? 1400 : 0);
    }

    /// An MTU has 32 bits in ICMPv6; packets do not get longer than 16 bits say.
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "1280, 1280", "65535, 65535", "65536, 65535", "-1, 65535"})
    void theSizeIsWhatTheErrorSays(int mtu, int size) {
        assertThat(read(TOO_BIG, mtu, sent(), 8)).isTrue();
        assertThat(quotation.tooBig()).isEqualTo(size);
    }

    /// Opens a connection whose real server answers with such packets.
    private long open(PacketBuilder answer, int protocol) {
        long ip = load(answer.toBytes());
        long ports = ConnectionKey.portsAndProtocol(family.ports(ip), protocol);
        try (FlowKey in = new FlowKey();
                FlowKey out = new FlowKey()) {
            in.ipv4(1, ConnectionKey.portsAndProtocol(2, protocol));
            out.ipv6(ip + Ipv6.ADDRESSES_OFFSET, ports);
            table.wide().expect();
            long entry = table.wide().open(in, out, 0);
            assertThat(entry).isNotZero();
            return entry + ConnectionLayout.FLOW_LENGTH;
        }
    }

    @Test
    void theConnectionIsTheOneWhoseServerWouldAnswer() {
        long flow = open(frame(SERVER, LOCAL).tcp(8080, 5000), Ipv4.PROTOCOL_TCP);
        assertThat(read(sent())).isTrue();
        assertThat(quotation.find()).isEqualTo(flow);
        for (PacketBuilder other :
                new PacketBuilder[] {
                    frame(LOCAL, SERVER).tcp(5001, 8080),
                    frame(LOCAL, SERVER).tcp(5000, 8081),
                    frame(LOCAL, SERVER).tcp(8080, 5000),
                    frame(LOCAL, "2001:db8:1::12").tcp(5000, 8080),
                    frame(LOCAL, SERVER).udp(5000, 8080)
                }) {
            assertThat(read(other)).isTrue();
            assertThat(quotation.find()).isZero();
        }
    }

    @Test
    void aConnectionOfUdpIsFoundByItsProtocol() {
        long flow = open(frame(SERVER, LOCAL).udp(8080, 5000), Ipv4.PROTOCOL_UDP);
        assertThat(read(frame(LOCAL, SERVER).udp(5000, 8080))).isTrue();
        assertThat(quotation.find()).isEqualTo(flow);
    }

    /// The worker of the local port, which lies last in answers and first in what was sent.
    @ParameterizedTest
    @ValueSource(ints = {1025, 1026, 5000, 65_535})
    void theOwnerIsWhoChoseTheLocalPort(int port) {
        ReturnPath path = new ReturnPath.ByPort(8, 8);
        assertThat(read(frame(LOCAL, SERVER).tcp(port, 8080))).isTrue();
        assertThat(quotation.owner(path)).isEqualTo(PortPartition.owner(port, 8, 8));
        assertThat(read(TIME_EXCEEDED, 0, frame(LOCAL, SERVER).udp(port, 1025), 8)).isTrue();
        assertThat(quotation.owner(path)).isEqualTo(PortPartition.owner(port, 8, 8));
    }

    /// An error of the servers' side becomes one to the client about its own packet.
    @Test
    void theErrorIsTheOneThatTheClientsPacketWouldHaveGot() {
        String client = "2001:db8:7::9";
        String vip = "2001:db8::80";
        long flow = open(frame(SERVER, LOCAL).tcp(8080, 5000), Ipv4.PROTOCOL_TCP);
        long addresses = load(frame(vip, client).tcp(80, 40_000).toBytes());
        Memory.copy(
                addresses + Ipv6.ADDRESSES_OFFSET, flow + ConnectionLayout.NEW_WIDE_ADDRESSES, 32);
        Memory.putInt(flow + ConnectionLayout.NEW_PORTS, Memory.getInt(addresses + 40));
        assertThat(read(sent())).isTrue();
        quotation.translate(flow);

        byte[] own = frame(client, vip).tcp(40_000, 80).payload("request").toBytes();
        byte[] expected =
                frame(vip, client)
                        .timeToLive(63)
                        .icmp(UNREACHABLE, 0, 0)
                        .payload(Arrays.copyOfRange(own, 14, 14 + 48))
                        .toBytes();
        long ip = memory.address() + Ethernet.HEADER_LENGTH;
        assertThat(Memory.toBytes(ip, expected.length - 14))
                .isEqualTo(Arrays.copyOfRange(expected, 14, expected.length));
    }
}
