// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Connections whose cookie is acknowledged and whose real server has not answered yet: over
/// several workers, and as they are listed and captured.
class SynProxyPendingTest {
    private static final int PORT = 30_000;

    private static Rig rig(FamilyPair families, int workers) {
        Rig rig =
                Rig.of(families, workers, 4096, new FlowHash(), 0)
                        .configured()
                        .withStaticNeighbours();
        rig.apply(CookieClient.always(rig));
        return rig;
    }

    static Stream<Arguments> several() {
        return Stream.of(2, 5)
                .flatMap(workers ->
                        Stream.of(FamilyPair.values()).map(each -> Arguments.of(each, workers)));
    }

    /// The port has no rules, so all but one in so many answers of real servers come to another
    /// worker than that which has the handshake, and is to make its numbers the client's.
    @ParameterizedTest
    @MethodSource("several")
    void theServersAnswerIsHandedToTheWorkerThatHasTheHandshake(FamilyPair families, int workers) {
        try (Rig rig = rig(families, workers)) {
            int count = 60;
            List<ProxiedFlow> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ProxiedFlow next = ProxiedFlow.begin(rig, PORT + i);
                assertThat(rig.clientSends(next.says("early " + i))).as("held").isEmpty();
                all.add(next);
            }
            for (int i = 0; i < count; i++) {
                ProxiedFlow next = all.get(i);
                List<byte[]> out = next.accept();
                assertThat(out).hasSize(2);
                assertThat(ProxiedFlow.text(out.getFirst())).isEmpty();
                assertThat(ProxiedFlow.text(out.get(1))).isEqualTo("early " + i);
                for (byte[] each : out) {
                    assertThat(CookieClient.number(each, 4))
                            .isEqualTo(CookieClient.number(next.syn, 4) + 1);
                    assertThat(CookieClient.number(each, 8)).isEqualTo(ProxiedFlow.SERVER_ISN + 1);
                }
                byte[] said =
                        rig.serverSends(
                                        next.server(Tcp.ACK, ProxiedFlow.SERVER_ISN + 1, 1)
                                                .payload("late"))
                                .getFirst();
                assertThat(IpFrame.destinationPort(said)).isEqualTo(PORT + i);
                assertThat(CookieClient.number(said, 4)).isEqualTo(next.client.cookie + 1);
                assertThat(CookieClient.number(said, 8)).isEqualTo(next.client.sequence + 1);
                assertThat(ProxiedFlow.text(said)).isEqualTo("late");
            }
            assertThat(rig.count(Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(count);
            long expected = 2L * count * (workers - 1) / workers;
            assertThat(rig.count(Outcome.HANDED_OVER))
                    .isBetween(expected * 7 / 10, expected * 13 / 10);
        }
    }

    /// So is a refusal, of which the client is told.
    @ParameterizedTest
    @EnumSource
    void aRefusalIsHandedOverToo(FamilyPair families) {
        try (Rig rig = rig(families, 4)) {
            for (int i = 0; i < 30; i++) {
                ProxiedFlow next = ProxiedFlow.begin(rig, PORT + i);
                List<byte[]> out = rig.serverSends(next.server(Tcp.RST | Tcp.ACK, 0, 1));
                assertThat(out).hasSize(1);
                assertThat(IpFrame.tcpFlags(out.getFirst()) & Tcp.RST).isNotZero();
                assertThat(IpFrame.destinationPort(out.getFirst())).isEqualTo(PORT + i);
                assertThat(CookieClient.number(out.getFirst(), 4))
                        .isEqualTo(next.client.cookie + 1);
            }
            assertThat(rig.count(Counter.SYN_PROXY_UNSERVED)).isEqualTo(30);
            assertThat(rig.count(Outcome.HANDED_OVER)).isPositive();
        }
    }

    private static List<ConnectionInfo> listed(Rig rig, ConnectionFilter filter) {
        List<ConnectionInfo> seen = new ArrayList<>();
        rig.balancer.control().connections(filter, seen::add);
        rig.run();
        return seen;
    }

    private static FlowTuple tuple(Rig rig, int port) {
        return new FlowTuple(
                Protocol.TCP,
                Endpoint.of(rig.families.clients.client, port),
                Endpoint.of(rig.families.vip(), 80));
    }

    /// With the server and the local address that were chosen, as any that is half open.
    @ParameterizedTest
    @EnumSource
    void isListedAsHalfOpenUntilTheServerHasAnswered(FamilyPair families) {
        try (Rig rig = rig(families, 2)) {
            ProxiedFlow pending = ProxiedFlow.begin(rig, PORT);
            rig.clientSends(pending.says("early"));
            ConnectionFilter filter = ConnectionFilter.of(tuple(rig, PORT));
            ConnectionInfo waiting = listed(rig, filter).getFirst();
            assertThat(waiting.state()).isEqualTo("SYN_RECV");
            assertThat(waiting.client()).isEqualTo(tuple(rig, PORT).source());
            assertThat(waiting.virtual()).isEqualTo(tuple(rig, PORT).destination());
            assertThat(waiting.local().port()).isEqualTo(IpFrame.sourcePort(pending.syn));
            assertThat(waiting.server())
                    .isEqualTo(Endpoint.of(families.servers().getFirst(), 8080));
            assertThat(waiting.traffic().outPackets()).isZero();
            assertThat(listed(rig, ConnectionFilter.ALL)).hasSize(1);

            pending.accept();
            ConnectionInfo open = listed(rig, filter).getFirst();
            assertThat(open.state()).isEqualTo("TCP_EST");
            assertThat(open.local()).isEqualTo(waiting.local());
            assertThat(open.worker()).isEqualTo(waiting.worker());
        }
    }

    /// More than may wait for a neighbour ask their server a tenth of a second later, not a second.
    @ParameterizedTest
    @EnumSource
    void thoseForWhichTheNeighboursQueueIsFullAreSoonAskedFor(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, 1024)) {
            rig.configureWithoutNeighbours();
            rig.apply(CookieClient.always(rig));
            int waiting = 128;
            int more = 12;
            for (int i = 0; i < waiting + more; i++) {
                CookieClient client = new CookieClient(rig, PORT + i);
                client.connect();
                rig.client.send(client.acknowledgement());
                rig.run();
                rig.out(); // the neighbour is asked
            }
            assertThat(rig.count(Counter.WAITING)).isEqualTo(waiting);
            rig.withStaticNeighbours();
            assertThat(rig.count(Counter.WAITING)).isZero();
            rig.pass(Duration.ofMillis(99));
            assertThat(rig.out()).isEmpty();
            rig.pass(Duration.ofMillis(1));
            Set<Integer> ports = new HashSet<>();
            for (byte[] syn : rig.out()) {
                assertThat(IpFrame.tcpFlags(syn)).isEqualTo(Tcp.SYN);
                ports.add(IpFrame.sourcePort(syn));
            }
            assertThat(ports).hasSize(more);
            assertThat(rig.count(Counter.SYN_PROXY_REPEATED)).isZero();
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.count(Counter.SYN_PROXY_REPEATED)).isEqualTo(waiting + more);
        }
    }

    /// So do those that find all room taken by what waits for other neighbours: theirs is asked,
    /// and again a second later.
    @ParameterizedTest
    @EnumSource
    void thoseForWhichNoRoomIsLeftHaveTheirNeighbourAskedFor(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, 8192)) {
            rig.configureWithoutNeighbours();
            rig.apply(
                    CookieClient.always(rig),
                    Rig.neighbour(families.clients.gateway(), Rig.CLIENT_MAC, "wan"));
            Predicate<byte[]> asks = frame -> IpFrame.asksFor(frame, families.servers().getFirst());
            long room = rig.io.buffers().capacity() / 4;
            waitForOthers(rig, room);
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            assertThat(rig.clientSends(client.acknowledgement())).hasSize(1).anyMatch(asks);
            assertThat(rig.count(Counter.WAITING)).isEqualTo(room);
            rig.pass(Duration.ofMillis(100));
            assertThat(rig.out()).as("asked a moment ago").noneMatch(asks);
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.out()).anyMatch(asks);

            rig.withStaticNeighbours();
            rig.pass(Duration.ofSeconds(2));
            assertThat(rig.out())
                    .filteredOn(IpFrame::isTcp)
                    .singleElement()
                    .satisfies(syn -> assertThat(IpFrame.tcpFlags(syn)).isEqualTo(Tcp.SYN));
        }
    }

    /// Fills the room for packets that wait by such for real servers that are silent.
    private static void waitForOthers(Rig rig, long room) {
        String server = rig.families.servers().getFirst();
        VirtualService service =
                VirtualService.of(ServiceKey.udp(rig.families.vip(), 54))
                        .withScheduler("rr")
                        .withLocalAddress(LocalAddress.of(rig.families.locals().getFirst(), "lan"));
        for (int i = 0; i < 20; i++) {
            service =
                    service.withRealServer(
                            RealServer.of(server.substring(0, server.length() - 2) + (50 + i), 54));
        }
        rig.apply(new Change.AddService(service));
        for (int i = 0; i < room; i++) {
            rig.client.send(rig.request().udp(PORT + i, 54));
            rig.run();
            rig.out();
        }
        assertThat(rig.count(Counter.WAITING)).isEqualTo(room);
    }

    /// Nor do they wait any longer for one that is not there.
    @Test
    void nobodyIsServedByANeighbourThatIsNotThere() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4, 1, 1024)) {
            rig.configureWithoutNeighbours();
            rig.apply(CookieClient.always(rig));
            for (int i = 0; i < 140; i++) {
                CookieClient client = new CookieClient(rig, PORT + i);
                client.connect();
                rig.client.send(client.acknowledgement());
                rig.run();
                rig.out();
            }
            for (int tenth = 0; tenth < 35; tenth++) {
                rig.pass(Duration.ofMillis(100));
            }
            assertThat(rig.count(Counter.SYN_PROXY_UNSERVED)).isEqualTo(140);
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            rig.out();
        }
    }

    private static List<String> shown(List<CapturedFrame> frames) {
        return frames.stream()
                .map(frame ->
                        (frame.port() == 0 ? "wan" : "lan")
                                + (frame.sent() ? " out " : " in ")
                                + frame.outcome().map(Outcome::name).orElse("-")
                                + " "
                                + Integer.toHexString(IpFrame.tcpFlags(frame.bytes())))
                .toList();
    }

    /// The SYN as it came and the answer in the same buffer, what was held once it is sent on, and
    /// between them the handshake with the server, which the balancer makes for its client.
    @ParameterizedTest
    @EnumSource
    void aCaptureHasBothHandshakesOfAClient(FamilyPair families) {
        try (Rig rig = rig(families, 1);
                PacketCapture capture = capture(rig, Set.of(), Set.of())) {
            ProxiedFlow other = ProxiedFlow.begin(rig, PORT + 1);
            ProxiedFlow pending = ProxiedFlow.begin(rig, PORT);
            rig.clientSends(pending.says("early"));
            rig.pass(Duration.ofSeconds(1));
            rig.out();
            other.accept();
            pending.accept();
            assertThat(shown(capture.poll(50)))
                    .containsExactly(
                            "wan in SYN_ANSWERED 2",
                            "wan out - 12",
                            "wan in SYN_PROXY 10",
                            "lan out - 2",
                            "lan out - 2", // once more, as there was no answer for a second
                            "lan in SYN_PROXY 12",
                            "lan out - 10",
                            "wan in FORWARDED_IN 18",
                            "lan out FORWARDED_IN 18");
            assertThat(capture.lost()).isZero();
        }
    }

    /// Outcomes and ports are asked for as of any packet.
    @Test
    void aCaptureOfLessHasNoHandshakeWithTheServer() {
        for (boolean byPort : List.of(true, false)) {
            Set<Outcome> outcomes = byPort ? Set.of() : Set.of(Outcome.SYN_PROXY);
            Set<Integer> ports = byPort ? Set.of(0) : Set.of();
            try (Rig rig = rig(FamilyPair.V4_TO_V4, 1);
                    PacketCapture capture = capture(rig, outcomes, ports)) {
                ProxiedFlow.begin(rig, PORT).accept();
                List<String> expected =
                        byPort
                                ? List.of(
                                        "wan in SYN_ANSWERED 2",
                                        "wan out - 12",
                                        "wan in SYN_PROXY 10")
                                : List.of("wan in SYN_PROXY 10", "lan in SYN_PROXY 12");
                assertThat(shown(capture.poll(50))).isEqualTo(expected);
            }
        }
    }

    private static PacketCapture capture(Rig rig, Set<Outcome> outcomes, Set<Integer> ports) {
        return rig.balancer.capture(
                new CaptureSettings(
                        Optional.empty(),
                        List.of(FlowPattern.of(tuple(rig, PORT))),
                        outcomes,
                        ports,
                        CaptureSettings.ALL.snapLength(),
                        CaptureSettings.ALL.ringBytes()));
    }
}
