// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.translate.FamilyPacket.Ends;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What an error quotes becomes what its sender sent: of an error to the client a packet of the
/// local address to the server the client's own, of one to the server the other way round.
class QuotedPacketTest {
    private static final int TCP_SUM = 16;
    private static final int UDP_SUM = 6;

    private final FamilyFlows flows = new FamilyFlows(Ends.TRANSLATED);

    @AfterEach
    void free() {
        flows.close();
    }

    private static int protocol(String packet) {
        return packet.contains("tcp") ? Ipv4.PROTOCOL_TCP : Ipv4.PROTOCOL_UDP;
    }

    private static byte[] beginning(String packet, boolean toServer, int length) {
        return Arrays.copyOf(FamilyPacket.bytes(packet, toServer, Ends.TRANSLATED), length);
    }

    @ParameterizedTest
    @CsvSource({
        "4 ttl=9 tos=0xb9 tcp 99, 6 hl=9 tc=0xb9 tcp 99, 119",
        "4 ttl=1 udp 99, 6 hl=1 udp 99, 20",
        "4 ttl=255 options=0101010101010100 udp 3, 6 hl=255 udp 3, 11",
        "4 total=1500 tcp 99, 6 len=1480 tcp 99, 8",
        "4 udp 99 sum=none, 6 udp 99 sum=none, 8",
        "4 df id=7 tcp 99, 6 tcp 99, 16",
        "4 tcp 99, 6 tcp 99, 18",
    })
    void aPacketToTheServerBecomesTheClients(String in, String out, int available) {
        long quoted = flows.load(FamilyPacket.bytes(in, true, Ends.TRANSLATED));
        FamilyFlows.protocol(flows.toClient, protocol(in));
        long end = Ipv4.payload(quoted) + available;
        long to = QuotedPacket.to6(quoted, end, 0, false, flows.toClient);

        assertThat(to).isEqualTo(end - available - Ipv6.HEADER_LENGTH);
        assertThat(Memory.toBytes(to, 40 + available))
                .isEqualTo(beginning(out, true, 40 + available));
    }

    /// RFC 7915 §4.1: an identification of 16 bits is the low half of one of 32.
    @Test
    void theFirstOfSeveralFragmentsHasAFragmentHeader() {
        long quoted =
                flows.load(FamilyPacket.bytes("4 id=65535 mf tcp 1440", true, Ends.TRANSLATED));
        FamilyFlows.protocol(flows.toClient, Ipv4.PROTOCOL_TCP);
        long to = QuotedPacket.to6(quoted, quoted + 40, 0, true, flows.toClient);

        assertThat(to).isEqualTo(quoted - 28);
        assertThat(Memory.toBytes(to, 68))
                .isEqualTo(beginning("6 frag=0/1/0xffff tcp 1440", true, 68));
    }

    @ParameterizedTest
    @CsvSource({
        "6 hl=9 tc=0xb9 tcp 99, 4 ttl=9 tos=0xb9 tcp 99, 119",
        "6 hl=1 label=99 udp 99, 4 ttl=1 udp 99, 20",
        "6 udp 99 sum=none, 4 udp 99 sum=none, 8",
        "6 len=1240 tcp 99, 4 total=1260 tcp 99, 8",
        "6 len=1241 tcp 99, 4 df total=1261 tcp 99, 18",
        "6 len=9000 tcp 99, 4 df total=9020 tcp 99, 16",
    })
    void aPacketToTheClientBecomesTheServers(String in, String out, int available) {
        long quoted = flows.load(FamilyPacket.bytes(in, false, Ends.TRANSLATED));
        FamilyFlows.protocol(flows.toServer, protocol(in));
        long l4 = quoted + Ipv6.HEADER_LENGTH;
        long to = QuotedPacket.to4(quoted, l4, l4 + available, 0, 0, flows.toServer);

        assertThat(to).isEqualTo(quoted + 20);
        assertThat(Memory.toBytes(to, 20 + available))
                .isEqualTo(beginning(out, false, 20 + available));
    }

    /// RFC 7915 §5.1.1; a fragment that is its own only part (RFC 6946) has none behind it.
    @ParameterizedTest
    @CsvSource({"frag=0/1/0x12345678, mf id=22136", "frag=0/0/0x1234ffff, id=65535"})
    void aFragmentHeaderBecomesPartOfTheOther(String header, String flags) {
        long quoted =
                flows.load(FamilyPacket.bytes("6 " + header + " tcp 1400", false, Ends.TRANSLATED));
        FamilyFlows.protocol(flows.toServer, Ipv4.PROTOCOL_TCP);
        long fragment = quoted + 40;
        long to =
                QuotedPacket.to4(quoted, fragment + 8, fragment + 28, 0, fragment, flows.toServer);

        assertThat(Memory.toBytes(to, 40))
                .isEqualTo(beginning("4 " + flags + " tcp 1400", false, 40));
    }

    /// Half a checksum cannot be corrected, and what lies behind what is quoted is another's.
    @ParameterizedTest
    @ValueSource(ints = {8, 16, 17})
    void aSumThatIsNotQuotedIsNotTouched(int available) {
        byte[] packet = FamilyPacket.bytes("4 tcp 99", true, Ends.TRANSLATED);
        long quoted = flows.load(packet);
        FamilyFlows.protocol(flows.toClient, Ipv4.PROTOCOL_TCP);
        QuotedPacket.to6(quoted, quoted + 20 + available, 0, false, flows.toClient);

        assertThat(Memory.toBytes(quoted + 24, packet.length - 24))
                .isEqualTo(Arrays.copyOfRange(packet, 24, packet.length));
    }

    @Test
    void aPacketIsMovedByThePaddingBehindIt() {
        byte[] packet = FamilyPacket.bytes("6 udp 15", false, Ends.TRANSLATED);
        long quoted = flows.load(packet);
        FamilyFlows.protocol(flows.toServer, Ipv4.PROTOCOL_UDP);
        long l4 = quoted + 40;
        Memory.putInt(l4 + 23, -1);
        long to = QuotedPacket.to4(quoted, l4, l4 + 23, 13, 0, flows.toServer);

        assertThat(to).isEqualTo(quoted + 7);
        assertThat(Memory.toBytes(to, 43)).isEqualTo(beginning("4 udp 15", false, 43));
        assertThat(Memory.toBytes(to + 43, 13)).containsOnly(0);
        assertThat(Memory.getInt(l4 + 23)).as("the extension").isEqualTo(-1);
    }

    /// RFC 1624, equation 3, for every checksum; of UDP 0 says that there is none (RFC 768).
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void theChecksumIsCorrectedByAddressesAndPorts(String protocol) {
        byte[] before = FamilyPacket.bytes("4 " + protocol + " 0", true, Ends.TRANSLATED);
        byte[] after = FamilyPacket.bytes("6 " + protocol + " 0", true, Ends.TRANSLATED);
        long difference = 0;
        for (int at = 12; at < 24; at += 2) {
            difference += ~word(before, at) & 0xFFFF;
        }
        for (int at = 8; at < 44; at += 2) {
            difference += word(after, at);
        }
        FamilyFlows.protocol(flows.toClient, protocol(protocol));
        boolean tcp = protocol.equals("tcp");
        int at = tcp ? TCP_SUM : UDP_SUM;
        for (int sum = 0; sum < 1 << 16; sum++) {
            long quoted = flows.load(before);
            long l4 = quoted + 20;
            Memory.putNetworkShort(l4 + at, sum);
            QuotedPacket.to6(quoted, l4 + before.length - 20, 0, false, flows.toClient);

            int expected = corrected(sum, difference);
            if (!tcp) {
                expected = sum == 0 ? 0 : expected == 0 ? 0xFFFF : expected;
            }
            assertThat(Memory.getNetworkShort(l4 + at)).as("from %04x", sum).isEqualTo(expected);
        }
    }

    private static int word(byte[] packet, int at) {
        return (packet[at] & 0xFF) << 8 | (packet[at + 1] & 0xFF);
    }

    /// `HC' = ~(~HC + ~m + m')`.
    private static int corrected(int checksum, long difference) {
        long sum = (~checksum & 0xFFFF) + difference;
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) ~sum & 0xFFFF;
    }
}
