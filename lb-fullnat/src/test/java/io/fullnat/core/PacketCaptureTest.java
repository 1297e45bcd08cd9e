// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.capture.BpfInstruction;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What a capture has of what passes, byte by byte, and how it says that each packet ended.
final class PacketCaptureTest {
    private static final CaptureSettings ALL = CaptureSettings.ALL;

    private static CaptureSettings flows(FlowPattern... flows) {
        return new CaptureSettings(
                Optional.empty(),
                List.of(flows),
                Set.of(),
                Set.of(),
                ALL.snapLength(),
                ALL.ringBytes());
    }

    private static CaptureSettings outcomes(Outcome... outcomes) {
        return new CaptureSettings(
                Optional.empty(),
                List.of(),
                Set.of(outcomes),
                Set.of(),
                ALL.snapLength(),
                ALL.ringBytes());
    }

    private static List<String> shown(List<CapturedFrame> frames) {
        return frames.stream()
                .map(frame ->
                        (frame.port() == 0 ? "wan" : "lan")
                                + (frame.sent() ? " out " : " in ")
                                + frame.outcome().map(Outcome::name).orElse("-"))
                .toList();
    }

    private static int localPort(byte[] forwarded) {
        return ByteBuffer.wrap(forwarded).getShort(34) & 0xFFFF;
    }

    private static PacketBuilder question(Rig rig, int port) {
        return rig.request().udp(port, 53).payload("question");
    }

    /// Who watches the balancer learns that somebody reads along.
    @Test
    void aFlowThatCannotBeIsRefused() {
        IpPrefix client = IpPrefix.parse("192.0.2.1/32");
        OptionalInt any = OptionalInt.empty();
        for (int port : new int[] {-1, 0x1_0000}) {
            assertThatThrownBy(
                            () -> new FlowPattern(any, client, OptionalInt.of(port), client, any))
                    .hasMessage("port " + port + " of a flow to capture is not 0-65535");
            assertThatThrownBy(
                            () -> new FlowPattern(any, client, any, client, OptionalInt.of(port)))
                    .isInstanceOf(BalancerException.class);
        }
        assertThatThrownBy(() -> new FlowPattern(OptionalInt.of(256), client, any, client, any))
                .hasMessage("protocol 256 of a flow to capture is not 0-255");
    }

    @Test
    void itsBeginningAndItsEndAreTold() {
        try (Rig rig = new Rig().configured()) {
            List<BalancerEvent> events = new ArrayList<>();
            rig.balancer.control().listen(events::add);
            PacketCapture capture = rig.balancer.capture(ALL);
            rig.client.send(question(rig, 40000).toBytes());
            rig.run();
            capture.close();
            capture.close();
            rig.run();
            assertThat(events)
                    .satisfiesExactly(
                            began ->
                                    assertThat(began)
                                            .isEqualTo(
                                                    new BalancerEvent.CaptureBegan("all packets")),
                            ended -> {
                                BalancerEvent.CaptureEnded told =
                                        (BalancerEvent.CaptureEnded) ended;
                                assertThat(told.captured()).isPositive();
                                assertThat(told.lost()).isZero();
                                assertThat(told.lasted().isNegative()).isFalse();
                            });
        }
    }

    @Test
    void itsWordsSayWhatIsWanted() {
        List<String> ports = List.of("wan", "lan");
        assertThat(outcomes(Outcome.NO_SERVICE, Outcome.LINK_DOWN).describe(ports))
                .isEqualTo("LINK_DOWN, NO_SERVICE");
        assertThat(outcomes(Outcome.values()).describe(ports))
                .isEqualTo(Outcome.values().length + " outcomes");
        assertThat(
                        flows(
                                        FlowPattern.of(IpPrefix.parse("192.0.2.0/24")),
                                        FlowPattern.of(IpPrefix.parse("192.0.2.7/32")))
                                .describe(ports))
                .isEqualTo("192.0.2.0/24 and 1 more");
        assertThat(
                        flows(
                                        FlowPattern.of(
                                                new FlowTuple(
                                                        Protocol.TCP,
                                                        Endpoint.of("192.0.2.7", 40000),
                                                        Endpoint.of("2001:db8::1", 80))))
                                .describe(ports))
                .isEqualTo("192.0.2.7:40000 and [2001:db8::1]:80");
        assertThat(
                        new CaptureSettings(
                                        Optional.empty(),
                                        List.of(),
                                        Set.of(),
                                        Set.of(1, 0),
                                        ALL.snapLength(),
                                        ALL.ringBytes())
                                .describe(ports))
                .isEqualTo("at lan, wan");
    }

    @Test
    void aPacketIsThereAsItCameAndAsItLeft() {
        try (Rig rig = new Rig().configured();
                PacketCapture capture = rig.balancer.capture(ALL)) {
            byte[] in = question(rig, 40000).toBytes();
            rig.client.send(in);
            rig.run();
            byte[] out = rig.server.receiveAll().getFirst();

            List<CapturedFrame> frames = capture.poll(10);

            assertThat(shown(frames))
                    .containsExactly("wan in FORWARDED_IN", "lan out FORWARDED_IN");
            assertThat(frames.getFirst().bytes()).isEqualTo(in);
            assertThat(frames.get(1).bytes()).isEqualTo(out);
            assertThat(frames.get(1).id()).isEqualTo(frames.getFirst().id()).isNotZero();
            assertThat(capture.captured()).isEqualTo(2);
            assertThat(capture.lost()).isZero();
        }
    }

    @Test
    void timesAreThoseOfTheBursts() {
        try (Rig rig = new Rig().configured();
                PacketCapture capture = rig.balancer.capture(ALL)) {
            rig.clientSends(question(rig, 40000));
            rig.clock.advance(Duration.ofMillis(1500));
            rig.clientSends(question(rig, 40000));

            List<CapturedFrame> frames = capture.poll(10);

            assertThat(frames).hasSize(4);
            assertThat(frames.get(2).nanos() - frames.getFirst().nanos()).isEqualTo(1_500_000_000L);
            assertThat(frames.getFirst().nanos() / 1_000_000)
                    .isBetween(
                            System.currentTimeMillis() - 60_000,
                            System.currentTimeMillis() + 60_000);
        }
    }

    @Test
    void aDroppedPacketSaysWhyAndIsAsItCame() {
        try (Rig rig = new Rig().configured();
                PacketCapture capture =
                        rig.balancer.capture(
                                outcomes(
                                        Arrays.stream(Outcome.values())
                                                .filter(o -> o.kind() == Outcome.Kind.DROPPED)
                                                .toArray(Outcome[]::new)))) {
            byte[] unserved = rig.request().tcp(40000, 81).flags(Tcp.SYN).toBytes();
            byte[] damaged = question(rig, 40000).badIpChecksum().toBytes();
            byte[] ended = rig.request().tcp(40000, 80).flags(Tcp.ACK).toBytes();
            for (byte[] frame : List.of(unserved, damaged, ended)) {
                rig.client.send(frame);
                rig.run();
            }
            rig.clientSends(question(rig, 40001));

            List<CapturedFrame> frames = capture.poll(10);

            assertThat(shown(frames))
                    .containsExactly(
                            "wan in NO_SERVICE", "wan in BAD_IP_CHECKSUM", "wan in NO_CONNECTION");
            assertThat(frames.stream().map(CapturedFrame::bytes).toList())
                    .containsExactly(unserved, damaged, ended);
        }
    }

    @Test
    void bothSidesOfAConnectionAreFound() {
        FlowTuple tuple =
                new FlowTuple(
                        Protocol.UDP, Endpoint.of(Rig.CLIENT, 40000), Endpoint.of(Rig.VIP, 53));
        for (FlowPattern pattern :
                List.of(
                        FlowPattern.of(tuple),
                        FlowPattern.of(IpPrefix.parse(Rig.CLIENT + "/32")))) {
            try (Rig rig = new Rig().configured();
                    PacketCapture capture = rig.balancer.capture(flows(pattern))) {
                PacketBuilder other = rig.requestFrom("198.51.100.8").udp(40000, 53);
                rig.clientSends(other);
                int port = localPort(rig.clientSends(question(rig, 40000)).getFirst());
                rig.serverSends(rig.answer().udp(5353, port).payload("answer"));
                rig.serverSends(rig.answer().udp(5353, port + 1).payload("stray"));

                assertThat(shown(capture.poll(100)))
                        .containsExactly(
                                "wan in FORWARDED_IN",
                                "lan out FORWARDED_IN",
                                "lan in FORWARDED_OUT",
                                "wan out FORWARDED_OUT");
            }
        }
    }

    @Test
    void aFilterLooksAtFramesAsTheyComeAndAsTheyLeave() {
        BpfFilter toServer = // ldh [36]; jeq 5353
                new BpfFilter(
                        List.of(
                                new BpfInstruction(40, 0, 0, 36),
                                new BpfInstruction(21, 0, 1, 5353),
                                new BpfInstruction(6, 0, 0, -1),
                                new BpfInstruction(6, 0, 0, 0)));
        CaptureSettings settings =
                new CaptureSettings(
                        Optional.of(toServer), List.of(), Set.of(), Set.of(), 40, 1 << 16);
        try (Rig rig = new Rig().configured();
                PacketCapture capture = rig.balancer.capture(settings)) {
            byte[] out = rig.clientSends(question(rig, 40000)).getFirst();

            List<CapturedFrame> frames = capture.poll(10);

            assertThat(shown(frames)).containsExactly("lan out FORWARDED_IN");
            assertThat(frames.getFirst().bytes()).isEqualTo(Arrays.copyOf(out, 40));
            assertThat(frames.getFirst().length()).isEqualTo(out.length);
        }
    }

    @Test
    void onlyFramesOfThePortsThatAreAskedFor() {
        CaptureSettings lan =
                new CaptureSettings(
                        Optional.empty(),
                        List.of(),
                        Set.of(),
                        Set.of(1),
                        ALL.snapLength(),
                        ALL.ringBytes());
        try (Rig rig = new Rig().configured();
                PacketCapture capture = rig.balancer.capture(lan)) {
            rig.clientSends(question(rig, 40000));

            assertThat(shown(capture.poll(10))).containsExactly("lan out FORWARDED_IN");
        }
    }

    @Test
    void answersAndNeighboursAreThere() {
        try (Rig rig = new Rig();
                PacketCapture capture = rig.balancer.capture(ALL)) {
            rig.configureWithoutNeighbours();
            capture.poll(1000);
            rig.client.send(rig.request().echoRequest(1, 2));
            rig.learn(rig.client, Rig.CLIENT_MAC, Rig.GATEWAY, Rig.WAN_MAC, "192.0.2.1");
            rig.client.send(question(rig, 40000));
            rig.run();
            rig.learn(rig.server, Rig.SERVER_MAC, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1");

            assertThat(shown(capture.poll(1000)))
                    .contains(
                            "wan in ECHO_ANSWERED",
                            "wan in ARP",
                            "wan out -",
                            "lan out -",
                            "lan in ARP",
                            "wan in FORWARDED_IN",
                            "lan out FORWARDED_IN")
                    .doesNotContain("wan in -", "lan in -");
        }
    }

    @Test
    void everyOutcomeThatIsCountedIsCaptured() {
        for (int workers : new int[] {1, 2}) {
            try (Rig rig = new Rig(workers, 1024).configured();
                    PacketCapture capture = rig.balancer.capture(ALL)) {
                Map<Outcome, Long> before = counted(rig);
                List<byte[]> forwarded = new ArrayList<>();
                for (int client = 0; client < 40; client++) {
                    forwarded.addAll(rig.clientSends(question(rig, 40000 + client)));
                    rig.clientSends(rig.request().tcp(40000 + client, 81).flags(Tcp.SYN));
                    rig.clientSends(rig.request().tcp(40000 + client, 80).flags(Tcp.SYN));
                    rig.clientSends(question(rig, 41000 + client).truncate(30 + client % 10));
                }
                for (byte[] frame : forwarded) {
                    rig.serverSends(rig.answer().udp(5353, localPort(frame)).payload("answer"));
                }
                Map<Outcome, Long> counted = counted(rig);
                before.forEach((outcome, count) -> counted.merge(outcome, -count, Long::sum));
                counted.values().removeIf(count -> count == 0);

                Map<Outcome, Long> captured =
                        capture.poll(10_000).stream()
                                .filter(frame -> !frame.sent())
                                .collect(
                                        Collectors.groupingBy(
                                                frame -> frame.outcome().orElseThrow(),
                                                () -> new EnumMap<>(Outcome.class),
                                                Collectors.counting()));
                assertThat(captured).as("%d workers", workers).isEqualTo(counted);
                assertThat(captured).hasSizeGreaterThan(3);
                assertThat(captured.containsKey(Outcome.HANDED_OVER)).isEqualTo(workers > 1);
            }
        }
    }

    private static Map<Outcome, Long> counted(Rig rig) {
        Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counts.put(outcome, rig.count(outcome));
        }
        return counts;
    }

    @Test
    void aFragmentedPacketIsFollowed() {
        try (Rig rig = Rig.withMtus(1500, 576).configured();
                PacketCapture capture = rig.balancer.capture(ALL)) {
            rig.clientSends(rig.request().udp(40000, 53).payload(new byte[1200]));

            assertThat(shown(capture.poll(10)))
                    .containsExactlyInAnyOrder(
                            "wan in FORWARDED_IN",
                            "lan out FORWARDED_IN",
                            "lan out -",
                            "lan out -");
        }
    }

    @Test
    void whatNobodyFetchesIsCountedAndWhatWasThereIsWhole() {
        CaptureSettings small =
                new CaptureSettings(Optional.empty(), List.of(), Set.of(), Set.of(), 64, 1 << 16);
        try (Rig rig = new Rig(1, 4096).configured();
                PacketCapture capture = rig.balancer.capture(small)) {
            for (int i = 0; i < 1000; i++) {
                rig.clientSends(question(rig, 40000));
            }

            assertThat(capture.captured() + capture.lost()).isEqualTo(2000);
            assertThat(capture.lost()).isPositive();
            assertThat(capture.poll(10_000)).hasSize((int) capture.captured());
            rig.clientSends(question(rig, 40000));
            assertThat(capture.poll(10)).hasSize(2);
        }
    }

    @Test
    void aDeviceThatTakesNothingShowsInTheOutcome() {
        try (Rig rig = new Rig().configured();
                PacketCapture capture = rig.balancer.capture(ALL)) {
            rig.io.wire("lan").link(false);
            rig.clientSends(question(rig, 40000));

            assertThat(shown(capture.poll(10))).containsExactly("wan in LINK_DOWN");
        }
    }

    @Test
    void thereIsOneAtATimeAndAnotherOneAfterIt() {
        try (Rig rig = new Rig().configured()) {
            PacketCapture first = rig.balancer.capture(ALL);
            assertThatExceptionOfType(BalancerException.class)
                    .isThrownBy(() -> rig.balancer.capture(ALL))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CAPACITY));
            rig.clientSends(question(rig, 40000));
            first.close();
            first.close();
            rig.clientSends(question(rig, 40000));
            assertThat(first.poll(10)).hasSize(2);
            try (PacketCapture second = rig.balancer.capture(ALL)) {
                rig.clientSends(question(rig, 40000));
                assertThat(second.poll(10)).hasSize(2);
            }
        }
    }
}
