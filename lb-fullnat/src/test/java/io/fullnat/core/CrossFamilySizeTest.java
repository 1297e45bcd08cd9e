// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.CLIENT_PORT;
import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections between families and the sizes of packets: headers differ by 20 bytes, links are
/// what they are, and IPv6 has none below 1,280.
class CrossFamilySizeTest {
    private static final int UDP = 8;

    private static PacketBuilder datagram(PacketBuilder packet, int from, int to, int length) {
        return packet.udp(from, to).payload(data(length));
    }

    private static byte[] data(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7 + (i >> 8));
        }
        return bytes;
    }

    private static int word(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xFFFF;
    }

    /// T03: a packet of IPv4 that does not fit when it has become IPv6 is told what would have.
    @ParameterizedTest
    @CsvSource({"1500, 1500, 1480", "1500, 1481, 1480", "1400, 1500, 1380", "1300, 1281, 1280"})
    void whatDoesNotFitAsIpv6IsToldWhatWould(int mtu, int length, int told) {
        try (FamilyRig rig = new FamilyRig(Way.TO_6, Rig.withMtus(1500, mtu))) {
            rig.connect();
            byte[] error =
                    rig.clientSends(datagram(rig.fromClient(), CLIENT_PORT, 53, length - 20 - UDP))
                            .getFirst();
            assertThat(word(error, 34)).as("type and code").isEqualTo(0x0304);
            assertThat(word(error, 40)).as("MTU").isEqualTo(told);
            assertThat(rig.rig.count(Outcome.TOO_BIG)).isOne();
        }
    }

    /// T03, T05: a packet of IPv6 that does not fit as IPv4 is told no less than 1,280.
    @ParameterizedTest
    @CsvSource({"1400, 1500, 1420", "1400, 1421, 1420", "1270, 1300, 1290", "1000, 1281, 1280"})
    void whatDoesNotFitAsIpv4IsToldWhatWould(int mtu, int length, int told) {
        try (FamilyRig rig = new FamilyRig(Way.TO_4, Rig.withMtus(1500, mtu), mtu >= 1280)) {
            rig.connect();
            byte[] error =
                    rig.clientSends(datagram(rig.fromClient(), CLIENT_PORT, 53, length - 40 - UDP))
                            .getFirst();
            assertThat(word(error, 54)).as("type and code").isEqualTo(0x0200);
            assertThat(ByteBuffer.wrap(error).getInt(58)).as("MTU").isEqualTo(told);
            assertThat(rig.rig.count(Outcome.TOO_BIG)).isOne();
        }
    }

    @ParameterizedTest
    @CsvSource({"TO_4, 1500, 1400, 1420", "TO_6, 1500, 1400, 1380"})
    void whatJustFitsIsSentWhole(Way way, int wan, int lan, int length) {
        try (FamilyRig rig = new FamilyRig(way, Rig.withMtus(wan, lan))) {
            int port = rig.connect();
            int data = length - (rig.to4 ? 40 : 20) - UDP;
            PacketBuilder expected = datagram(rig.toServer(), port, 5353, data);
            if (rig.to4) {
                expected.dontFragment();
            }
            assertSent(
                    rig.clientSends(datagram(rig.fromClient(), CLIENT_PORT, 53, data)), expected);
        }
    }

    /// T06: up to 1,260 bytes of IPv4 may be fragmented, and none has another's identification.
    @Test
    void onlyWhatMayBeFragmentedHasNoDf() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            rig.connect();
            Set<Integer> identifications = new HashSet<>();
            for (int i = 0; i < 100; i++) {
                int length = i % 2 == 0 ? 1280 : 1281;
                byte[] frame =
                        rig.clientSends(
                                        datagram(
                                                rig.fromClient(),
                                                CLIENT_PORT,
                                                53,
                                                length - 40 - UDP))
                                .getFirst();
                assertThat(word(frame, 16)).isEqualTo(length - 20);
                assertThat(word(frame, 20)).as("flags").isEqualTo(i % 2 == 0 ? 0 : 0x4000);
                identifications.add(word(frame, 18));
            }
            assertThat(identifications).hasSize(100);
        }
    }

    /// T07: what must not be fragmented is not, however short the shortest link of IPv6 may be.
    @Test
    void whatHasDfIsTranslatedWhole() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            int port = rig.connect();
            assertSent(
                    rig.clientSends(datagram(rig.fromClient(), CLIENT_PORT, 53, 1328 - 28)),
                    datagram(rig.toServer(), port, 5353, 1328 - 28));
            assertThat(rig.rig.count(Counter.FRAGMENTED)).isZero();
        }
    }

    /// T08: what may be fragmented is cut to 1,280 bytes of IPv6, in multiples of eight.
    @ParameterizedTest
    @CsvSource({"1500, 1500", "1500, 1281", "1420, 1480", "1280, 1261"})
    void whatHasNoDfIsFragmentedAsIpv6(int mtu, int length) {
        try (FamilyRig rig = new FamilyRig(Way.TO_6, Rig.withMtus(1500, mtu))) {
            int port = rig.connect();
            int data = length - 20 - UDP;
            PacketBuilder packet =
                    PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                            .ipv4(Rig.CLIENT, Rig.VIP)
                            .identification(0xBEEF);
            List<byte[]> frames = rig.clientSends(datagram(packet, CLIENT_PORT, 53, data));
            byte[] whole = datagram(rig.toServer(), port, 5353, data).toBytes();
            byte[] put = new byte[whole.length - 54];
            Set<Integer> identifications = new HashSet<>();
            assertThat(frames).hasSize(2);
            for (byte[] frame : frames) {
                assertThat(frame.length - 14).isLessThanOrEqualTo(1280);
                assertThat(frame[20]).as("next header").isEqualTo((byte) 44);
                assertThat(frame[54]).as("behind it").isEqualTo((byte) 17);
                identifications.add(ByteBuffer.wrap(frame).getInt(58));
                int offset = word(frame, 56) & ~7;
                boolean more = (word(frame, 56) & 1) != 0;
                assertThat(more).isEqualTo(offset == 0);
                System.arraycopy(frame, 62, put, offset, frame.length - 62);
            }
            assertThat(put).isEqualTo(Arrays.copyOfRange(whole, 54, whole.length));
            assertThat(identifications).as("one of its own").hasSize(1).doesNotContain(0xBEEF);
            assertThat(rig.rig.count(Counter.FRAGMENTED)).isOne();
            assertThat(rig.rig.count(Outcome.FORWARDED_IN)).isEqualTo(2);
        }
    }

    /// T05: what came as 1,280 bytes of IPv6 is cut where a link of IPv4 takes less.
    @ParameterizedTest
    @ValueSource(ints = {576, 905, 1259})
    void whatIpv6MakesNoShorterIsFragmentedAsIpv4(int mtu) {
        try (FamilyRig rig = new FamilyRig(Way.TO_4, Rig.withMtus(1500, mtu), mtu >= 1280)) {
            rig.connect();
            List<byte[]> frames =
                    rig.clientSends(datagram(rig.fromClient(), CLIENT_PORT, 53, 1280 - 40 - UDP));
            assertThat(frames).hasSizeGreaterThan(1);
            for (byte[] frame : frames) {
                assertThat(word(frame, 16)).isLessThanOrEqualTo(mtu);
                assertThat(word(frame, 18)).isEqualTo(word(frames.getFirst(), 18));
            }
            assertThat(rig.rig.count(Counter.FRAGMENTED)).isOne();
        }
    }
}
