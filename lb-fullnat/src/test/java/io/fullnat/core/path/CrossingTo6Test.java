// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.transmit.Transmitter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What has to be known of packets of IPv4 that leave as IPv6, and what they are then (RFC 7915
/// §4): those of a client of IPv4 whose real server is one of IPv6.
@ParameterizedClass
@ValueSource(ints = {OpenBench.TCP, OpenBench.UDP})
class CrossingTo6Test {
    private static final int IDENTIFICATION = 0xABCD;

    private final PathBench bench;
    private final CrossingTo6 crossing;
    private final int protocol;
    private final int header;

    CrossingTo6Test(int protocol) {
        this.protocol = protocol;
        header = protocol == OpenBench.TCP ? 20 : 8;
        bench = new PathBench(Families.IPV4_TO_IPV6, protocol);
        crossing = new CrossingTo6(bench.bench.neighbourhood.answers());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder packet(int payload) {
        return bench.arriving(INBOUND).identification(IDENTIFICATION).payload(bytes(payload));
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private PacketBuilder later(int offset, int payload, boolean more) {
        return bench.from(INBOUND)
                .identification(IDENTIFICATION)
                .fragment(offset, more)
                .protocol(protocol)
                .payload(new byte[payload]);
    }

    private long load(PacketBuilder packet) {
        return bench.receive(INBOUND, packet).l3();
    }

    /// Options of IPv4 are left out; what is a fragment has a header that says so.
    @Test
    void aPacketBecomesTwentyBytesLongerAndAFragmentEightMore() {
        isLong(packet(0), 40 + header);
        isLong(packet(100), 140 + header);
        isLong(packet(100).ipOptions(new byte[8]), 140 + header);
        isLong(packet(100).padding(4), 140 + header);
        isLong(packet(100).fragment(0, true), 148 + header);
        isLong(later(1480, 100, false), 148);
        isLong(later(1480, 104, true), 152);
    }

    private void isLong(PacketBuilder packet, int length) {
        assertThat(crossing.length(load(packet))).isEqualTo(length);
        bench.free();
    }

    /// RFC 7915 §4: its sender does not look for the path's MTU.
    @ParameterizedTest
    @CsvSource({
        "false, 1500, 1280",
        "false, 1281, 1280",
        "false, 1280, 1280",
        "false, 1000, 1000",
        "true, 1500, 1500",
        "true, 1000, 1000"
    })
    void whatMayBeCutIsCutToWhatEachLinkTakes(boolean whole, int mtu, int longest) {
        PacketBuilder packet = packet(8);
        long ip = load(whole ? packet.dontFragment() : packet);
        assertThat(crossing.mayFragment(ip)).isEqualTo(!whole);
        assertThat(crossing.longest(ip, mtu)).isEqualTo(longest);
        bench.free();
    }

    @Test
    void aSenderHearsWhatItsPacketsMayHaveAsIpv4() {
        assertThat(crossing.told(load(packet(8).dontFragment()), 1500)).isEqualTo(1480);
        bench.free();
        assertThat(crossing.told(load(packet(8).fragment(0, true)), 1500)).isEqualTo(1472);
        bench.free();
    }

    private @Nullable Outcome refusal(PacketBuilder packet) {
        Outcome refusal = crossing.refusal(bench.receive(INBOUND, packet));
        assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
        bench.free();
        return refusal;
    }

    /// None can be summed up from a part of a datagram (RFC 7915 §4.5).
    @Test
    void theFirstFragmentOfADatagramMustHaveAChecksum() {
        boolean udp = protocol == OpenBench.UDP;
        PacketBuilder first = packet(32).sequence(0).fragment(0, true);
        assertThat(refusal(first)).isNull();
        assertThat(refusal(first.noUdpChecksum())).isEqualTo(udp ? Outcome.NO_UDP_CHECKSUM : null);
        assertThat(refusal(packet(32).sequence(0).noUdpChecksum())).as("a whole one").isNull();
        assertThat(refusal(later(8, 32, true))).as("with zeros there").isNull();
        assertThat(refusal(later(8, 32, false))).isNull();
        assertThat(bench.sent()).as("nothing is said").isEmpty();
    }

    /// RFC 7915 §4.1: a loose one and a strict one.
    @ParameterizedTest
    @ValueSource(ints = {131, 137})
    void aSourceRouteThatIsNotDoneWithEndsHere(int kind) {
        byte[] route = {(byte) kind, 7, 4, 10, 0, 0, 1};
        PacketBuilder packet = packet(32).ipOptions(route);
        assertThat(refusal(packet)).isEqualTo(Outcome.SOURCE_ROUTED);
        PacketBuilder error =
                bench.to(OUTBOUND)
                        .dontFragment()
                        .icmp(3, 5, 0)
                        .quoting(packet.toBytes(), header + 32);
        assertThat(bench.sent()).containsExactly(PathBench.bytes(error));
        route[2] = 8;
        assertThat(refusal(packet(32).ipOptions(route))).as("one that is").isNull();
        route[0] = 7;
        route[2] = 4;
        assertThat(refusal(packet(32).ipOptions(route))).as("a record").isNull();
        assertThat(bench.sent()).isEmpty();
    }

    /// From its IP header on.
    private void becomes(PacketBuilder packet, PacketBuilder expected) {
        long to = crossing.translate(bench.flow(INBOUND), load(packet));
        byte[] frame = expected.toBytes();
        assertThat(Memory.toBytes(to, crossing.sentLength(to)))
                .isEqualTo(Arrays.copyOfRange(frame, 18, frame.length));
        assertThat(crossing.transport(to)).isEqualTo(to + 40);
        bench.free();
    }

    private PacketBuilder crossed(int payload) {
        return bench.leaving(INBOUND).payload(bytes(payload));
    }

    @Test
    void aPacketIsTranslated() {
        becomes(packet(33), crossed(33));
        becomes(
                packet(33).ipOptions(new byte[12]).typeOfService(0xB8),
                crossed(33).typeOfService(0xB8));
    }

    /// A whole datagram without a checksum gets the one that IPv6 must have.
    @Test
    void aDatagramGetsItsChecksum() {
        becomes(packet(33).noUdpChecksum(), crossed(33));
    }

    @Test
    void aFragmentStaysOneOfThePacketThatItBelongsTo() {
        becomes(
                packet(32).fragment(0, true),
                crossed(32).extension(Ipv6Extension.fragment(0, true, IDENTIFICATION)));
        becomes(
                later(1480, 40, true),
                laterCrossed(40, Ipv6Extension.fragment(1480, true, IDENTIFICATION)));
        becomes(
                later(1520, 3, false),
                laterCrossed(3, Ipv6Extension.fragment(1520, false, IDENTIFICATION)));
    }

    private PacketBuilder laterCrossed(int payload, Ipv6Extension fragment) {
        return bench.to(INBOUND)
                .timeToLive(63)
                .extension(fragment)
                .protocol(protocol)
                .payload(new byte[payload]);
    }

    @Test
    void theIdentificationIsThatOfThePacketAsItCame() {
        assertThat(crossing.identification(load(packet(1)))).isEqualTo(IDENTIFICATION);
        bench.free();
    }

    /// With an identification that it had as IPv4, each part as long as fits into 1,280 bytes.
    @Test
    void aLongPacketIsSentInFragments() {
        PacketBuilder packet = packet(1400 - header);
        Frame frame = bench.receive(INBOUND, packet);
        int identification = crossing.identification(frame.l3());
        frame.moveTo(crossing.translate(bench.flow(INBOUND), frame.l3()));
        Transmitter transmitter = bench.context.stack().transmitter(0);
        crossing.fragment(
                new Fragmenter(bench.context.stack()),
                frame,
                bench.bench.adjacencies.entry(bench.serverHop()),
                transmitter,
                Transmitter.IN,
                identification);
        byte[] whole = crossed(1400 - header).toBytes();
        int behind = 18 + 40;
        int cut = 1280 - 48;
        assertThat(bench.sent())
                .containsExactly(
                        part(Arrays.copyOfRange(whole, behind, behind + cut), 0, true),
                        part(Arrays.copyOfRange(whole, behind + cut, whole.length), cut, false));
    }

    private byte[] part(byte[] payload, int offset, boolean more) {
        return bench.to(INBOUND)
                .timeToLive(63)
                .extension(Ipv6Extension.fragment(offset, more, IDENTIFICATION))
                .protocol(protocol)
                .payload(payload)
                .toBytes();
    }
}
