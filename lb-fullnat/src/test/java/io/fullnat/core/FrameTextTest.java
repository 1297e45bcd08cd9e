// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Frames from text are those that a Linux host sends: the hexadecimal digits were captured between
/// two of them, addresses apart.
class FrameTextTest {
    private static String hex(String text) {
        return HexFormat.of().formatHex(FrameText.frame(text, "wan", "lan", Map.of("p", 40001)));
    }

    private static String digits(String text) {
        return text.replaceAll("\\s", "");
    }

    @Test
    void aDatagram() {
        assertThat(
                        hex(
                                """
                                udp 10.0.0.1:40001 > 10.0.0.2:40000 id=20706 df "fullnat"\
                                """))
                .isEqualTo(
                        digits(
                                """
                                020000000002 020000000001 0800
                                45000023 50e24000 4011d5e5 0a000001 0a000002
                                9c419c40 000ffe07 66756c6c6e6174
                                """));
    }

    @Test
    void aSegmentWithOptionsAndData() {
        assertThat(
                        hex(
                                """
                                tcp 10.0.0.1:41270 > 10.0.0.2:34000 PA id=30291 df seq=3809186696 \
                                ack=646699937 win=63 \
                                tcp-options=0101080aa5670d9c66b66379 "hello"\
                                """))
                .isEqualTo(
                        digits(
                                """
                                020000000002 020000000001 0800
                                45000039 76534000 4006b069 0a000001 0a000002
                                a13684d0 e30b9388 268bdba1 8018003f 02a10000
                                0101080a a5670d9c 66b66379 68656c6c6f
                                """));
    }

    @Test
    void anErrorThatQuotesADatagram() {
        assertThat(
                        hex(
                                """
                                icmp 10.0.0.2 > 10.0.0.1 3/3 tos=0xc0 id=49176 \
                                {udp 10.0.0.1:p > 10.0.0.2:40000 id=20706 df "fullnat"}\
                                """))
                .isEqualTo(
                        digits(
                                """
                                020000000002 020000000001 0800
                                45c0003f c0180000 4001a5e3 0a000002 0a000001
                                03031120 00000000
                                45000023 50e24000 4011d5e5 0a000001 0a000002
                                9c419c40 000ffe07 66756c6c6e6174
                                """));
    }

    @Test
    void arp() {
        assertThat(hex("arp who-has 10.0.0.2 tell 10.0.0.1"))
                .isEqualTo(
                        digits(
                                """
                                ffffffffffff 020000000001 0806 0001 0800 06 04 0001
                                020000000001 0a000001 000000000000 0a000002
                                """));
        assertThat(hex("arp 10.0.0.2 is-at wan for 10.0.0.1 vlan=100"))
                .isEqualTo(
                        digits(
                                """
                                020000000002 020000000001 8100 0064 0806 0001 0800 06 04 0002
                                020000000001 0a000002 020000000002 0a000001
                                """));
    }

    @Test
    void lengthsOfFrames() {
        assertThat(FrameText.frame("ether 0x86dd padded", "wan", "lan", Map.of())).hasSize(60);
        assertThat(FrameText.frame("ether 0x86dd bytes=9 cut=20", "wan", "lan", Map.of()))
                .hasSize(20);
    }

    @Test
    void whatIsNotUnderstoodIsSaid() {
        assertThatThrownBy(() -> hex("udp 10.0.0.1:1 > 10.0.0.2:2 tttl=3"))
                .hasMessage("tttl=3 says nothing of a frame");
        assertThatThrownBy(() -> hex("udp 10.0.0.1:1 > 10.0.0.2:q"))
                .hasMessage("no port is called q yet");
        assertThatThrownBy(() -> hex("udp 10.0.0.1:1 > 10.0.0.2:2 \"x"))
                .hasMessageStartingWith("a quotation has no end");
    }
}
