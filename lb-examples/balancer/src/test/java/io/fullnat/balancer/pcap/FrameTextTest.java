// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class FrameTextTest {
    private static PacketBuilder ethernet() {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02");
    }

    @Test
    void tellsOfTcpAndUdpOfEitherFamily() {
        assertThat(
                        FrameText.of(
                                ethernet()
                                        .ipv4("198.51.100.7", "192.0.2.80")
                                        .tcp(40000, 80)
                                        .flags(Tcp.SYN | Tcp.ACK)
                                        .sequence(-2)
                                        .acknowledgement(7)
                                        .payload("abc")
                                        .toBytes()))
                .isEqualTo(
                        "198.51.100.7:40000 > 192.0.2.80:80 tcp SYN ACK seq 4294967294 ack 7 length 3");
        assertThat(
                        FrameText.of(
                                ethernet()
                                        .vlan(5)
                                        .ipv6("2001:db8::7", "2001:db8::80")
                                        .udp(40000, 53)
                                        .payload("abcd")
                                        .toBytes()))
                .isEqualTo("vlan 5 [2001:db8::7]:40000 > [2001:db8::80]:53 udp length 4");
    }

    @Test
    void tellsOfNeighboursAndMessages() {
        assertThat(
                        FrameText.of(
                                ethernet()
                                        .arp(
                                                1,
                                                "02:00:00:00:00:01",
                                                "10.0.1.1",
                                                "00:00:00:00:00:00",
                                                "10.0.1.11")
                                        .toBytes()))
                .isEqualTo("arp who has 10.0.1.11 tell 10.0.1.1");
        assertThat(
                        FrameText.of(
                                ethernet()
                                        .arp(
                                                2,
                                                "02:00:00:00:00:01",
                                                "10.0.1.1",
                                                "02:00:00:00:00:02",
                                                "10.0.1.11")
                                        .toBytes()))
                .isEqualTo("arp 10.0.1.1 is at 02:00:00:00:00:01");
        assertThat(
                        FrameText.of(
                                ethernet()
                                        .ipv4("198.51.100.7", "192.0.2.80")
                                        .echoRequest(1, 2)
                                        .toBytes()))
                .isEqualTo("198.51.100.7 > 192.0.2.80 icmp type 8 code 0");
    }

    @Test
    void tellsSomethingOfAnyBytes() {
        byte[] whole =
                ethernet()
                        .vlan(5)
                        .ipv6("2001:db8::7", "2001:db8::80")
                        .tcp(40000, 53)
                        .payload("abcd")
                        .toBytes();
        RandomGenerator random = Seed.generator();
        for (int length = 0; length <= whole.length; length++) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = Arrays.copyOf(whole, length);
                for (int at = 12; at < length; at++) {
                    if (random.nextInt(6) == 0) {
                        bytes[at] = (byte) random.nextInt();
                    }
                }
                assertThat(FrameText.of(bytes)).isNotEmpty().doesNotContain("\n");
            }
        }
    }
}
