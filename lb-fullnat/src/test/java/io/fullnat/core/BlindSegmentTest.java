// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Segments that a stranger makes up, who knows addresses and ports of a connection but not its
/// sequence numbers, end no connection.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class BlindSegmentTest {
    private final Rig rig;
    private final TcpFlow flow;

    BlindSegmentTest(FamilyPair families) {
        rig = Rig.of(families).configured().withStaticNeighbours();
        flow = TcpFlow.established(rig, 40_000);
    }

    @AfterEach
    void allIsCountedAndGivenBack() {
        rig.close();
    }

    private PacketBuilder forged(boolean byClient, int flags, int sequence) {
        PacketBuilder end = byClient ? flow.client() : flow.server();
        return end.flags(flags).sequence(sequence).acknowledgement(0x1234_5678);
    }

    private void forge(boolean byClient, int flags, int sequence) {
        PacketBuilder segment = forged(byClient, flags, sequence);
        assertThat(byClient ? rig.clientSends(segment) : rig.serverSends(segment))
                .as("its end judges for itself")
                .hasSize(1);
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aResetWithAnySequenceNumberLeavesAnIdleConnection(boolean byClient) {
        flow.exchange();

        forge(byClient, Tcp.RST, 1);
        rig.pass(Duration.ofSeconds(5));

        flow.exchange();
        assertThat(flow.state()).isEqualTo("TCP_EST");
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aFinWithAnySequenceNumberLeavesAnIdleConnection(boolean byClient) {
        flow.exchange();

        forge(byClient, Tcp.FIN | Tcp.ACK, 1);
        rig.pass(Duration.ofSeconds(30));

        flow.exchange();
    }

    @ParameterizedTest(name = "{0} s")
    @ValueSource(ints = {10, 200})
    void aClientThatHasClosedGetsALateAnswer(int seconds) {
        flow.clientData(100);
        flow.clientCloses();

        rig.pass(Duration.ofSeconds(seconds));

        flow.serverData(1000);
    }

    @ParameterizedTest(name = "{0} s")
    @ValueSource(ints = {10, 200})
    void aServerThatHasClosedGetsTheRest(int seconds) {
        flow.serverData(100);
        flow.serverCloses();

        rig.pass(Duration.ofSeconds(seconds));

        flow.clientData(1000);
    }

    @Test
    void aSynThatFollowsAForgedFinBeginsNothingAnew() {
        flow.exchange();

        forge(true, Tcp.FIN | Tcp.ACK, 1);
        forge(true, Tcp.SYN, 1);
        rig.pass(Duration.ofSeconds(60));

        flow.exchange();
    }

    @Test
    void anAcknowledgementThatAnswersNoSynAckEstablishesNothing() {
        TcpFlow halfOpen = new TcpFlow(rig, 40_001);
        halfOpen.syn();

        rig.clientSends(halfOpen.client().flags(Tcp.ACK).sequence(halfOpen.clientNext));

        assertThat(halfOpen.state()).isEqualTo("SYN_RECV");
    }

    @Test
    void aHandshakeNeedsTheServersSequenceNumber() {
        TcpFlow halfOpen = new TcpFlow(rig, 40_001);
        halfOpen.synReceived();

        rig.clientSends(
                halfOpen.client()
                        .flags(Tcp.ACK)
                        .sequence(halfOpen.clientNext)
                        .acknowledgement(0x1234_5678));
        assertThat(halfOpen.state()).isEqualTo("SYN_RECV");

        halfOpen.acknowledgeFromClient();
        assertThat(halfOpen.state()).isEqualTo("TCP_EST");
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aRealResetEndsTheConnectionSoon(boolean byClient) {
        flow.exchange();

        reset(byClient, 0);

        assertThat(flow.state()).isEqualTo("TCP_CLOSE");
        rig.pass(Duration.ofSeconds(12));
        assertThat(flow.state()).isEqualTo("none");
    }

    private void reset(boolean byClient, int beyond) {
        if (byClient) {
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext + beyond));
        } else {
            rig.serverSends(flow.server().flags(Tcp.RST).sequence(flow.serverNext + beyond));
        }
    }

    /// The data before it was lost or is not acknowledged yet.
    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aResetRightBehindDataEndsTheConnection(boolean byClient) {
        flow.exchange();

        reset(byClient, 5_000);

        assertThat(flow.state()).isEqualTo("TCP_CLOSE");
    }

    @ParameterizedTest(name = "by client {0}")
    @ValueSource(booleans = {true, false})
    void aChallengeUndoesAResetThatOnlyFitsTheWindow(boolean byClient) {
        flow.exchange();
        reset(byClient, 60_000);

        if (byClient) {
            flow.acknowledgeFromServer();
        } else {
            flow.acknowledgeFromClient();
        }
        assertThat(flow.state()).isEqualTo("TCP_EST");
        rig.pass(Duration.ofSeconds(200));
        flow.exchange();

        rig.pass(Duration.ofMinutes(60));
        flow.exchange();
    }

    /// What was under way when it was reset keeps no entry for two hours.
    @Test
    void aConnectionThatIsRefreshedByACrossingPacketAfterARealResetEndsAsIfHalfClosed() {
        flow.exchange();
        reset(true, 0);
        flow.serverData(100);

        assertThat(flow.state()).isEqualTo("TCP_EST");
        rig.pass(Duration.ofSeconds(302));
        assertThat(flow.state()).isEqualTo("none");
    }

    /// A server that was restarted answers data by a reset with the number that it acknowledges.
    @Test
    void aServerThatHasForgottenTheConnectionResetsIt() {
        flow.exchange();
        flow.clientData(100);

        rig.serverSends(flow.server().flags(Tcp.RST).sequence(flow.clientGot));

        assertThat(flow.state()).isEqualTo("TCP_CLOSE");
    }

    /// A client that was restarted: its SYN is answered with a challenge, which it resets.
    @Test
    void aClientThatHasForgottenTheConnectionConnectsAgain() {
        flow.exchange();
        PacketBuilder syn = flow.client().flags(Tcp.SYN).sequence(0x1111_1111);

        assertThat(rig.clientSends(syn)).hasSize(1);
        assertThat(flow.state()).isEqualTo("TCP_EST");
        flow.acknowledgeFromServer();
        reset(true, 0);
        assertThat(flow.state()).isEqualTo("TCP_CLOSE");

        assertThat(rig.clientSends(flow.client().flags(Tcp.SYN).sequence(0x1111_1111))).hasSize(1);
        assertThat(flow.state()).isEqualTo("SYN_RECV");
    }

    @Test
    void aRefusedConnectionIsClosedAndMayBeTriedAgain() {
        TcpFlow refused = new TcpFlow(rig, 40_001);
        refused.syn();

        rig.serverSends(
                refused.server()
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(0)
                        .acknowledgement(refused.clientNext));
        assertThat(refused.state()).isEqualTo("TCP_CLOSE");

        refused.clientNext += 1_000;
        refused.synReceived();
        refused.acknowledgeFromClient();
        assertThat(refused.state()).isEqualTo("TCP_EST");
    }

    @Test
    void aRefusalOfAnotherSynIsNone() {
        TcpFlow halfOpen = new TcpFlow(rig, 40_001);
        halfOpen.syn();

        rig.serverSends(
                halfOpen.server()
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(0)
                        .acknowledgement(halfOpen.clientNext + 0x4000_0000));

        assertThat(halfOpen.state()).isEqualTo("SYN_RECV");
    }

    /// The victim of a forged source answers the SYN-ACK.
    @Test
    void aClientThatDidNotAskResetsTheHandshake() {
        TcpFlow halfOpen = new TcpFlow(rig, 40_001);
        halfOpen.synReceived();

        rig.clientSends(halfOpen.client().flags(Tcp.RST).sequence(halfOpen.clientNext));

        assertThat(halfOpen.state()).isEqualTo("TCP_CLOSE");
    }

    @Test
    void aConnectionThatTheClientClosesFirstEndsSoonAfterBothHave() {
        flow.exchange();
        flow.clientCloses();
        assertThat(flow.state()).isEqualTo("CLOSE_WAIT");
        flow.serverCloses();
        assertThat(flow.state()).isEqualTo("LAST_ACK");

        rig.pass(Duration.ofSeconds(12));
        assertThat(flow.state()).isEqualTo("none");
    }

    /// The server keeps its ports in TIME_WAIT, for 60 s on Linux.
    @Test
    void aConnectionThatTheServerClosesFirstIsKeptAsLongAsTheServerKeepsIt() {
        flow.exchange();
        flow.serverCloses();
        assertThat(flow.state()).isEqualTo("FIN_WAIT");
        flow.clientCloses();
        assertThat(flow.state()).isEqualTo("TIME_WAIT");
        reset(true, 0);

        rig.pass(Duration.ofSeconds(59));
        assertThat(flow.state()).isEqualTo("TIME_WAIT");
        rig.pass(Duration.ofSeconds(3));
        assertThat(flow.state()).isEqualTo("none");
    }

    @Test
    void bothMayCloseAtOnce() {
        flow.exchange();
        rig.clientSends(flow.clientSegment(Tcp.FIN | Tcp.ACK));
        rig.serverSends(flow.serverSegment(Tcp.FIN | Tcp.ACK));
        flow.serverGot = ++flow.clientNext;
        flow.clientGot = ++flow.serverNext;
        flow.acknowledgeFromClient();
        flow.acknowledgeFromServer();

        assertThat(flow.state()).isEqualTo("TIME_WAIT");
        rig.pass(Duration.ofSeconds(62));
        assertThat(flow.state()).isEqualTo("none");
    }

    @Test
    void aFinThatIsSentAgainKeepsTheCloseAsItIs() {
        flow.exchange();
        PacketBuilder fin = flow.clientSegment(Tcp.FIN | Tcp.ACK);
        rig.clientSends(fin);
        rig.clientSends(flow.clientSegment(Tcp.FIN | Tcp.ACK));
        flow.serverGot = ++flow.clientNext;
        flow.acknowledgeFromServer();
        flow.serverCloses();

        assertThat(flow.state()).isEqualTo("LAST_ACK");
        rig.pass(Duration.ofSeconds(12));
        assertThat(flow.state()).isEqualTo("none");
    }

    /// The server closes while the client goes on sending; a stranger's FIN makes it look closed by
    /// both.
    @Test
    void aForgedFinDoesNotCutAClientThatGoesOn() {
        flow.exchange();
        flow.serverCloses();
        forge(true, Tcp.FIN | Tcp.ACK, 1);
        flow.acknowledgeFromServer();
        assertThat(flow.state()).isEqualTo("TIME_WAIT");

        rig.pass(Duration.ofSeconds(200));

        flow.clientData(100);
        flow.acknowledgeFromServer();
    }

    /// A server that died leaves no entries for hours of clients that closed.
    @Test
    void aFinToAServerThatIsSilentCloses() {
        flow.exchange();
        rig.clientSends(flow.clientSegment(Tcp.FIN | Tcp.ACK));

        rig.pass(Duration.ofSeconds(302));

        assertThat(flow.state()).isEqualTo("none");
    }

    @Test
    void anEstablishedConnectionMayBeIdleForTwoHours() {
        flow.exchange();

        rig.pass(Duration.ofMinutes(123));
        flow.exchange();

        rig.pass(Duration.ofMinutes(125));
        assertThat(flow.state()).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Tcp.PSH, Tcp.URG, Tcp.SYN | Tcp.ACK, Tcp.SYN | Tcp.FIN, Tcp.SYN})
    void otherSegmentsChangeNothing(int flags) {
        flow.exchange();
        flow.clientCloses();
        flow.serverCloses();

        if (flags != Tcp.SYN) {
            forge(true, flags, 1);
        }
        forge(false, flags, 1);

        assertThat(flow.state()).isEqualTo("LAST_ACK");
    }

    @Test
    void aConnectionThatIsOverBeginsAnewByASyn() {
        flow.exchange();
        flow.serverCloses();
        flow.clientCloses();
        TcpFlow again = new TcpFlow(rig, 40_000);
        again.clientNext = flow.clientNext + 100_000;
        again.synReceived();
        again.acknowledgeFromClient();
        again.exchange();

        assertThat(again.state()).isEqualTo("TCP_EST");
        assertThat(again.localPort).isEqualTo(flow.localPort);
    }
}
