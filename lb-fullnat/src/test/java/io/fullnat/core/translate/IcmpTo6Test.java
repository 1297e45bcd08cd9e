// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.translate.FamilyPacket.Ends;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How much of an ICMP error an ICMPv6 error has room for, and what comes behind what it quotes;
/// that each error becomes what RFC 7915 says is in the fixture page `rfc7915.txt`.
class IcmpTo6Test {
    private final FamilyFlows flows = new FamilyFlows(Ends.TRANSLATED);

    @AfterEach
    void free() {
        flows.close();
    }

    private void becomes(String in, String out) {
        long ip = flows.load(FamilyPacket.bytes(in, false, Ends.TRANSLATED));
        FamilyFlows.protocol(flows.toClient, Ipv4.protocol(Ipv4.payload(ip) + Icmp.HEADER_LENGTH));
        long to = IcmpTo6.translate(ip, flows.toClient, 1500, 1500);
        assertThat(to).isNotZero();
        assertThat(Memory.toBytes(to, Ipv6.totalLength(to)))
                .as(in)
                .isEqualTo(FamilyPacket.bytes(out, false, Ends.TRANSLATED));
    }

    /// RFC 4443 §2.4(c): as much as fits into 1,280 bytes, of which headers take 48.
    @Test
    void theLongestErrorHas1280Bytes() {
        becomes("4 icmp 3/1 { 1211 4 tcp 2000 }", "6 hl=63 icmp 1/0 { 1231 6 tcp 2000 }");
        becomes("4 icmp 3/1 { 1212 4 tcp 2000 }", "6 hl=63 icmp 1/0 { 1232 6 tcp 2000 }");
        becomes("4 icmp 3/1 { 1213 4 tcp 2000 }", "6 hl=63 icmp 1/0 { 1232 6 tcp 2000 }");
        becomes("4 icmp 3/1 { 1400 4 tcp 2000 }", "6 hl=63 icmp 1/0 { 1232 6 tcp 2000 }");
    }

    @Test
    void aFragmentHeaderIsPartOfWhatIsQuoted() {
        String quoted = "6 frag=0/1/7 tcp 1480 }";
        becomes("4 icmp 3/1 { 1204 4 id=7 mf tcp 1480 }", "6 hl=63 icmp 1/0 { 1232 " + quoted);
        becomes("4 icmp 3/1 { 1205 4 id=7 mf tcp 1480 }", "6 hl=63 icmp 1/0 { 1232 " + quoted);
        becomes("4 icmp 3/1 { 28 4 id=7 mf tcp 1480 }", "6 hl=63 icmp 1/0 { 56 " + quoted);
    }

    /// RFC 4884: the quoted packet, 1,008 bytes in 252 units of four, becomes 1,032 with padding,
    /// in 129 of eight.
    @Test
    void anExtensionThatFitsStays() {
        String tail = "20001234" + "5a".repeat(196);
        becomes(
                "4 icmp 3/1 rest=0x00fc0000 { 1008 4 tcp 2000 } tail=" + tail,
                "6 hl=63 icmp 1/0 rest=0x81000000 { 1028 6 tcp 2000 } zeros=4 tail=" + tail);
    }

    @Test
    void anExtensionThatDoesNotFitIsLeftOut() {
        becomes(
                "4 icmp 3/1 rest=0x00fc0000 { 1008 4 tcp 2000 } tail=20001234" + "5a".repeat(200),
                "6 hl=63 icmp 1/0 { 1028 6 tcp 2000 }");
    }

    @Test
    void anExtensionBehindAFragmentIsFoundByTheLengthOfBothHeaders() {
        String tail = "2000123400080101deadbeef";
        becomes(
                "4 icmp 11/0 rest=0x00200000 { 128 4 id=7 mf tcp 1480 } tail=" + tail,
                "6 hl=63 icmp 3/0 rest=0x14000000 { 156 6 frag=0/1/7 tcp 1480 } zeros=4 tail="
                        + tail);
    }

    /// A length that ends behind the error, or in front of 128 bytes, is none (RFC 4884 §5.5).
    @ParameterizedTest
    @ValueSource(strings = {"0x00210000", "0x001f0000", "0x00ff0000"})
    void aLengthThatCannotBeRightIsNone(String rest) {
        becomes(
                "4 icmp 3/1 rest=" + rest + " { 132 4 tcp 200 }",
                "6 hl=63 icmp 1/0 { 152 6 tcp 200 }");
    }

    @Test
    void whatAnErrorPointsToIsWhereItStandsInTheOtherHeader() {
        becomes(
                "4 tos=0xb8 icmp 12/0 rest=0x08000000 { 4 udp 8 }",
                "6 tc=0xb8 hl=63 icmp 4/0 rest=7 { 6 udp 8 }");
        becomes("4 icmp 3/2 { 4 udp 8 }", "6 hl=63 icmp 4/1 rest=6 { 6 udp 8 }");
    }

    @Test
    void aLinkOfIpv4IsTwentyBytesLongerForIpv6() {
        becomes("4 icmp 3/4 rest=1300 { 4 udp 8 }", "6 hl=63 icmp 2/0 rest=1320 { 6 udp 8 }");
        becomes("4 icmp 3/4 rest=576 { 4 udp 8 }", "6 hl=63 icmp 2/0 rest=1280 { 6 udp 8 }");
    }

    @Test
    void whatIcmpv6HasNoWordForIsLeftAsItIs() {
        for (String none : new String[] {"3/14", "11/2", "12/1", "5/0", "12/0 rest=0x05000000"}) {
            byte[] error =
                    FamilyPacket.bytes("4 icmp " + none + " { 4 udp 8 }", false, Ends.TRANSLATED);
            long ip = flows.load(error);
            assertThat(IcmpTo6.translate(ip, flows.toClient, 1500, 1500)).isZero();
            assertThat(Memory.toBytes(ip, error.length)).isEqualTo(error);
        }
    }
}
