// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A real server that changes its MAC address, and somebody who only says so.
class NeighbourMoveTest {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";
    private static final String OTHER_MAC = "02:00:00:00:00:99";

    private final ControlLog log = new ControlLog();
    private final Rig rig = new Rig();

    @BeforeEach
    void configure() {
        rig.resolved();
    }

    @AfterEach
    void close() {
        rig.close();
        log.close();
    }

    /// Sends a query each tenth of a second and answers ARP as a station with this MAC address
    /// would, until queries reach it; how long that took.
    private Duration untilServed(String mac, Duration limit) {
        for (int tenth = 0; tenth < limit.toMillis() / 100; tenth++) {
            rig.client.send(fromClient().udp(40000, 53).payload("q"));
            rig.run();
            for (byte[] frame : rig.server.receiveAll()) {
                if (isTo(frame, mac) && isIpv4(frame)) {
                    return Duration.ofMillis(100L * tenth);
                }
                if (asks(frame) && (isTo(frame, mac) || isTo(frame, BROADCAST))) {
                    answer(mac);
                }
            }
            rig.pass(Duration.ofMillis(100));
        }
        return limit;
    }

    private void answer(String mac) {
        rig.server.send(
                PacketBuilder.ethernet(mac, Rig.LAN_MAC)
                        .arp(2, mac, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1"));
        rig.run();
    }

    private static boolean isTo(byte[] frame, String mac) {
        return HexFormat.ofDelimiter(":").formatHex(frame, 0, 6).equals(mac);
    }

    private static boolean isIpv4(byte[] frame) {
        return frame[12] == 8 && frame[13] == 0;
    }

    private static boolean asks(byte[] frame) {
        return frame[12] == 8 && frame[13] == 6 && frame[21] == 1;
    }

    @Test
    void aSilentMoveIsFoundWithinSeconds() {
        assertThat(untilServed(Rig.SERVER_MAC, Duration.ofSeconds(1))).isZero();
        for (int second = 0; second < 30; second++) {
            assertThat(untilServed(Rig.SERVER_MAC, Duration.ofSeconds(1)))
                    .isLessThan(Duration.ofSeconds(1));
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(untilServed(OTHER_MAC, Duration.ofSeconds(90)))
                .isLessThan(Duration.ofSeconds(8));
        assertThat(rig.count(Counter.NEIGHBOUR_MOVES)).isOne();
    }

    @Test
    void oneSpoofedPacketStealsNothing() {
        List<PacketBuilder> lies =
                List.of(
                        PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                                .arp(1, OTHER_MAC, Rig.SERVER, ZERO, Rig.SERVER),
                        PacketBuilder.ethernet(OTHER_MAC, Rig.LAN_MAC)
                                .arp(2, OTHER_MAC, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1"),
                        PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                                .arp(1, OTHER_MAC, Rig.SERVER, ZERO, "10.0.1.1"),
                        PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                                .arp(2, OTHER_MAC, Rig.SERVER, BROADCAST, Rig.SERVER));
        for (PacketBuilder lie : lies) {
            rig.server.send(lie);
            rig.run();
            for (int tenth = 0; tenth < 30; tenth++) {
                for (byte[] frame : rig.clientSends(fromClient().udp(40000, 53).payload("q"))) {
                    if (asks(frame) && isTo(frame, Rig.SERVER_MAC)) {
                        answer(Rig.SERVER_MAC);
                    }
                    assertThat(isIpv4(frame) && isTo(frame, OTHER_MAC)).as("stolen").isFalse();
                }
                rig.pass(Duration.ofMillis(100));
            }
        }
        assertThat(rig.count(Counter.NEIGHBOUR_MOVES)).isZero();
    }

    @Test
    void anAnnouncedMoveIsBelievedWithinASecondIfTheOldOneIsSilent() {
        rig.clientSends(fromClient().udp(40000, 53).payload("q"));
        rig.server.send(
                PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                        .arp(1, OTHER_MAC, Rig.SERVER, ZERO, Rig.SERVER));
        rig.run();

        assertThat(untilServed(OTHER_MAC, Duration.ofSeconds(10)))
                .isLessThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(rig.count(Counter.NEIGHBOUR_MOVES)).isOne();
    }

    private static PacketBuilder announcement() {
        return PacketBuilder.ethernet(OTHER_MAC, BROADCAST)
                .arp(1, OTHER_MAC, Rig.SERVER, ZERO, Rig.SERVER);
    }

    @Test
    void aRefusedMoveIsToldAndNotAskedAboutAgainForASecond() {
        rig.clientSends(fromClient().udp(40000, 53).payload("q"));
        int asked = 0;
        for (int tenth = 0; tenth < 50; tenth++) {
            rig.server.send(announcement());
            rig.run();
            for (byte[] frame : rig.server.receiveAll()) {
                if (asks(frame) && isTo(frame, Rig.SERVER_MAC)) {
                    asked++;
                    answer(Rig.SERVER_MAC);
                }
            }
            rig.pass(Duration.ofMillis(100));
        }

        assertThat(asked).as("requests in five seconds").isBetween(4, 6);
        assertThat(rig.count(Counter.NEIGHBOUR_MOVES_REFUSED)).isBetween(45L, 50L);
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("NEIGHBOUR_CONFLICT begins", Rig.SERVER + " on lan")
                .contains(OTHER_MAC, Rig.SERVER_MAC);
    }

    @Test
    void aMoveIsLoggedWithBothAddresses() {
        rig.clientSends(fromClient().udp(40000, 53).payload("q"));
        rig.server.send(announcement());
        for (int tenth = 0; tenth < 30; tenth++) {
            rig.pass(Duration.ofMillis(100));
        }
        rig.server.receiveAll();

        assertThat(log.lines())
                .containsExactly(
                        "neighbour 10.0.1.11 on lan moved from "
                                + Rig.SERVER_MAC
                                + " to "
                                + OTHER_MAC);
    }

    @Test
    void whereMovesAreNotVerifiedTheyAreBelievedAtOnce() {
        try (Rig trusting = Rig.believing(new NeighbourSettings(false, true))) {
            trusting.resolved();
            trusting.serverSends(announcement());
            assertThat(trusting.clientSends(fromClient().udp(40000, 53).payload("q")))
                    .allSatisfy(frame -> assertThat(isTo(frame, OTHER_MAC)).isTrue());
        }
    }

    @Test
    void allWorkersFollowAMoveThatOneHasVerified() {
        try (Rig several = new Rig(4, 1024)) {
            several.resolved();
            Set<String> reached = new TreeSet<>();
            sendFromManyClients(several, reached);
            assertThat(reached).containsExactly(Rig.SERVER_MAC);
            several.server.send(announcement());
            for (int tenth = 0; tenth < 10; tenth++) {
                several.pass(Duration.ofMillis(100));
            }
            several.out();

            reached.clear();
            sendFromManyClients(several, reached);
            assertThat(reached).containsExactly(OTHER_MAC);
        }
    }

    /// What MAC addresses queries of many flows, which all workers share, go to; ARP is answered.
    private void sendFromManyClients(Rig several, Set<String> reached) {
        for (int port = 40000; port < 40064; port++) {
            several.client.send(fromClient().udp(port, 53).payload("q"));
        }
        for (int round = 0; round < 3; round++) {
            several.run();
            for (byte[] frame : several.server.receiveAll()) {
                String mac = HexFormat.ofDelimiter(":").formatHex(frame, 0, 6);
                if (isIpv4(frame)) {
                    reached.add(mac);
                } else if (asks(frame)) {
                    String asked = mac.equals(BROADCAST) ? Rig.SERVER_MAC : mac;
                    several.server.send(
                            PacketBuilder.ethernet(asked, Rig.LAN_MAC)
                                    .arp(2, asked, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1"));
                }
            }
        }
    }

    @Test
    void flushedNeighboursAreAskedForAgain() {
        rig.clientSends(fromClient().udp(40000, 53).payload("q"));
        assertThat(rig.balancer.control().neighbours()).hasSize(2);
        rig.apply(new Change.FlushNeighbours(Optional.of("lan")));
        assertThat(rig.balancer.control().neighbours()).hasSize(1);

        List<byte[]> asked = rig.clientSends(fromClient().udp(40000, 53).payload("waits"));
        assertThat(asked).singleElement().matches(NeighbourMoveTest::asks);
        answer(OTHER_MAC);
        assertThat(rig.server.receiveAll())
                .singleElement()
                .matches(frame -> isIpv4(frame) && isTo(frame, OTHER_MAC));
    }
}
