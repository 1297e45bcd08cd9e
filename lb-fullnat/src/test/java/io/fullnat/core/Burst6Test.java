// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Packets of both families that arrive together, known ones, new ones, and some that end or take
/// the slow path: each goes its way, and all that leave by a port keep their order.
class Burst6Test {
    private static final int BURST = 64;

    private final Rig rig = Rig6.configured(new Rig().configured());

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        assertThat(rig.count(Outcome.FAULT)).isZero();
        rig.close();
    }

    private static PacketBuilder of4(int port, String payload) {
        return Rig.fromClient().udp(port, 53).payload(payload);
    }

    private static PacketBuilder of6(int port, String payload) {
        return Rig6.fromClient().udp(port, 53).payload(payload);
    }

    private List<byte[]> together(List<PacketBuilder> frames) {
        frames.forEach(rig.client::send);
        rig.run();
        List<byte[]> out = rig.server.receiveAll();
        rig.client.receiveAll(); // what clients are told
        return out;
    }

    /// The payload is the end of each frame, twenty letters long.
    private static String payload(byte[] frame) {
        return new String(frame, frame.length - 20, 20, StandardCharsets.US_ASCII);
    }

    @Test
    void bothFamiliesKeepTheirOrderAmongEachOther() {
        together(List.of(of4(1000, "the first of IPv4..."), of6(1000, "the first of IPv6...")));

        List<byte[]> out =
                together(
                        List.of(
                                of6(1000, "01 known, IPv6......"),
                                of4(1000, "02 known, IPv4......"),
                                of6(2000, "03 new, IPv6........"),
                                of4(2000, "04 new, IPv4........"),
                                of6(2000, "05 of the new, IPv6."),
                                Rig6.fromClient().timeToLive(1).udp(1000, 53).payload("it ends"),
                                of4(1000, "06 known, IPv4......"),
                                Rig6.fromClient()
                                        .extension(Ipv6Extension.destination())
                                        .udp(1000, 53)
                                        .payload("07 known, slow, IPv6"),
                                of6(1000, "08 known, IPv6......"),
                                Rig6.fromClient().udp(1000, 9).payload("no such service"),
                                of6(1000, "09 known, IPv6......")));

        assertThat(out.stream().map(Burst6Test::payload).toList())
                .containsExactly(
                        "01 known, IPv6......",
                        "02 known, IPv4......",
                        "03 new, IPv6........",
                        "04 new, IPv4........",
                        "05 of the new, IPv6.",
                        "06 known, IPv4......",
                        "07 known, slow, IPv6",
                        "08 known, IPv6......",
                        "09 known, IPv6......");
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(4);
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Outcome.NO_SERVICE)).isOne();
    }

    @Test
    void aWholeTcpConnectionThatArrivesTogetherGoesThroughAllItsStates() {
        List<byte[]> out =
                together(
                        List.of(
                                Rig6.fromClient().tcp(1000, 80).flags(Tcp.SYN).sequence(1),
                                Rig6.fromClient().tcp(1000, 80).flags(Tcp.ACK).sequence(2),
                                Rig6.fromClient()
                                        .tcp(1000, 80)
                                        .flags(Tcp.ACK | Tcp.FIN)
                                        .sequence(2),
                                Rig6.fromClient().tcp(1000, 80).flags(Tcp.SYN).sequence(77)));

        assertThat(out.stream().map(frame -> frame[61]).toList())
                .as("sequence numbers")
                .containsExactly((byte) 1, (byte) 2, (byte) 2, (byte) 77);
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
    }

    /// Full bursts of any mixture: what is to be forwarded leaves in the order in which it came,
    /// whole, each flow by a port of its own.
    @Test
    void mixturesOfAllKindsKeepTheirOrder() {
        RandomGenerator random = Seed.generator();
        Map<String, Integer> localPorts = new HashMap<>();
        int number = 0;
        for (int round = 0; round < 200; round++) {
            List<PacketBuilder> in = new ArrayList<>();
            List<String> flows = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < BURST; i++) {
                String payload = "%020d".formatted(number++);
                int port = 1000 + random.nextInt(40);
                boolean six = random.nextBoolean();
                int kind = random.nextInt(10);
                if (kind == 0) {
                    in.add(
                            six
                                    ? of6(port, payload).timeToLive(1)
                                    : of4(port, payload).timeToLive(1));
                    continue;
                }
                if (kind == 1) {
                    in.add(Rig6.fromClient().udp(port, 53).noUdpChecksum().payload(payload));
                    continue;
                }
                PacketBuilder slow =
                        Rig6.fromClient()
                                .extension(Ipv6Extension.destination())
                                .udp(port, 53)
                                .payload(payload);
                in.add(six ? kind == 2 ? slow : of6(port, payload) : of4(port, payload));
                flows.add((six ? "6:" : "4:") + port);
                expected.add(payload);
            }

            List<byte[]> out = together(in);

            assertThat(out.stream().map(Burst6Test::payload).toList()).isEqualTo(expected);
            for (int i = 0; i < out.size(); i++) {
                int local = sourcePort(out.get(i));
                assertThat(localPorts.computeIfAbsent(flows.get(i), flow -> local))
                        .as("local port of %s", flows.get(i))
                        .isEqualTo(local);
            }
        }
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(localPorts.size());
    }

    private static int sourcePort(byte[] frame) {
        boolean six = (frame[12] & 0xFF) == 0x86;
        int at = six ? FrameText6.transport(frame, 14) : 34;
        return ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
    }
}
