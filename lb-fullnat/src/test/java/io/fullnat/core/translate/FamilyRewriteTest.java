// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.MovedFlows;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.translate.FamilyPacket.Ends;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The new header in front of what is whole, of a first fragment and of later ones; rows of RFC
/// 7915 are in the fixture page `rfc7915.txt`.
class FamilyRewriteTest {
    private final FamilyFlows flows = new FamilyFlows(Ends.TRANSLATED);
    private final Identifications identifications =
            new Identifications(FamilyFlows.IDENTIFICATION - 1, 1);

    @AfterEach
    void free() {
        flows.close();
    }

    private static byte[] packet(String text) {
        return FamilyPacket.bytes(text, text.startsWith("6"), Ends.TRANSLATED);
    }

    private static byte[] expected(String text, boolean toServer) {
        return FamilyPacket.bytes(text, toServer, Ends.TRANSLATED);
    }

    private void protocol(String text) {
        int number = text.contains("tcp") ? Ipv4.PROTOCOL_TCP : Ipv4.PROTOCOL_UDP;
        FamilyFlows.protocol(flows.toServer, number);
        FamilyFlows.protocol(flows.toClient, number);
    }

    @ParameterizedTest
    @CsvSource({
        "6 hl=64 tc=0xb8 label=0xfffff udp 8, 4 ttl=63 tos=0xb8 id=4626 udp 8",
        "6 hl=2 tcp 1220, 4 ttl=1 id=4626 tcp 1220",
        "6 hl=255 tcp 1221, 4 ttl=254 df id=4626 tcp 1221"
    })
    void aWholePacketBecomesIpv4(String in, String out) {
        byte[] packet = packet(in);
        protocol(in);
        long ip = flows.load(packet);
        long to =
                FamilyRewrite.to4(flows.toServer, ip, ip + 40, packet.length - 40, identifications);
        assertThat(to).isEqualTo(ip + 20);
        assertThat(Memory.toBytes(to, packet.length - 20)).isEqualTo(expected(out, true));
    }

    /// With each identification, of whole packets and of later fragments: what is carried may be
    /// carried again.
    @ParameterizedTest
    @CsvSource({
        "6 hl=255 tc=0xff tcp 40, false",
        "6 hl=64 tcp 1400, false",
        "6 frag=8/0/1 tcp 40, true",
        "6 tc=0xff frag=1232/1/1 tcp 1232, true",
        "6 hl=2 frag=2040/1/1 tcp 1232, true"
    })
    void theHeadersChecksumIsRight(String in, boolean fragment) {
        byte[] packet = packet(in);
        protocol("tcp");
        int behind = fragment ? 48 : 40;
        for (int i = 0; i <= 0xFFFF; i++) {
            long ip = flows.load(packet);
            if (fragment) {
                Memory.putNetworkShort(ip + 46, i);
            }
            int length = packet.length - behind;
            long to =
                    fragment
                            ? FamilyRewrite.laterTo4(
                                    flows.toServer, ip, ip + 48, length, ip + 40, identifications)
                            : FamilyRewrite.to4(
                                    flows.toServer, ip, ip + 40, length, identifications);
            assertThat(Checksum.isIpv4HeaderValid(to))
                    .as("identification %d", Ipv4.identification(to))
                    .isTrue();
        }
    }

    /// It keeps the low half of its identification, and is no fragment but of several.
    @ParameterizedTest
    @CsvSource({
        "frag=0/1/0x12345678, mf id=22136",
        "frag=0/0/0xffff0001, id=1",
    })
    void aFirstFragmentBecomesIpv4(String header, String flags) {
        byte[] packet = packet("6 " + header + " tcp 1400");
        protocol("tcp");
        long ip = flows.load(packet);
        long to =
                FamilyRewrite.to4(
                        flows.toServer, ip, ip + 48, packet.length - 48, ip + 40, identifications);
        assertThat(Memory.toBytes(to, packet.length - 28))
                .isEqualTo(expected("4 ttl=63 " + flags + " tcp 1400", true));
    }

    @ParameterizedTest
    @CsvSource({
        "frag=1448/1/0x12345678, mf off=1448 id=22136",
        "frag=8/0/7, off=8 id=7",
        "frag=65528/0/7, off=65528 id=7"
    })
    void aLaterFragmentBecomesIpv4WithItsDataAsTheyAre(String header, String flags) {
        byte[] packet = packet("6 tc=0x2e " + header + " udp 9");
        protocol("udp");
        long ip = flows.load(packet);
        long to =
                FamilyRewrite.laterTo4(
                        flows.toServer, ip, ip + 48, packet.length - 48, ip + 40, identifications);
        assertThat(to).isEqualTo(ip + 28);
        byte[] expected = expected("4 ttl=63 tos=0x2e " + flags + " udp 9", true);
        System.arraycopy(packet, 48, expected, 20, packet.length - 48);
        assertThat(Memory.toBytes(to, expected.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "4 ttl=64 tos=0xb9 udp 8, 6 hl=63 tc=0xb9 udp 8",
        "4 ttl=2 id=99 df tcp 1441, 6 hl=1 tcp 1441",
        "4 ttl=255 udp 8 sum=none, 6 hl=254 udp 8",
        "4 ttl=255 udp 9 sum=none, 6 hl=254 udp 9",
        "4 ttl=255 tcp 8 sum=none, 6 hl=254 tcp 8 sum=corrected",
    })
    void aWholePacketBecomesIpv6(String in, String out) {
        byte[] packet = packet(in);
        protocol(in);
        long ip = flows.load(packet);
        long to = FamilyRewrite.to6(flows.toClient, ip, ip + 20, packet.length - 20);
        assertThat(to).isEqualTo(ip - 20);
        if (out.contains("corrected")) {
            assertThat(Memory.getNetworkShort(to + 40 + 16)).as("of TCP 0 is a sum").isNotZero();
            return;
        }
        assertThat(Memory.toBytes(to, packet.length + 20)).isEqualTo(expected(out, false));
    }

    @Test
    void aFirstFragmentBecomesIpv6() {
        byte[] packet = packet("4 id=65535 mf tos=0xff tcp 1420");
        protocol("tcp");
        long ip = flows.load(packet);
        long to = FamilyRewrite.firstTo6(flows.toClient, ip, ip + 20, packet.length - 20);
        assertThat(to).isEqualTo(ip - 28);
        assertThat(Memory.toBytes(to, packet.length + 28))
                .isEqualTo(expected("6 hl=63 tc=0xff frag=0/1/65535 tcp 1420", false));
    }

    @ParameterizedTest
    @CsvSource({
        "4 id=7 mf off=1480 udp 8, frag=1480/1/7",
        "4 id=7 off=8 udp 1, frag=8/0/7",
        "4 id=7 off=65528 udp 1, frag=65528/0/7"
    })
    void aLaterFragmentBecomesIpv6WithItsDataAsTheyAre(String in, String header) {
        byte[] packet = packet(in);
        protocol(in);
        long ip = flows.load(packet);
        long to = FamilyRewrite.laterTo6(flows.toClient, ip, ip + 20, packet.length - 20);
        assertThat(to).isEqualTo(ip - 28);
        byte[] expected = expected("6 hl=63 " + header + in.substring(in.indexOf(" udp")), false);
        System.arraycopy(packet, 20, expected, 48, packet.length - 20);
        assertThat(Memory.toBytes(to, expected.length)).isEqualTo(expected);
    }

    /// As a plain segment whose numbers are moved afterwards, one after the other.
    @ParameterizedTest
    @ValueSource(ints = {1, -1, 0x7FFF_FFFF, 0x1234_5678})
    void aSegmentWithMovedNumbersIsTranslatedAsAnyOther(int number) {
        byte[] in = packet("6 tcp 99");
        FamilyFlows.protocol(flows.toServer, Ipv4.PROTOCOL_TCP);
        long ip = flows.load(in);
        long plain =
                FamilyRewrite.to4(flows.toServer, ip, ip + 40, in.length - 40, identifications);
        TcpNumbers.move(plain + 20, number & 0xFFFF_FFFFL, 0, 0);
        byte[] expected = Memory.toBytes(plain, Ipv4.totalLength(plain));

        int kind = MovedFlows.near(flows.toServer, false, number, 0, 0);
        ip = flows.load(in);
        long moved =
                FamilyRewrite.to4Moved(
                        flows.toServer,
                        ip,
                        ip + 40,
                        in.length - 40,
                        kind,
                        0,
                        INBOUND,
                        new Identifications(FamilyFlows.IDENTIFICATION - 1, 1));
        assertThat(moved).isEqualTo(plain);
        assertThat(Memory.toBytes(moved, expected.length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, -1, 0x7FFF_FFFF, 0x1234_5678})
    void soItIsTheOtherWay(int number) {
        byte[] in = packet("4 tcp 99");
        FamilyFlows.protocol(flows.toClient, Ipv4.PROTOCOL_TCP);
        long ip = flows.load(in);
        long plain = FamilyRewrite.to6(flows.toClient, ip, ip + 20, in.length - 20);
        TcpNumbers.move(plain + 40, (long) number << 32, 0, 0);
        byte[] expected = Memory.toBytes(plain, Ipv6.totalLength(plain));

        int kind = MovedFlows.near(flows.toClient, true, number, 0, 0);
        ip = flows.load(in);
        long moved =
                FamilyRewrite.to6Moved(
                        flows.toClient, ip, ip + 20, in.length - 20, kind, 0, OUTBOUND);
        assertThat(moved).isEqualTo(plain);
        assertThat(Memory.toBytes(moved, expected.length)).isEqualTo(expected);
    }
}
