// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which errors of ICMP quote a packet that we sent, and whose it was: one of the local address
/// 10.0.1.100, port 5000, to the real server 10.0.1.11, port 8080.
class Ipv4QuotationTest {
    private static final String LOCAL = "10.0.1.100";
    private static final String SERVER = "10.0.1.11";
    private static final int UNREACHABLE = Icmp.TYPE_DESTINATION_UNREACHABLE;
    private static final int TIME_EXCEEDED = 11;

    private final Region memory = Region.allocate(2048, "an error");
    private final ConnectionTable table = new ConnectionTable(4, 1, 0, (of, how) -> {});
    private final Ipv4Quotation quotation = new Ipv4Quotation(table);

    @AfterEach
    void close() {
        table.close();
        memory.close();
    }

    private static PacketBuilder frame(String from, String to) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02").ipv4(from, to);
    }

    private static PacketBuilder sent() {
        return frame(LOCAL, SERVER).tcp(5000, 8080).payload("request");
    }

    private long load(PacketBuilder packet) {
        Memory.fromBytes(packet.toBytes(), memory.address());
        return memory.address() + Ethernet.HEADER_LENGTH;
    }

    private boolean read(int type, int code, int rest, PacketBuilder quoted, int bytes) {
        return quotation.read(
                load(
                        frame("10.0.1.254", LOCAL)
                                .icmp(type, code, rest)
                                .quoting(quoted.toBytes(), bytes)));
    }

    private boolean read(PacketBuilder quoted) {
        return read(UNREACHABLE, 1, 0, quoted, 8);
    }

    /// Opens a connection whose real server answers with such packets.
    private long open(PacketBuilder answer, int protocol) {
        long ip = load(answer);
        long ports = ConnectionKey.portsAndProtocol(Memory.getInt(ip + 20), protocol);
        long entry =
                table.open(
                        1,
                        ConnectionKey.portsAndProtocol(2, protocol),
                        Memory.getLong(ip + 12),
                        ports);
        assertThat(entry).isNotZero();
        return table.find(Memory.getLong(ip + 12), ports);
    }

    @Test
    void aPacketThatWeSentIsReadWithItsSource() {
        assertThat(read(sent())).isTrue();
        assertThat(quotation.sourceHigh()).isZero();
        assertThat(quotation.sourceLow()).isEqualTo(0xFFFF_0A00_0164L);
        assertThat(quotation.sourcePort()).isEqualTo(5000);
        assertThat(read(frame(LOCAL, SERVER).udp(65_535, 53))).isTrue();
        assertThat(quotation.sourcePort()).isEqualTo(65_535);
    }

    @Test
    void optionsOfTheQuotedHeaderAreSkipped() {
        byte[] options = new byte[40];
        assertThat(read(sent().ipOptions(options))).isTrue();
        assertThat(quotation.sourcePort()).isEqualTo(5000);
        for (int bytes = 0; bytes < 8; bytes++) {
            assertThat(read(UNREACHABLE, 1, 0, sent().ipOptions(options), bytes)).isFalse();
        }
    }

    /// RFC 792: at least eight bytes behind the quoted header.
    @Test
    void fewerBytesThanEightAreTooFew() {
        for (int bytes = -20; bytes < 8; bytes++) {
            assertThat(read(UNREACHABLE, 1, 0, sent(), bytes)).as("%d", bytes).isFalse();
        }
        assertThat(read(UNREACHABLE, 1, 0, sent(), 8)).isTrue();
        assertThat(read(UNREACHABLE, 1, 0, sent(), 27)).isTrue();
    }

    /// RFC 5508 REQ-3.
    @Test
    void aPacketWhoseHeaderIsDamagedIsNotBelieved() {
        assertThat(read(sent().badIpChecksum())).isFalse();
        assertThat(read(sent().badTransportChecksum())).as("that is not known").isTrue();
    }

    @Test
    void aPacketOfSomebodyElseIsNotBelieved() {
        assertThat(read(frame("10.0.1.101", SERVER).tcp(5000, 8080))).isFalse();
        assertThat(read(frame(SERVER, LOCAL).tcp(5000, 8080))).isFalse();
    }

    @Test
    void onlyTheBeginningOfAPacketOfTcpOrUdpHasPorts() {
        assertThat(read(sent().fragment(0, true))).isTrue();
        assertThat(read(sent().fragment(8, true))).isFalse();
        assertThat(read(sent().fragment(8, false))).isFalse();
        assertThat(read(frame(LOCAL, SERVER).echoRequest(1, 2))).isFalse();
        assertThat(read(frame(LOCAL, SERVER).protocol(132).payload(new byte[20]))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0x05, 0x35, 0x55, 0x65, 0xF5, 0x40, 0x44, 0x4F})
    void aQuotedHeaderMustBeOneOfIpv4(int versionAndLength) {
        assertThat(read(sent().versionAndHeaderLength(versionAndLength))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "3, true", "4, false", "5, true", "13, true", "15, true"})
    void onlyThatAPacketIsTooLongSaysHowToReachIt(int code, boolean unreachable) {
        assertThat(read(UNREACHABLE, code, 1400, sent(), 8)).isTrue();
        assertThat(quotation.isUnreachable()).isEqualTo(unreachable);
        assertThat(quotation.tooBig()).isEqualTo(unreachable ? 0 : 1400);
    }

    @Test
    void otherErrorsSayNeither() {
        for (int code : new int[] {0, 1, 4}) {
            assertThat(read(TIME_EXCEEDED, code, 1400, sent(), 8)).isTrue();
            assertThat(quotation.isUnreachable()).isFalse();
            assertThat(quotation.tooBig()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 68, 65_535})
    void theSizeIsWhatTheErrorSays(int mtu) {
        assertThat(read(UNREACHABLE, 4, 0xABCD_0000 | mtu, sent(), 8)).isTrue();
        assertThat(quotation.tooBig()).isEqualTo(mtu);
    }

    @Test
    void theConnectionIsTheOneWhoseServerWouldAnswer() {
        long flow = open(frame(SERVER, LOCAL).tcp(8080, 5000), Ipv4.PROTOCOL_TCP);
        assertThat(read(sent())).isTrue();
        assertThat(quotation.find()).isEqualTo(flow).isNotZero();
        for (PacketBuilder other :
                new PacketBuilder[] {
                    frame(LOCAL, SERVER).tcp(5001, 8080),
                    frame(LOCAL, SERVER).tcp(5000, 8081),
                    frame(LOCAL, SERVER).tcp(8080, 5000),
                    frame(LOCAL, "10.0.1.12").tcp(5000, 8080),
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
        assertThat(read(sent())).isTrue();
        assertThat(quotation.find()).isZero();
    }
}
