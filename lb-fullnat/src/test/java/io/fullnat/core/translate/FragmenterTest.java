// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.TestNetwork;
import io.fullnat.core.translate.FamilyPacket.Ends;
import io.fullnat.core.transmit.Transmitter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments by themselves: [Fragmenter], and which options go with them, [FragmentOptions].
class FragmenterTest {
    private final TestNetwork network = new TestNetwork();
    private final Fragmenter fragmenter = new Fragmenter(network.context);

    @AfterEach
    void close() {
        network.close();
    }

    private static byte[] data(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 7);
        }
        return bytes;
    }

    private static PacketBuilder packet(int dataLength) {
        return PacketBuilder.ethernet("02:00:00:00:00:c1", TestNetwork.MAC)
                .ipv4("10.0.1.100", "10.0.1.11")
                .identification(0x1234)
                .protocol(253)
                .payload(data(dataLength));
    }

    private List<byte[]> send(PacketBuilder packet, int mtu) {
        fragmenter.send(
                network.frame(packet),
                network.adjacency(TestNetwork.LAN, mtu),
                network.context.transmitter(0),
                Transmitter.IN);
        return network.out();
    }

    private static int word(byte[] frame, int at) {
        return ((frame[14 + at] & 0xFF) << 8) | (frame[14 + at + 1] & 0xFF);
    }

    @ParameterizedTest
    @CsvSource({"1481, 1500", "2960, 1500", "2961, 1500", "3000, 1500", "49, 68", "1400, 68"})
    void theFragmentsTogetherAreThePacket(int dataLength, int mtu) {
        List<byte[]> frames = send(packet(dataLength), mtu);

        byte[] all = new byte[dataLength];
        int offset = 0;
        for (byte[] frame : frames) {
            int total = word(frame, 2);
            boolean last = offset + total - 20 == dataLength;
            assertThat(total).isLessThanOrEqualTo(mtu);
            assertThat(word(frame, 4)).isEqualTo(0x1234);
            assertThat(word(frame, 6)).isEqualTo(offset / 8 | (last ? 0 : 0x2000));
            assertThat(frame.length).isEqualTo(Math.max(60, 14 + total));
            System.arraycopy(frame, 34, all, offset, total - 20);
            offset += total - 20;
        }
        assertThat(all).isEqualTo(data(dataLength));
        assertThat(frames).hasSize(Math.ceilDiv(dataLength, (mtu - 20) / 8 * 8));
    }

    /// A packet of IPv6 that was IPv4 and may be fragmented (RFC 7915 §4.1): fragments of 1,280
    /// bytes at most, and of no more than the link takes, each with a fragment header.
    @ParameterizedTest
    @CsvSource({"1241, 1500, 1280", "1300, 1280, 1280", "2000, 1420, 1280", "1900, 9000, 1280"})
    void fragmentsOfIpv6FitAndAreMultiplesOf8(int dataLength, int mtu, int longest) {
        byte[] whole = new byte[40 + dataLength];
        System.arraycopy(FamilyPacket.bytes("6 udp 0", true, Ends.TRANSLATED), 0, whole, 0, 40);
        System.arraycopy(data(dataLength), 0, whole, 40, dataLength);
        PacketBuilder packet =
                PacketBuilder.ethernet("02:00:00:00:00:c1", TestNetwork.MAC)
                        .type(0x86DD)
                        .payload(whole);
        Frame frame = network.frame(packet);
        Memory.putNetworkShort(frame.l3() + 4, dataLength);
        fragmenter.sendIpv6(
                frame,
                network.adjacency(TestNetwork.LAN, mtu),
                network.context.transmitter(0),
                Transmitter.IN,
                1280,
                0x1234);

        byte[] all = new byte[dataLength];
        int offset = 0;
        for (byte[] fragment : network.out()) {
            int payload = word(fragment, 4);
            int part = payload - 8;
            boolean last = offset + part == dataLength;
            assertThat(40 + payload).isLessThanOrEqualTo(longest);
            assertThat(last || part % 8 == 0).isTrue();
            assertThat(fragment[14 + 6]).as("next header").isEqualTo((byte) 44);
            assertThat(fragment[14 + 40]).as("behind it").isEqualTo((byte) 17);
            assertThat(word(fragment, 42)).isEqualTo(offset | (last ? 0 : 1));
            assertThat(word(fragment, 44)).isZero();
            assertThat(word(fragment, 46)).isEqualTo(0x1234);
            assertThat(Arrays.copyOfRange(fragment, 22, 54))
                    .isEqualTo(Arrays.copyOfRange(whole, 8, 40));
            System.arraycopy(fragment, 62, all, offset, part);
            offset += part;
        }
        assertThat(all).isEqualTo(data(dataLength));
        assertThat(network.count(Counter.FRAGMENTED)).isOne();
        assertThat(network.io.buffers().inUse()).isZero();
    }

    @Test
    void aPacketIsCountedOnceAndItsBufferGivenBack() {
        send(packet(3000), 1500);

        assertThat(network.count(Outcome.FORWARDED_IN)).isOne();
        assertThat(network.count(Counter.FRAGMENTED)).isOne();
        assertThat(network.io.buffers().inUse()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void withTooFewBuffersNoFragmentIsSent(int left) {
        long hop = network.adjacency(TestNetwork.LAN, 1500);
        Frame frame = network.frame(packet(3000));
        PacketBurst taken = new PacketBurst(2048);
        while (!taken.isFull() && network.io.buffers().allocate(taken)) {
            assertThat(taken.size()).isPositive();
        }
        for (int i = 0; i < left; i++) {
            network.io.buffers().free(taken.buffer(i));
        }

        fragmenter.send(frame, hop, network.context.transmitter(0), Transmitter.IN);

        assertThat(network.out()).isEmpty();
        assertThat(network.count(Outcome.NO_BUFFER)).isOne();
        for (int i = left; i < taken.size(); i++) {
            network.io.buffers().free(taken.buffer(i));
        }
        assertThat(network.io.buffers().inUse()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        // none; fillers; copied; not copied; both; the same behind fillers
        "'', ''",
        "01010101, ''",
        "94040000, 94040000",
        "44040500, ''",
        "9404000044040500, 94040000",
        "0144040500940400000000000000, 94040000",
        // one behind the end of the list, one whose length lies, one that is cut off
        "00940400, ''",
        "94010000, ''",
        "94080000, ''",
        // several, of odd lengths: padded
        "8303AA8303BB0000, 8303AA8303BB0000",
    })
    void laterFragmentsHaveTheOptionsThatAreToBeCopied(String all, String copied) {
        HexFormat hex = HexFormat.of().withUpperCase();
        List<byte[]> frames = send(packet(2000).ipOptions(hex.parseHex(all)), 1500);

        byte[] first = Arrays.copyOf(hex.parseHex(all), (all.length() / 2 + 3) & ~3);
        List<byte[]> options = new ArrayList<>();
        for (byte[] frame : frames) {
            options.add(Arrays.copyOfRange(frame, 34, 14 + (frame[14] & 15) * 4));
        }
        assertThat(options.getFirst()).isEqualTo(first);
        assertThat(options.subList(1, options.size()))
                .isNotEmpty()
                .allSatisfy(later -> assertThat(hex.formatHex(later)).isEqualTo(copied));
    }

    @Test
    void optionsAreReadNoFurtherThanTheHeader() {
        try (Region memory = Region.allocate(128, "a header")) {
            long ip = memory.address();
            for (int i = 0; i < 128; i++) {
                Memory.putByte(ip + i, 0x94); // an option to be copied, of 148 bytes
            }
            for (int words = 5; words <= 15; words++) {
                Memory.putByte(ip, 0x40 | words);
                assertThat(FragmentOptions.headerLength(ip)).isEqualTo(20);
            }
        }
    }
}
