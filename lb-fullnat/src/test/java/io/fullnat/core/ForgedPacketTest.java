// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a stranger can send who knows addresses and ports of a connection: resets, SYNs, FINs,
/// acknowledgements and data in and out of the window, and ICMP errors. Nothing of it is taken for
/// true: the connection goes on as it was, and its server counts as up.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class ForgedPacketTest {
    private static final List<Integer> FLAGS =
            List.of(
                    0,
                    Tcp.ACK,
                    Tcp.ACK | Tcp.PSH,
                    Tcp.URG,
                    Tcp.RST,
                    Tcp.RST | Tcp.ACK,
                    Tcp.SYN,
                    Tcp.SYN | Tcp.ACK,
                    Tcp.SYN | Tcp.FIN,
                    Tcp.FIN,
                    Tcp.FIN | Tcp.ACK);

    /// From what the other end expects: just before, in the window, behind it, anywhere.
    private static final List<Integer> OFFSETS =
            List.of(-1, 1, 30_000, 65_535, 65_537, -65_536, 1_000_000, 1 << 30, 1 << 31);

    private final Rig rig;
    private final TcpFlow flow;

    ForgedPacketTest(FamilyPair families) {
        rig = Rig.of(families).configured().withStaticNeighbours();
        rig.apply(
                new Change.SetPolicy(
                        rig.tcp,
                        ServicePolicy.DEFAULT.withHealth(
                                HealthPolicy.builder()
                                        .passive(Optional.of(PassiveCheck.DEFAULT))
                                        .endConnections(true)
                                        .build())));
        flow = TcpFlow.established(rig, 40_000);
        flow.exchange();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /// Both ends are honest: one that is challenged, or challenges, says what it knows.
    private void goOn() {
        rig.out();
        flow.acknowledgeFromServer();
        flow.acknowledgeFromClient();
        flow.exchange();
    }

    private void assertAsBefore() {
        rig.pass(Duration.ofSeconds(301));
        assertThat(flow.state()).isEqualTo("TCP_EST");
        flow.exchange();
        assertThat(rig.count(Counter.SERVERS_DOWN)).isZero();
        assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        assertThat(rig.count(Counter.TCP_RESETS)).isZero();
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void segmentsOfAnyKindAndNumber(boolean byClient) {
        for (int flags : FLAGS) {
            for (int offset : OFFSETS) {
                for (int acknowledged : new int[] {0, 5, -1_000_000, 1 << 30}) {
                    forge(byClient, flags, offset, acknowledged);
                    goOn();
                }
            }
        }
        assertAsBefore();
    }

    private void forge(boolean byClient, int flags, int offset, int acknowledged) {
        PacketBuilder segment = byClient ? flow.client() : flow.server();
        int expected = byClient ? flow.clientNext : flow.serverNext;
        int heard = byClient ? flow.clientGot : flow.serverGot;
        segment.flags(flags)
                .sequence(expected + offset)
                .acknowledgement(heard + acknowledged)
                .payload(new byte[flags == (Tcp.ACK | Tcp.PSH) ? 10 : 0]);
        assertThat(byClient ? rig.clientSends(segment) : rig.serverSends(segment))
                .as("its receiver judges it")
                .hasSize(1);
    }

    /// Where the service drops them, what lies far from the window reaches nobody, and nothing that
    /// honest ends say is lost; where it counts them, all does.
    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = OutOfWindow.class,
            names = {"COUNT", "DROP"})
    void segmentsFarFromTheWindow(OutOfWindow wanted) {
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withOutOfWindow(wanted)));
        TcpFlow looked = TcpFlow.established(rig, 41_000);
        looked.exchange();
        int sent = 0;
        for (int flags : List.of(Tcp.ACK, Tcp.ACK | Tcp.PSH, Tcp.RST, Tcp.FIN | Tcp.ACK)) {
            for (int offset : List.of(-200_000, 200_000, 1_000_000, 1 << 30, 1 << 31)) {
                List<byte[]> out =
                        rig.clientSends(
                                looked.client()
                                        .flags(flags)
                                        .sequence(looked.clientNext + offset)
                                        .acknowledgement(looked.clientGot));
                assertThat(out).hasSize(wanted == OutOfWindow.DROP ? 0 : 1);
                sent++;
                looked.acknowledgeFromServer();
                looked.acknowledgeFromClient();
            }
        }
        looked.exchange();

        boolean drops = wanted == OutOfWindow.DROP;
        assertThat(rig.count(Outcome.OUT_OF_WINDOW)).isEqualTo(drops ? sent : 0);
        assertThat(rig.count(Counter.OUT_OF_WINDOW_PASSED)).isEqualTo(drops ? 0 : sent);
    }

    /// A FIN of each side, then a SYN: as if the connection were over.
    @Test
    void allOfAConversationMadeUp() {
        forge(true, Tcp.FIN | Tcp.ACK, 77, 0);
        forge(false, Tcp.FIN | Tcp.ACK, 77, 0);
        forge(true, Tcp.ACK, 78, 1);
        forge(true, Tcp.SYN, 900_000, 0);
        goOn();
        assertAsBefore();
    }

    @Test
    void aHandshakeIsNotHijackedBlindly() {
        TcpFlow half = new TcpFlow(rig, 41_000);
        half.syn();
        for (int offset : OFFSETS) {
            rig.clientSends(half.client().flags(Tcp.RST).sequence(half.clientNext + offset));
        }
        rig.out();
        TcpFlow other = new TcpFlow(rig, 41_001);
        other.synReceived();
        for (int offset : List.of(-1, -65_536, 65_536, 1_000_000, 1 << 31)) {
            rig.clientSends(
                    other.client()
                            .flags(Tcp.ACK)
                            .sequence(other.clientNext)
                            .acknowledgement(other.serverNext + offset));
        }

        assertThat(other.state()).isEqualTo("SYN_RECV");
        assertThat(rig.count(Counter.SERVERS_DOWN)).isZero();
    }

    /// Type and code of errors that somebody might obey.
    private int[][] errors() {
        return rig.families.clients == FamilyPair.Side.V4
                ? new int[][] {
                    {3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 5}, {3, 9}, {3, 13}, {4, 0}, {5, 1},
                    {11, 0}, {12, 0}
                }
                : new int[][] {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {3, 0}, {4, 0}, {137, 0}};
    }

    /// They quote the right addresses and ports; what they quote of numbers is passed on, for the
    /// server's stack to compare with its own (RFC 5927 §4).
    @Test
    void icmpErrorsOfAnyKind() {
        for (int[] error : errors()) {
            for (int offset : new int[] {-1_000_000, 0, 1_000_000, 1 << 30}) {
                byte[] quoted =
                        rig.families
                                .clients
                                .packet(
                                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC),
                                        rig.families.vip(),
                                        rig.families.clients.client)
                                .tcp(80, flow.clientPort)
                                .flags(Tcp.ACK)
                                .sequence(flow.serverNext + offset)
                                .acknowledgement(flow.clientNext)
                                .toBytes();
                rig.clientSends(rig.request().icmp(error[0], error[1], 68).quoting(quoted, 8));
                goOn();
            }
        }
        assertAsBefore();
    }

    /// An error that quotes what nobody sent from here reaches nobody.
    @Test
    void icmpErrorsAboutPacketsOfOthers() {
        byte[] quoted =
                rig.families
                        .clients
                        .packet(
                                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC),
                                rig.families.vip(),
                                rig.families.clients.stranger(7))
                        .tcp(80, flow.clientPort)
                        .flags(Tcp.ACK)
                        .toBytes();

        rig.client.send(rig.families.clients.portUnreachable(rig.request()).quoting(quoted, 8));
        rig.run();

        assertThat(rig.server.receiveAll()).isEmpty();
        goOn();
        assertAsBefore();
    }
}
