// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.CLIENT_PORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments that become fragments of the other family (RFC 7915 §4.1, §5.1): headers, sizes, and
/// what has no words there.
class CrossFamilyFragmentsTest {
    private static int word(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xFFFF;
    }

    private static PacketBuilder fromClient4() {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv4(Rig.CLIENT, Rig.VIP);
    }

    private static List<byte[]> send(FamilyRig rig, List<byte[]> frames) {
        List<byte[]> out = new ArrayList<>();
        for (byte[] frame : frames) {
            rig.rig.client.send(frame);
            rig.rig.run();
            out.addAll(rig.rig.out());
        }
        return out;
    }

    private static byte[] arrived(FamilyRig rig, int port, int length) {
        return rig.toServer().udp(port, 5353).payload(Parts.noise(length)).toBytes();
    }

    /// §4.1: place and "more fragments" move to a fragment header.
    @Test
    void aFragmentOfIpv4GetsAFragmentHeader() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            int port = rig.connect();
            byte[] whole = fromClient4().udp(CLIENT_PORT, 53).payload(Parts.noise(2_000)).toBytes();
            List<byte[]> out = send(rig, Parts.cut(whole, 0xBEEF, 1_000));
            for (byte[] frame : out) {
                assertThat(frame[20]).as("next header").isEqualTo((byte) 44);
                assertThat(frame[21]).as("hop limit").isEqualTo((byte) 63);
                assertThat(frame[54]).as("behind it").isEqualTo((byte) 17);
            }
            assertThat(Parts.joined(out)).isEqualTo(arrived(rig, port, 2_000));
        }
    }

    /// §5.1.1: routers may cut further.
    @Test
    void aFragmentOfIpv6HasNoDf() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            int port = rig.connect();
            byte[] whole =
                    rig.fromClient().udp(CLIENT_PORT, 53).payload(Parts.noise(4_000)).toBytes();
            List<byte[]> out = send(rig, Parts.cut(whole, 0xABCD_1234, 1_400));
            assertThat(out).hasSize(3);
            for (byte[] frame : out) {
                assertThat(word(frame, 20) & 0x4000).as("DF").isZero();
            }
            assertThat(Parts.joined(out)).isEqualTo(arrived(rig, port, 4_000));
        }
    }

    /// T08 (Jool#442): fragments of 760 and 748 bytes, a link of 1,420; and ones too large for it,
    /// which are cut at multiples of eight to what each link of IPv6 takes.
    @ParameterizedTest
    @CsvSource({"1420, 760, 748", "1420, 1480, 100", "1280, 1232, 1232", "1500, 1480, 1480"})
    void fragmentsOfIpv4FitLinksOfIpv6(int mtu, int first, int second) {
        try (FamilyRig rig = new FamilyRig(Way.TO_6, Rig.withMtus(1500, mtu))) {
            int port = rig.connect();
            int length = first + second - 8;
            byte[] whole =
                    fromClient4().udp(CLIENT_PORT, 53).payload(Parts.noise(length)).toBytes();
            List<byte[]> out =
                    send(
                            rig,
                            List.of(
                                    Parts.part(whole, 9, 0, first, true),
                                    Parts.part(whole, 9, first, first + second, false)));
            assertThat(out).allSatisfy(f -> assertThat(Parts.totalLength(f)).isLessThan(1_281));
            assertThat(Parts.joined(out)).isEqualTo(arrived(rig, port, length));
            assertThat(out).hasSize((first > 1_232 ? 2 : 1) + (second > 1_232 ? 2 : 1));
        }
    }

    /// A fragment with DF that does not fit is told what would have, with the fragment header.
    @Test
    void aFragmentWithDfIsToldTheMtu() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6, Rig.withMtus(1500, 1400))) {
            rig.connect();
            byte[] error =
                    rig.clientSends(
                                    rig.fromClient()
                                            .udp(CLIENT_PORT, 53)
                                            .payload(Parts.noise(1_472))
                                            .fragment(0, true))
                            .getFirst();
            assertThat(word(error, 34)).as("type and code").isEqualTo(0x0304);
            assertThat(word(error, 40)).as("MTU").isEqualTo(1400 - 20 - 8);
            assertThat(rig.rig.count(Outcome.TOO_BIG)).isOne();
        }
    }

    /// What came in fragments of IPv6 is cut where a link of IPv4 takes less, whatever its size.
    @ParameterizedTest
    @ValueSource(ints = {576, 905, 1259, 1400})
    void fragmentsOfIpv6AreCutForLinksOfIpv4(int mtu) {
        try (FamilyRig rig = new FamilyRig(Way.TO_4, Rig.withMtus(1500, mtu), mtu >= 1280)) {
            int port = rig.connect();
            byte[] whole =
                    rig.fromClient().udp(CLIENT_PORT, 53).payload(Parts.noise(4_000)).toBytes();
            List<byte[]> out = send(rig, Parts.cut(whole, 0x77, 1_448));
            assertThat(out)
                    .allSatisfy(f -> assertThat(Parts.totalLength(f)).isLessThanOrEqualTo(mtu));
            assertThat(Parts.joined(out)).isEqualTo(arrived(rig, port, 4_000));
            assertThat(rig.rig.count(Counter.FRAGMENTED)).isPositive();
        }
    }

    /// T10 (Jool#446, RFC 7915 §4.5): no checksum can be summed up from a part of a datagram.
    @Test
    void fragmentsOfADatagramWithoutAChecksumAreDropped() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            int port = rig.connect();
            byte[] whole =
                    fromClient4()
                            .udp(CLIENT_PORT, 53)
                            .noUdpChecksum()
                            .payload(Parts.noise(2_000))
                            .toBytes();
            assertThat(send(rig, Parts.cut(whole, 9, 1_000))).isEmpty();
            assertThat(rig.rig.count(Outcome.NO_UDP_CHECKSUM)).isOne();
            assertThat(rig.rig.count(Outcome.FRAGMENT)).as("those behind").isEqualTo(2);
            byte[] next = fromClient4().udp(CLIENT_PORT, 53).payload(Parts.noise(2_000)).toBytes();
            assertThat(Parts.joined(send(rig, Parts.cut(next, 10, 1_000))))
                    .isEqualTo(arrived(rig, port, 2_000));
        }
    }

    /// Within IPv4 a datagram needs none, and stays without.
    @Test
    void withinIpv4NoChecksumIsNeeded() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured()) {
            byte[] whole =
                    fromClient4()
                            .udp(CLIENT_PORT, 53)
                            .noUdpChecksum()
                            .payload(Parts.noise(99))
                            .toBytes();
            List<byte[]> out = new ArrayList<>();
            for (byte[] part : Parts.cut(whole, 9, 64)) {
                rig.client.send(part);
                rig.run();
                out.addAll(rig.out());
            }
            byte[] joined = Parts.joined(out);
            assertThat(word(joined, 40)).isZero();
            assertThat(joined).endsWith(Parts.noise(99));
        }
    }

    /// A datagram of IPv6 must have one.
    @Test
    void fragmentsOfIpv6WithoutAChecksumAreDropped() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            rig.connect();
            byte[] whole =
                    rig.fromClient()
                            .udp(CLIENT_PORT, 53)
                            .noUdpChecksum()
                            .payload(Parts.noise(999))
                            .toBytes();
            List<byte[]> parts = new ArrayList<>(Parts.cut(whole, 9, 504));
            parts.addFirst(parts.remove(1));
            assertThat(send(rig, parts)).isEmpty();
            assertThat(rig.rig.count(Outcome.NO_UDP_CHECKSUM)).isOne();
            assertThat(rig.rig.count(Outcome.FRAGMENT)).as("the other one").isOne();
            assertThat(rig.rig.count(Counter.WAITING)).isZero();
        }
    }

    /// Extension headers in front of the fragment header are in each fragment, and left out; those
    /// behind it are a part of what was cut, and nobody can leave them out.
    @Test
    void extensionHeadersBehindTheFragmentHeaderEndThePacket() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            int port = rig.connect();
            byte[] part = Parts.noise(64);
            List<byte[]> out =
                    rig.clientSends(
                            rig.fromClient()
                                    .extension(Ipv6Extension.destination())
                                    .extension(Ipv6Extension.fragment(0, true, 7))
                                    .udp(CLIENT_PORT, 53)
                                    .payload(part));
            assertThat(word(out.getFirst(), 34)).isEqualTo(port);
            assertThat(
                            rig.clientSends(
                                    rig.fromClient()
                                            .extension(Ipv6Extension.fragment(0, true, 8))
                                            .extension(Ipv6Extension.destination())
                                            .udp(CLIENT_PORT, 53)
                                            .payload(part)))
                    .isEmpty();
            assertThat(rig.rig.count(Outcome.FRAGMENT)).isOne();
            byte[] whole =
                    rig.fromClient().udp(CLIENT_PORT, 53).payload(Parts.noise(999)).toBytes();
            assertThat(send(rig, Parts.cut(whole, 8, 504).subList(1, 2))).isEmpty();
            assertThat(rig.rig.count(Outcome.FRAGMENT)).as("and those behind").isEqualTo(2);
        }
    }
}
