// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.translate.FamilyPacket.Ends;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How much of an ICMPv6 error an ICMP error has room for, and what comes behind what it quotes;
/// that each error becomes what RFC 7915 says is in the fixture page `rfc7915.txt`.
class IcmpTo4Test {
    private static final int IDENTIFICATION = 0x1212;

    private final FamilyFlows flows = new FamilyFlows(Ends.TRANSLATED);

    @AfterEach
    void free() {
        flows.close();
    }

    /// Translates an error that quotes a segment behind so many bytes of extension headers.
    private long translate(byte[] error, int headers) {
        long ip = flows.load(error);
        long icmp = ip + Ipv6.HEADER_LENGTH;
        FamilyFlows.protocol(flows.toServer, Ipv4.PROTOCOL_TCP);
        return IcmpTo4.translate(
                ip,
                icmp,
                error.length - Ipv6.HEADER_LENGTH,
                icmp + Icmpv6.HEADER_LENGTH + Ipv6.HEADER_LENGTH + headers,
                0,
                flows.toServer,
                IDENTIFICATION,
                1500,
                1500);
    }

    private void becomes(String in, int headers, String out) {
        long to = translate(FamilyPacket.bytes(in, true, Ends.TRANSLATED), headers);
        assertThat(to).isNotZero();
        assertThat(Memory.toBytes(to, Ipv4.totalLength(to)))
                .as(in)
                .isEqualTo(
                        FamilyPacket.bytes(
                                "4 ttl=63 id=" + IDENTIFICATION + " " + out,
                                true,
                                Ends.TRANSLATED));
    }

    /// A destination option of so many bytes, a multiple of eight.
    private static String option(int length) {
        return "nh=60 headers=00%02x".formatted(length / 8 - 1) + "00".repeat(length - 2);
    }

    /// RFC 1812 §4.3.2.3: as much as fits into 576 bytes, of which headers take 28.
    @Test
    void theLongestErrorHas576Bytes() {
        becomes("6 icmp 1/0 { 567 6 tcp 1200 }", 0, "icmp 3/1 { 547 4 tcp 1200 }");
        becomes("6 icmp 1/0 { 568 6 tcp 1200 }", 0, "icmp 3/1 { 548 4 tcp 1200 }");
        becomes("6 icmp 1/0 { 569 6 tcp 1200 }", 0, "icmp 3/1 { 548 4 tcp 1200 }");
        becomes("6 icmp 1/0 { 1232 6 tcp 1200 }", 0, "icmp 3/1 { 548 4 tcp 1200 }");
    }

    /// RFC 4884: the quoted packet, 128 bytes in 16 units of eight, becomes 108 and 20 of padding,
    /// in 32 units of four.
    @Test
    void anExtensionThatFitsStays() {
        String tail = "20001234" + "5a".repeat(416);
        becomes(
                "6 icmp 3/0 rest=0x10000000 { 128 6 tcp 200 } tail=" + tail,
                0,
                "icmp 11/0 rest=0x00200000 { 108 4 tcp 200 } zeros=20 tail=" + tail);
    }

    @Test
    void anExtensionThatDoesNotFitIsLeftOut() {
        becomes(
                "6 icmp 3/0 rest=0x10000000 { 128 6 tcp 200 } tail=20001234" + "5a".repeat(420),
                0,
                "icmp 11/0 { 108 4 tcp 200 }");
    }

    /// The ports and the word behind are the least that is quoted (RFC 792), and nothing is written
    /// behind them.
    @Test
    void anExtensionMayFollowEightBytesOfTheSegment() {
        String tail = "2000123400080101deadbeef";
        becomes(
                "6 icmp 1/0 rest=0x10000000 { 128 6 " + option(80) + " tcp 200 } tail=" + tail,
                80,
                "icmp 3/1 rest=0x00200000 { 28 4 tcp 200 } zeros=100 tail=" + tail);
    }

    @Test
    void anExtensionThatWouldBeginAmongPortsIsNone() {
        becomes(
                "6 icmp 1/0 rest=0x10000000 { 148 6 " + option(88) + " tcp 200 }",
                88,
                "icmp 3/1 { 40 4 tcp 200 }");
    }

    /// RFC 7915 §5.2: 0 to 1,279 bytes are an MTU that no link of IPv6 has (RFC 8201 §4).
    @Test
    void whatIcmpHasNoWordForIsLeftAsItIs() {
        for (String none : new String[] {"1/5", "2/0 rest=1279", "3/2", "4/2", "4/0 rest=2"}) {
            byte[] error =
                    FamilyPacket.bytes("6 icmp " + none + " { 6 tcp 8 }", true, Ends.TRANSLATED);
            assertThat(translate(error, 0)).as(none).isZero();
            assertThat(Memory.toBytes(flows.load(error), error.length)).isEqualTo(error);
        }
    }

    @Test
    void whatAnErrorPointsToIsWhereItStandsInTheOtherHeader() {
        becomes(
                "6 tc=0xb8 icmp 4/0 rest=7 { 6 tcp 8 }",
                0,
                "tos=0xb8 icmp 12/0 rest=0x08000000 { 4 tcp 8 }");
        becomes("6 icmp 4/1 rest=6 { 6 tcp 8 }", 0, "icmp 3/2 { 4 tcp 8 }");
    }

    @Test
    void aLinkThatIsLongEnoughForIpv6IsTwentyBytesShorter() {
        becomes("6 icmp 2/0 rest=1280 { 6 tcp 8 }", 0, "icmp 3/4 rest=1260 { 4 tcp 8 }");
        becomes("6 icmp 2/0 rest=0xffffffff { 6 tcp 8 }", 0, "icmp 3/4 rest=1480 { 4 tcp 8 }");
    }
}
