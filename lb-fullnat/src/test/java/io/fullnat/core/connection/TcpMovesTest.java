// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionState.CLOSE;
import static io.fullnat.core.connection.ConnectionState.CLOSE_WAIT;
import static io.fullnat.core.connection.ConnectionState.ESTABLISHED;
import static io.fullnat.core.connection.ConnectionState.FIN_WAIT;
import static io.fullnat.core.connection.ConnectionState.LAST_ACK;
import static io.fullnat.core.connection.ConnectionState.SYN_RECV;
import static io.fullnat.core.connection.ConnectionState.TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a segment does to a connection, and what is not believed: the client's first sequence
/// number is just below the largest, the server's is 5000.
class TcpMovesTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int CLIENT = 0xFFFF_FFF0;
    private static final int SERVER = 5000;

    private final Region region = Region.allocate(ConnectionLayout.ENTRY_LENGTH, "an entry");
    private final long entry = region.address();

    @BeforeEach
    void synIsSent() {
        Memory.zero(entry, ConnectionLayout.ENTRY_LENGTH);
        set(TcpMoves.begin(entry, CLIENT));
    }

    @AfterEach
    void free() {
        region.close();
    }

    private void set(ConnectionState state) {
        TcpMoves.watch(entry, state);
    }

    private ConnectionState segment(int direction, int flags, int sequence, int acknowledgement) {
        ConnectionState next = TcpMoves.next(entry, direction, flags, sequence, acknowledgement, 0);
        set(next);
        return next;
    }

    private ConnectionState client(int flags, int sequence, int acknowledgement) {
        return segment(INBOUND, flags, CLIENT + sequence, SERVER + acknowledgement);
    }

    private ConnectionState server(int flags, int sequence, int acknowledgement) {
        return segment(OUTBOUND, flags, SERVER + sequence, CLIENT + acknowledgement);
    }

    private void established() {
        assertThat(server(SYN | ACK, 0, 1)).isEqualTo(SYN_RECV);
        assertThat(client(ACK, 1, 1)).isEqualTo(ESTABLISHED);
    }

    @Test
    void aHandshakeIsCompletedByTheClientsAcknowledgementOfWhatTheServerSent() {
        assertThat(client(ACK, 1, 1)).as("nobody has answered").isEqualTo(SYN_RECV);
        assertThat(server(SYN | ACK, 0, 1)).isEqualTo(SYN_RECV);
        assertThat(client(ACK, 1, 0)).as("a guess below").isEqualTo(SYN_RECV);
        assertThat(client(ACK, 1, 70_000)).as("a guess above").isEqualTo(SYN_RECV);
        assertThat(client(ACK, 1, 1)).isEqualTo(ESTABLISHED);
    }

    @Test
    void aStrangersSynDoesNotHideTheClients() {
        assertThat(client(SYN, 900_000, 0)).isEqualTo(SYN_RECV);
        assertThat(client(RST, 900_001, 0)).as("the stranger's reset").isEqualTo(SYN_RECV);
        established();
    }

    @Test
    void theServerMayAnswerTheSynThatCameLast() {
        client(SYN, 900_000, 0);
        client(SYN, 500_000, 0);
        assertThat(server(SYN | ACK, 0, 900_001)).isEqualTo(SYN_RECV);
        assertThat(client(ACK, 900_001, 1)).as("neither first nor last").isEqualTo(SYN_RECV);
        assertThat(server(SYN | ACK, 0, 500_001)).isEqualTo(SYN_RECV);
        assertThat(client(ACK, 500_001, 1)).isEqualTo(ESTABLISHED);
        assertThat(client(RST, 500_001, 1)).isEqualTo(CLOSE);
    }

    @Test
    void theServersResetMayBeForTheSynThatCameLast() {
        client(SYN, 500_000, 0);
        assertThat(server(RST | ACK, 0, 500_001)).isEqualTo(CLOSE);
    }

    @Test
    void theServerCompletesAHandshakeOnlyWithWhatItHasFromTheClient() {
        server(SYN | ACK, 0, 1);
        assertThat(server(ACK, 1, 0)).as("a guess below").isEqualTo(SYN_RECV);
        assertThat(server(ACK, 1, 70_000)).as("a guess above").isEqualTo(SYN_RECV);
        assertThat(server(ACK, 1, 100)).isEqualTo(ESTABLISHED);
    }

    @Test
    void theClientClosesFirst() {
        established();
        assertThat(client(FIN | ACK, 1, 1)).isEqualTo(CLOSE_WAIT);
        assertThat(server(ACK, 1, 2)).isEqualTo(CLOSE_WAIT);
        assertThat(server(FIN | ACK, 1, 2)).isEqualTo(LAST_ACK);
        assertThat(TcpMoves.isOver(entry)).isTrue();
    }

    @Test
    void theServerClosesFirst() {
        established();
        assertThat(server(FIN | ACK, 1, 1)).isEqualTo(FIN_WAIT);
        assertThat(TcpMoves.isOver(entry)).isFalse();
        assertThat(client(FIN | ACK, 1, 2)).isEqualTo(TIME_WAIT);
        assertThat(TcpMoves.isOver(entry)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1, true", "0, false", "65536, true", "65537, false", "-1, false"})
    void aResetCountsWithinAWindowOfWhatTheOtherEndExpects(int sequence, boolean ends) {
        established();
        server(ACK, 1, 1);

        assertThat(client(RST, sequence, 0)).isEqualTo(ends ? CLOSE : ESTABLISHED);
        assertThat(TcpMoves.isOver(entry)).isEqualTo(ends);
    }

    @Test
    void aConnectionThatWasResetGoesOnIfTheOtherEndDoes() {
        established();
        server(ACK, 1, 1);
        assertThat(client(RST, 1, 0)).isEqualTo(CLOSE);

        assertThat(server(ACK, 1, 1)).isEqualTo(ESTABLISHED);
        assertThat(TcpMoves.isDoubtful(entry)).as("until the client speaks").isTrue();
        assertThat(client(ACK, 1, 1)).isEqualTo(ESTABLISHED);
        assertThat(TcpMoves.isDoubtful(entry)).isFalse();
    }

    @Test
    void theServersResetOfASynMustAcknowledgeIt() {
        assertThat(server(RST | ACK, 0, 0)).as("another SYN").isEqualTo(SYN_RECV);
        assertThat(server(RST, 0, 0)).as("none").isEqualTo(SYN_RECV);
        assertThat(server(RST | ACK, 0, 1)).isEqualTo(CLOSE);
    }

    @Test
    void whatHasNotBegunIsNotBroughtBackByAnAcknowledgement() {
        assertThat(server(RST | ACK, 0, 1)).isEqualTo(CLOSE);
        assertThat(client(ACK, 1, 1)).isEqualTo(CLOSE);
    }

    @Test
    void noResetCountsWhenBothHaveClosed() {
        established();
        client(FIN | ACK, 1, 1);
        server(FIN | ACK, 1, 2);

        assertThat(client(RST, 2, 0)).isEqualTo(LAST_ACK);
    }

    @Test
    void aFinThatIsNotAcknowledgedIsForgottenWhenTheIdleTimeIsOver() {
        established();
        assertThat(client(FIN | ACK, 5000, 1)).isEqualTo(CLOSE_WAIT);
        server(ACK, 1, 1); // the server goes on as if there had been none

        assertThat(TcpMoves.afterIdleTime(entry)).isEqualTo(ESTABLISHED);
    }

    @Test
    void aFinHoldsIfTheOtherEndIsSilentOrAcknowledgesIt() {
        established();
        client(FIN | ACK, 1, 1);
        assertThat(TcpMoves.afterIdleTime(entry)).as("silent").isEqualTo(CLOSE_WAIT);

        server(ACK, 1, 2);
        assertThat(TcpMoves.afterIdleTime(entry)).as("acknowledged").isEqualTo(CLOSE_WAIT);
    }

    @Test
    void aSynBeginsAnewWhatIsOverAndNothingElse() {
        established();
        assertThat(client(SYN, 9000, 0)).isEqualTo(ESTABLISHED);
        client(FIN | ACK, 1, 1);
        server(ACK, 1, 2);
        assertThat(client(SYN, 9000, 0)).as("half closed").isEqualTo(CLOSE_WAIT);
        server(FIN | ACK, 1, 2);

        assertThat(client(SYN, 9000, 0)).isEqualTo(SYN_RECV);
        assertThat(client(ACK, 9001, 1)).as("not yet answered").isEqualTo(SYN_RECV);
    }

    @Test
    void aSegmentWithoutAcknowledgementMeansNothing() {
        established();
        assertThat(client(FIN, 1, 0)).isEqualTo(ESTABLISHED);
        assertThat(client(0, 1, 0)).isEqualTo(ESTABLISHED);
    }
}
