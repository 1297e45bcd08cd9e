// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What two frames of one packet say, whatever they are.
final class PassedPacketTest {
    private static final List<String> PORTS = List.of("wan", "lan");
    private static final String HERE = "02:00:00:00:00:01";
    private static final String THERE = "02:00:00:00:00:51";

    private static CapturedFrame frame(
            boolean sent, Optional<Outcome> outcome, boolean ofKernel, long id, byte[] bytes) {
        return new CapturedFrame(
                1_700_000_000_123_456_789L,
                sent ? 1 : 0,
                3,
                sent,
                outcome,
                ofKernel,
                id,
                bytes.length,
                bytes);
    }

    private static CapturedFrame received(Outcome outcome, PacketBuilder frame) {
        return frame(false, Optional.of(outcome), false, 7, frame.toBytes());
    }

    private static CapturedFrame sent(Outcome outcome, PacketBuilder frame) {
        return frame(true, Optional.of(outcome), false, 7, frame.toBytes());
    }

    private static PassedPacket passed(CapturedFrame received, CapturedFrame sent) {
        return new PassedPacket(Optional.of(received), Optional.of(sent));
    }

    private static PacketBuilder v6(String source, String destination) {
        return PacketBuilder.ethernet(HERE, THERE).ipv6(source, destination);
    }

    private static PacketBuilder v4(String source, String destination) {
        return PacketBuilder.ethernet(HERE, THERE).ipv4(source, destination);
    }

    @Test
    void bothFamiliesAndBothDirections() {
        PassedPacket in =
                passed(
                        received(
                                Outcome.FORWARDED_IN,
                                v6("2001:db8::7", "2001:db8::80").udp(40_000, 53)),
                        sent(Outcome.FORWARDED_IN, v4("10.0.1.100", "10.0.1.11").udp(2000, 5353)));
        assertThat(in.text(PORTS))
                .contains(
                        "22:13:20.123456 w3 wan in  [2001:db8::7]:40000 > [2001:db8::80]:53 udp",
                        "  connection udp [2001:db8::7]:40000 > [2001:db8::80]:53, by"
                                + " 10.0.1.100:2000 to 10.0.1.11:5353\n",
                        "  sent       at lan to " + THERE + ": 10.0.1.100:2000 > 10.0.1.11:5353");
        PassedPacket out =
                passed(
                        received(
                                Outcome.FORWARDED_OUT,
                                v4("10.0.1.11", "10.0.1.100").udp(5353, 2000)),
                        sent(
                                Outcome.FORWARDED_OUT,
                                v6("2001:db8::80", "2001:db8::7").udp(53, 40_000)));
        assertThat(out.json(PORTS).path("connection")).isEqualTo(in.json(PORTS).path("connection"));
    }

    /// Where the packet that left shows none.
    @Test
    void noServerIsMadeUp() {
        PacketBuilder syn = v4("192.0.2.7", "192.0.2.80").tcp(40_000, 80).flags(Tcp.SYN);
        for (PacketBuilder left :
                List.of(
                        v4("192.0.2.7", "192.0.2.80").tcp(40_000, 80).flags(Tcp.SYN),
                        v4("10.0.1.1", "10.0.1.11").protocol(4).payload(new byte[40]))) {
            PassedPacket packet =
                    passed(received(Outcome.FORWARDED_IN, syn), sent(Outcome.FORWARDED_IN, left));
            assertThat(packet.text(PORTS))
                    .contains("  connection tcp 192.0.2.7:40000 > 192.0.2.80:80\n")
                    .contains("  sent       at lan to " + THERE);
            ObjectNode json = packet.json(PORTS);
            assertThat(json.path("connection").path("server").isNull()).isTrue();
            assertThat(json.path("connection").path("local").isNull()).isTrue();
        }
    }

    /// None is told of what has no ports, or was cut off: nothing throws.
    @Test
    void aConnectionIsToldOnlyOfWhatShowsIt() {
        byte[] icmp = v4("192.0.2.7", "192.0.2.80").echoRequest(1, 2).toBytes();
        for (int length = 0; length <= icmp.length; length++) {
            byte[] cut = Arrays.copyOf(icmp, length);
            PassedPacket packet =
                    passed(
                            frame(false, Optional.of(Outcome.FORWARDED_IN), false, 7, cut),
                            frame(true, Optional.of(Outcome.FORWARDED_IN), false, 7, cut));
            assertThat(packet.text(PORTS)).doesNotContain("connection");
            assertThat(packet.json(PORTS).has("connection")).isFalse();
        }
        byte[] tcp = v6("2001:db8::7", "2001:db8::80").tcp(1, 2).toBytes();
        for (int length = 0; length < tcp.length; length++) {
            byte[] cut = Arrays.copyOf(tcp, length);
            PassedPacket packet =
                    passed(
                            frame(false, Optional.of(Outcome.FORWARDED_IN), false, 7, cut),
                            frame(true, Optional.of(Outcome.FORWARDED_IN), false, 7, cut));
            assertThat(packet.text(PORTS)).startsWith("22:13:20.123456 w3 wan in  ");
        }
    }

    @Test
    void whoMadeWhatOnlyLeft() {
        byte[] bytes = v4("192.0.2.80", "192.0.2.7").tcp(80, 1).flags(Tcp.RST).toBytes();
        PassedPacket own =
                new PassedPacket(
                        Optional.empty(),
                        Optional.of(frame(true, Optional.empty(), false, 1, bytes)));
        PassedPacket kernels =
                new PassedPacket(
                        Optional.empty(),
                        Optional.of(frame(true, Optional.empty(), true, 1, bytes)));
        assertThat(own.text(PORTS)).contains("\n  made by    fullnat\n");
        assertThat(kernels.text(PORTS)).contains("\n  made by    kernel\n");
        assertThat(kernels.json(PORTS).path("madeBy").asText()).isEqualTo("kernel");
        PassedPacket unseen =
                new PassedPacket(
                        Optional.of(frame(false, Optional.empty(), false, 1, bytes)),
                        Optional.empty());
        assertThat(unseen.text(PORTS)).contains("was not seen to end");
    }

    /// The second frame may be in the next lot; a packet whose second never comes is told with it.
    @Test
    void framesOfOnePacketAreBroughtTogether() {
        PacketBuilder syn = v4("192.0.2.7", "192.0.2.80").tcp(40_000, 80);
        CapturedFrame came = received(Outcome.FORWARDED_IN, syn);
        CapturedFrame left = sent(Outcome.FORWARDED_IN, syn);
        CapturedFrame dropped =
                frame(false, Optional.of(Outcome.NO_SERVICE), false, 9, syn.toBytes());
        List<PassedPacket> packets = new ArrayList<>();
        LiveTraceListing.Pairs pairs = new LiveTraceListing.Pairs(packets::add);
        assertThat(lot(pairs, packets, came, left)).containsExactly(passed(came, left));
        assertThat(lot(pairs, packets, dropped, came))
                .containsExactly(new PassedPacket(Optional.of(dropped), Optional.empty()));
        assertThat(lot(pairs, packets, left)).containsExactly(passed(came, left));
        assertThat(lot(pairs, packets, came)).isEmpty();
        assertThat(lot(pairs, packets))
                .containsExactly(new PassedPacket(Optional.of(came), Optional.empty()));
        assertThat(lot(pairs, packets)).isEmpty();
    }

    /// The packets that come with so many frames.
    private static List<PassedPacket> lot(
            LiveTraceListing.Pairs pairs, List<PassedPacket> packets, CapturedFrame... frames) {
        packets.clear();
        for (CapturedFrame frame : frames) {
            pairs.frame(frame);
        }
        pairs.flush();
        return List.copyOf(packets);
    }
}
