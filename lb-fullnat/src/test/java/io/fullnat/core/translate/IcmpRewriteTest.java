// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What an ICMP error says after translation: the error of the server's side about a packet from
/// 10.0.1.100:2000 to 10.0.1.11:8080 becomes one to 198.51.100.7 about its packet to 192.0.2.80.
class IcmpRewriteTest {
    private final Region memory = Region.allocate(2048, "a packet");
    private final long ip = memory.address() + 64;
    private final long flow = memory.address() + 1024;

    IcmpRewriteTest() {
        Memory.zero(memory.address(), 2048);
        put(ConnectionLayout.NEW_ADDRESSES, "192.0.2.80");
        put(ConnectionLayout.NEW_ADDRESSES + 4, "198.51.100.7");
        Memory.putNetworkShort(flow + ConnectionLayout.NEW_PORTS, 80);
        Memory.putNetworkShort(flow + ConnectionLayout.NEW_PORTS + 2, 40000);
    }

    @AfterEach
    void free() {
        memory.close();
    }

    private void put(int offset, String address) {
        Memory.putNetworkInt(flow + offset, Ipv4Address.parse(address).bits());
    }

    private static PacketBuilder quoted(boolean tcp, boolean outside) {
        PacketBuilder packet =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4(
                                outside ? "198.51.100.7" : "10.0.1.100",
                                outside ? "192.0.2.80" : "10.0.1.11")
                        .timeToLive(3);
        int from = outside ? 40000 : 2000;
        int to = outside ? 80 : 8080;
        return tcp
                ? packet.tcp(from, to).sequence(7).payload("data")
                : packet.udp(from, to).payload("data");
    }

    private static byte[] error(PacketBuilder about, int bytes, boolean outside) {
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4(
                                outside ? "192.0.2.80" : "10.0.1.11",
                                outside ? "198.51.100.7" : "10.0.1.100")
                        .timeToLive(outside ? 63 : 64)
                        .icmp(3, 1, 0)
                        .quoting(about.toBytes(), bytes)
                        .toBytes();
        return Arrays.copyOfRange(frame, 14, frame.length);
    }

    @ParameterizedTest
    @CsvSource({"true, 8", "true, 16", "true, 18", "true, 24", "false, 8", "false, 12"})
    void itIsTheErrorThatTheSendersPacketWouldHaveGot(boolean tcp, int bytes) {
        byte[] before = error(quoted(tcp, false), bytes, false);
        Memory.fromBytes(before, ip);
        long inner = ip + 28;
        IcmpRewrite.quoted(inner, inner + 20, bytes, flow);
        IcmpRewrite.outer(ip, flow);

        assertThat(Memory.toBytes(ip, before.length))
                .isEqualTo(error(quoted(tcp, true), bytes, true));
        assertThat(Memory.getByte(ip + before.length)).as("nothing behind it").isZero();
    }

    @Test
    void aDatagramWithoutChecksumHasNone() {
        Memory.fromBytes(error(quoted(false, false).noUdpChecksum(), 12, false), ip);
        IcmpRewrite.quoted(ip + 28, ip + 48, 12, flow);
        IcmpRewrite.outer(ip, flow);

        byte[] expected = error(quoted(false, true).noUdpChecksum(), 12, true);
        assertThat(Memory.toBytes(ip, expected.length)).isEqualTo(expected);
    }

    @Test
    void onlyTheBeginningOfATcpOrUdpPacketCanBeTranslated() {
        byte[] packet = error(quoted(false, false), 8, false);
        Memory.fromBytes(packet, ip);
        long inner = Ipv4.payload(ip) + Icmp.HEADER_LENGTH;
        assertThat(IcmpRewrite.isTranslatable(inner, 28)).isTrue();
        assertThat(IcmpRewrite.isTranslatable(inner, 27)).isFalse();
        assertThat(IcmpRewrite.isTranslatable(inner, 19)).isFalse();

        Memory.putByte(inner, 0x46);
        assertThat(IcmpRewrite.isTranslatable(inner, 31)).as("with options").isFalse();
        assertThat(IcmpRewrite.isTranslatable(inner, 32)).isTrue();
        Memory.putByte(inner, 0x44);
        assertThat(IcmpRewrite.isTranslatable(inner, 32)).as("a short header").isFalse();
        Memory.putByte(inner, 0x65);
        assertThat(IcmpRewrite.isTranslatable(inner, 32)).as("version 6").isFalse();
        Memory.putByte(inner, 0x45);
        Ipv4.flagsAndFragment(inner, 1);
        assertThat(IcmpRewrite.isTranslatable(inner, 28)).as("a later fragment").isFalse();
        Ipv4.flagsAndFragment(inner, Ipv4.FLAG_MORE_FRAGMENTS);
        assertThat(IcmpRewrite.isTranslatable(inner, 28)).as("the first").isTrue();
        Ipv4.protocol(inner, 1);
        assertThat(IcmpRewrite.isTranslatable(inner, 28)).as("of ICMP").isFalse();
    }
}
