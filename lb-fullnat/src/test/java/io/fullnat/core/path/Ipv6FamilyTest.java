// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What [Ipv6Family] says of the packet in hand, with extension headers and without.
class Ipv6FamilyTest {
    private static final String FROM = "2001:db8:7::9";
    private static final String TO = "2001:db8::80";

    private final Region memory = Region.allocate(2048, "a packet");
    private final ConnectionTable table = new ConnectionTable(4, 1, 0, (of, how) -> {}, 1, true);
    private final Ipv6Family family = new Ipv6Family(table.wide());
    private final long ip = memory.address() + Ethernet.HEADER_LENGTH;

    @AfterEach
    void close() {
        table.close();
        memory.close();
    }

    private static PacketBuilder from(String source, String destination) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv6(source, destination)
                .timeToLive(9);
    }

    private void take(PacketBuilder packet) {
        int length = packet.writeTo(memory.address());
        assertThat(family.take(ip, length - Ethernet.HEADER_LENGTH)).isEqualTo(Ipv6Chain.RIGHT);
    }

    @Test
    void aPlainPacketHasItsTransportHeaderBehindTheOther() {
        take(from(FROM, TO).udp(40_000, 53).payload(new byte[10]));
        family.takePlain(ip);
        assertThat(family.protocol(ip)).isEqualTo(17);
        assertThat(family.transport(ip)).isEqualTo(ip + 40);
        assertThat(family.transportLength(ip)).isEqualTo(18);
        assertThat(family.totalLength(ip)).isEqualTo(58);
        assertThat(family.hopLimit(ip)).isEqualTo(9);
        assertThat(family.fragment(ip)).isZero();
        assertThat(family.isFragment(ip)).isFalse();
        assertThat(family.fragmentOffset(ip)).isZero();
        assertThat(family.hasMoreFragments(ip)).isFalse();
        assertThat(family.destinationPort(ip)).isEqualTo(53);
    }

    @Test
    void extensionHeadersAreSkipped() {
        take(
                from(FROM, TO)
                        .extension(Ipv6Extension.routerAlert())
                        .tcp(40_000, 80)
                        .payload(new byte[3]));
        assertThat(family.protocol(ip)).isEqualTo(6);
        assertThat(family.transport(ip)).isEqualTo(ip + 48);
        assertThat(family.transportLength(ip)).isEqualTo(23);
        assertThat(family.totalLength(ip)).isEqualTo(71);
        assertThat(family.isSumRight(ip)).isTrue();
        take(from(FROM, TO).tcp(40_000, 80).badTransportChecksum());
        assertThat(family.isSumRight(ip)).isFalse();
    }

    /// One that is its own first and last part is none (RFC 6946).
    @ParameterizedTest
    @CsvSource({"0, false, false", "0, true, true", "1448, true, true", "65512, false, true"})
    void aFragmentIsAPartOfMore(int offset, boolean more, boolean isFragment) {
        take(
                from(FROM, TO)
                        .extension(Ipv6Extension.fragment(offset, more, 0x1234_5678))
                        .protocol(17)
                        .payload(new byte[16]));
        assertThat(family.isFragment(ip)).isEqualTo(isFragment);
        assertThat(family.fragment(ip)).isEqualTo(ip + 40);
        assertThat(family.fragmentOffset(ip)).isEqualTo(offset);
        assertThat(family.hasMoreFragments(ip)).isEqualTo(more);
        assertThat(family.fragmentIdentification(ip)).isEqualTo(0x1234_5678);
        assertThat(family.isBare(ip)).isTrue();
    }

    /// RFC 4291 §2.5.6.
    @ParameterizedTest
    @CsvSource({
        "2001:db8:7::9, 2001:db8::80, ''",
        "fe80::9, 2001:db8::80, BAD_SOURCE",
        "febf::9, 2001:db8::80, BAD_SOURCE",
        "fec0::9, 2001:db8::80, ''"
    })
    void whatIsOfOneLinkIsNotForwarded(String source, String destination, String refusal) {
        take(from(source, destination).udp(1, 2));
        Outcome outcome = family.refusal(ip);
        assertThat(outcome == null ? "" : outcome.name()).isEqualTo(refusal);
    }

    /// RFC 4942 §2.2.
    @Test
    void whatNamesAHostOfIpv4IsNotForwarded() {
        take(from(FROM, TO).udp(1, 2));
        Memory.putNetworkLong(ip + 24, 0);
        Memory.putNetworkLong(ip + 32, 0xFFFF_C000_0201L);
        assertThat(family.refusal(ip)).isEqualTo(Outcome.NOT_LOCAL);
        Memory.putNetworkLong(ip + 8, 0);
        Memory.putNetworkLong(ip + 16, 0xFFFF_C000_0201L);
        assertThat(family.refusal(ip)).isEqualTo(Outcome.BAD_SOURCE);
    }

    @Test
    void itsRulesAreThoseOfIpv6() {
        take(from(FROM, TO).udp(1, 2));
        assertThat(family.mayFragment(ip)).isFalse();
        assertThat(family.needsUdpChecksum()).isTrue();
        assertThat(family.shortestHeader()).isEqualTo(40);
        assertThat(family.isWide()).isTrue();
    }

    @Test
    void anAnswerIsAWholePacket() {
        PacketBuilder expected = from(TO, FROM).timeToLive(64).tcp(80, 40_000).flags(20);
        take(expected);
        byte[] whole = expected.toBytes();
        take(from(FROM, TO).tcp(80, 40_000).flags(20));
        family.writeAnswer(
                ip,
                family.destinationHigh(ip),
                family.destinationLow(ip),
                family.sourceHigh(ip),
                family.sourceLow(ip),
                20);
        assertThat(Memory.toBytes(ip, 60)).isEqualTo(Arrays.copyOfRange(whole, 14, 74));
    }
}
