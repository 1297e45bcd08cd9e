// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionState.CLOSE;
import static io.fullnat.core.connection.ConnectionState.ESTABLISHED;
import static io.fullnat.core.connection.ConnectionState.LAST_ACK;
import static io.fullnat.core.connection.ConnectionState.SYN_RECV;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What lies in a window and what does not, to the byte, in each direction, across the end of the
/// numbers: the client's first is just below the largest, the server's just below the sign.
class TcpWindowsTest {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int[] FIRST = {0xFFFF_FFF0, 0x7FFF_FFF0};
    private static final int WINDOW = 1000;
    private static final int NO_SCALE = -1;

    /// Twice the largest window without scaling, which is the least that counts.
    private static final int REACH = 131_070;

    private final Region region = Region.allocate(2L * ConnectionLayout.ENTRY_LENGTH, "entries");
    private final long other = region.address();
    private final long entry = other + ConnectionLayout.ENTRY_LENGTH;
    private final TcpWindows windows = new TcpWindows(other, region.size());

    @BeforeEach
    void begins() {
        Memory.zero(other, region.size());
        windows.begin(entry);
        TcpMoves.watch(entry, TcpMoves.begin(entry, FIRST[INBOUND]));
    }

    @AfterEach
    void free() {
        windows.close();
        region.close();
    }

    /// Whether a segment fits that ends so far behind its sender's SYN; the state sees it then.
    private boolean fits(
            int direction, int flags, int sequence, int acknowledged, int window, int scale) {
        int number = FIRST[direction] + sequence;
        int acknowledgement = FIRST[1 - direction] + acknowledged;
        boolean fits =
                windows.fits(entry, direction, flags, number, acknowledgement, 0, window, scale);
        if (fits) {
            TcpMoves.watch(
                    entry, TcpMoves.next(entry, direction, flags, number, acknowledgement, 0));
        }
        return fits;
    }

    private boolean fits(int direction, int flags, int sequence, int acknowledged) {
        return fits(direction, flags, sequence, acknowledged, WINDOW, NO_SCALE);
    }

    /// The same, but nobody gets it.
    private boolean wouldFit(int direction, int flags, int sequence, int acknowledged) {
        return windows.fits(
                entry,
                direction,
                flags,
                FIRST[direction] + sequence,
                FIRST[1 - direction] + acknowledged,
                0,
                0,
                NO_SCALE);
    }

    /// How far the sender in a direction is known to have sent: the most that may be acknowledged.
    private void assertSent(int direction, int end) {
        assertSent(direction, end, 1);
    }

    /// @param back where the other direction is
    private void assertSent(int direction, int end, int back) {
        assertThat(wouldFit(1 - direction, ACK, back, end)).as("all of it").isTrue();
        assertThat(wouldFit(1 - direction, ACK, back, end + 1)).as("one more").isFalse();
    }

    private void connect(int clientScale, int serverScale, int window) {
        assertThat(fits(INBOUND, SYN, 0, 0, window, clientScale)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1, window, serverScale)).isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1, window, NO_SCALE)).isTrue();
        assertThat(fits(OUTBOUND, ACK, 1, 1, window, NO_SCALE)).isTrue();
        assertThat(state()).isEqualTo(ESTABLISHED);
    }

    private void connect() {
        connect(NO_SCALE, NO_SCALE, WINDOW);
    }

    private ConnectionState state() {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 131070, true", "0, 131071, false", "0, -131070, true", "0, -131071, false",
        "1, 131070, true", "1, 131071, false", "1, -131070, true", "1, -131071, false",
        "0, -2147483648, false", "0, 2147483647, false", "1, -2147483648, false"
    })
    void aSegmentEndsWithinTwiceTheWindowOfWhatItsReceiverExpects(
            int direction, int distance, boolean fits) {
        connect();
        assertThat(wouldFit(direction, RST, 1 + distance, 0)).isEqualTo(fits);
        assertThat(wouldFit(direction, 0, 1 + distance, 0)).isEqualTo(fits);
        assertThat(wouldFit(direction, ACK, 1 + distance, 1)).isEqualTo(fits);
    }

    @Test
    void payloadAndFinAreAPartOfIt() {
        connect();
        int start = FIRST[INBOUND] + 1;
        int received = FIRST[OUTBOUND] + 1;
        assertThat(windows.fits(entry, INBOUND, ACK, start + REACH - 9, received, 9, 0, -1))
                .isTrue();
        assertThat(windows.fits(entry, INBOUND, ACK, start + REACH - 9, received, 10, 0, -1))
                .isFalse();
        assertThat(windows.fits(entry, INBOUND, FIN, start + REACH - 9, received, 8, 0, -1))
                .isTrue();
        assertThat(windows.fits(entry, INBOUND, FIN, start + REACH - 9, received, 9, 0, -1))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {INBOUND, OUTBOUND})
    void nothingIsAcknowledgedThatWasNotSent(int direction) {
        connect();
        assertSent(direction, 1);
        assertThat(fits(direction, ACK, 5001, 1)).isTrue();
        assertSent(direction, 5001);
        assertThat(fits(direction, ACK, 4000, 1)).as("again").isTrue();
        assertSent(direction, 5001);
    }

    @ParameterizedTest
    @ValueSource(ints = {INBOUND, OUTBOUND})
    void noAcknowledgementIsTooOld(int direction) {
        connect();
        assertThat(wouldFit(direction, ACK, 1, 1 - REACH)).isTrue();
        assertThat(wouldFit(direction, ACK, 1, -REACH)).isFalse();
        assertThat(wouldFit(direction, ACK, 1, 1 + Integer.MIN_VALUE)).isFalse();
    }

    @Test
    void acknowledgementsOfResetsAndOfSegmentsWithoutOneAreNotLookedAt() {
        connect();
        assertThat(wouldFit(INBOUND, RST | ACK, 1, 9999)).isTrue();
        assertThat(wouldFit(INBOUND, 0, 1, 9999)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 1, 9999)).isFalse();
        assertThat(wouldFit(INBOUND, FIN | ACK, 1, 9999)).isFalse();
    }

    @Test
    void aResetSaysNothingOfWhatWasSent() {
        connect();
        assertThat(wouldFit(INBOUND, RST, 5000, 0)).isTrue();
        assertSent(INBOUND, 1);
    }

    @Test
    void whatDoesNotFitIsNotNoted() {
        connect();
        assertThat(fits(INBOUND, ACK, 5000, 2)).as("its acknowledgement").isFalse();
        assertThat(fits(INBOUND, ACK, 2 + REACH, 1)).as("its place").isFalse();
        assertSent(INBOUND, 1);
    }

    /// Both SYNs must offer it (RFC 7323 §2.2).
    @ParameterizedTest
    @CsvSource({
        "-1, 4, 131070",
        "4, -1, 131070",
        "0, 4, 2097120",
        "4, 0, 131070",
        "7, 1, 262140",
        "14, 14, 1073741824",
    })
    void windowsAreScaledIfBothEndsSaySo(int client, int server, int reach) {
        connect(client, server, 65_535);
        assertThat(wouldFit(INBOUND, RST, 1 + reach, 0)).as("to the server").isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + reach, 0)).isFalse();
    }

    @Test
    void eachEndHasItsOwnScale() {
        connect(2, 5, 65_535);
        assertThat(wouldFit(OUTBOUND, RST, 1 + 4 * REACH, 0)).isTrue();
        assertThat(wouldFit(OUTBOUND, RST, 2 + 4 * REACH, 0)).isFalse();
        assertThat(wouldFit(INBOUND, RST, 1 + 32 * REACH, 0)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + 32 * REACH, 0)).isFalse();
    }

    /// RFC 7323 §2.3.
    @ParameterizedTest
    @ValueSource(ints = {14, 15, 255})
    void aScaleAboveTheLargestIsTheLargest(int scale) {
        connect(0, scale, 8);
        int reach = 2 * (8 << 14);
        assertThat(wouldFit(INBOUND, RST, 1 + reach, 0)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + reach, 0)).isFalse();
    }

    /// RFC 7323 §2.2: that of a SYN is never scaled.
    @Test
    void theWindowOfASynIsAsItStands() {
        assertThat(fits(INBOUND, SYN, 0, 0, 65_535, 14)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1, 65_535, 14)).isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1, 0, NO_SCALE)).isTrue();
        assertThat(state()).isEqualTo(ESTABLISHED);
        assertThat(wouldFit(INBOUND, RST, 1 + REACH, 0)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + REACH, 0)).isFalse();
    }

    @Test
    void theLargestWindowThatWasOfferedCounts() {
        connect(0, 1, 0);
        assertThat(fits(OUTBOUND, ACK, 1, 1, 65_535, NO_SCALE)).isTrue();
        assertThat(fits(OUTBOUND, ACK, 1, 1, 10, NO_SCALE)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 1 + 2 * REACH, 0)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + 2 * REACH, 0)).isFalse();
    }

    @Test
    void whatAnAcknowledgementMayBeOldIsTheWindowOfItsSender() {
        connect(1, 0, 65_535);
        assertThat(wouldFit(INBOUND, ACK, 1, 1 - 2 * REACH)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 1, -2 * REACH)).isFalse();
        assertThat(wouldFit(OUTBOUND, ACK, 1, 1 - REACH)).isTrue();
        assertThat(wouldFit(OUTBOUND, ACK, 1, -REACH)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsPutIntoAStreamOnItsWayMayBeAcknowledged(boolean modified) {
        connect();
        if (modified) {
            ConnectionLayout.modified(entry, true);
        } else {
            ConnectionLayout.shifted(entry, true);
        }
        assertThat(wouldFit(OUTBOUND, ACK, 1, 1 + 65_535)).isTrue();
        assertThat(wouldFit(OUTBOUND, ACK, 1, 2 + 65_535)).isFalse();
    }

    @Test
    void aConnectionThatIsLookedAtFromItsMiddleOnHasNoWindowUntilBothHaveSpoken() {
        connect();
        windows.begin(entry);
        assertThat(wouldFit(INBOUND, RST, 9_000_000, 0)).isTrue();
        assertThat(fits(OUTBOUND, ACK, 300, 9_000_000)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 9_000_001, 301)).as("the server has spoken").isFalse();
        assertThat(fits(INBOUND, ACK, 9_000_001, 300)).isTrue();
        assertSent(INBOUND, 9_000_001, 300);
        assertSent(OUTBOUND, 300, 9_000_001);
    }

    @Test
    void whatBeginsHasNoWindowsOfAConnectionBefore() {
        connect(7, 7, 65_535);
        windows.begin(entry);
        assertThat(fits(OUTBOUND, ACK, 1, 1)).isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertThat(wouldFit(INBOUND, RST, 2 + REACH, 0)).isFalse();
        assertThat(wouldFit(OUTBOUND, RST, 2 + REACH, 0)).isFalse();
    }

    @Test
    void aReceiverThatHasAcknowledgedNothingTakesAll() {
        connect();
        Memory.putNetworkInt(
                entry + ConnectionLayout.FLOW_LENGTH + ConnectionLayout.ACKNOWLEDGED, 0);
        assertThat(wouldFit(INBOUND, RST, 900_000, 0)).isTrue();
    }

    @Test
    void aHandshakeIsNotJudged() {
        assertThat(wouldFit(OUTBOUND, ACK, 77, 99_999_999)).isTrue();
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 99_999_999, 99_999_999)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 99_999_999, 99_999_999)).isTrue();
        assertThat(state()).isEqualTo(SYN_RECV);
    }

    /// Neither before the server has answered nor afterwards.
    @Test
    void aStrangersAcknowledgementOfAHandshakeIsNotNoted() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 60_000, 1)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 60_001, 2)).as("of what was not sent").isTrue();
        assertThat(wouldFit(INBOUND, ACK, 2 + REACH, 1)).as("too far off").isTrue();
        assertThat(wouldFit(INBOUND, ACK | RST, 60_002, 1)).as("a reset").isTrue();
        assertThat(wouldFit(INBOUND, 0, 60_003, 1)).as("none").isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertSent(INBOUND, 1);
    }

    @Test
    void theClientsDataBeforeTheHandshakeIsDoneAreNoted() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(wouldFit(INBOUND, ACK, 1 + REACH, 1)).as("as far as it may be").isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertSent(INBOUND, 1 + REACH);
    }

    @Test
    void theServersDataAreToo() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(wouldFit(OUTBOUND, ACK, 2 + REACH, 1)).as("further").isTrue();
        assertThat(wouldFit(OUTBOUND, ACK, 1 + REACH, 1)).as("as far as they may be").isTrue();
        assertThat(fits(INBOUND, FIN | ACK, 2, 1)).isTrue();
        assertSent(OUTBOUND, 1 + REACH);
        assertSent(INBOUND, 3);
    }

    /// Of a SYN with data (RFC 7413) the server acknowledges what it took.
    @Test
    void whatTheServerAcknowledgesWithItsSynTheClientHasSent() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 201)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).as("less, when it comes again").isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertSent(INBOUND, 201);
    }

    @Test
    void aSynAckThatAnswersAnotherSynIsNotNoted() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(wouldFit(OUTBOUND, SYN | ACK, 40_000, 90_000)).isTrue();
        assertThat(wouldFit(INBOUND, SYN | ACK, 40_000, 1)).as("of the client").isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertSent(INBOUND, 1);
        assertSent(OUTBOUND, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {SYN, SYN | FIN, SYN | RST, SYN | ACK, SYN | ACK | FIN})
    void aSynWithinAConnectionSaysNothing(int flags) {
        connect();
        assertThat(wouldFit(INBOUND, flags, 7000, 1)).isTrue();
        assertThat(wouldFit(OUTBOUND, flags, 7000, 1)).isTrue();
        assertSent(INBOUND, 1);
        assertSent(OUTBOUND, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {SYN | FIN, SYN | RST})
    void aSynThatIsNoneDoesNotBeginAHandshake(int flags) {
        assertThat(wouldFit(INBOUND, flags, 60_000, 0)).isTrue();
        connect();
        assertSent(INBOUND, 1);
        assertSent(OUTBOUND, 1);
    }

    @Test
    void aSynAfterTheServersAnswerSaysNothing() {
        assertThat(fits(INBOUND, SYN, 0, 0)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 0, 1)).isTrue();
        assertThat(wouldFit(INBOUND, SYN, 90_000, 0)).isTrue();
        assertThat(fits(INBOUND, ACK, 1, 1)).isTrue();
        assertSent(INBOUND, 1);
    }

    /// A connection that is over keeps nothing for the one that begins in its place.
    @Test
    void aSynBeginsAnewWhatIsOver() {
        connect(2, 2, 65_535);
        assertThat(fits(INBOUND, FIN | ACK, 1, 1)).isTrue();
        assertThat(fits(OUTBOUND, FIN | ACK, 1, 2)).isTrue();
        assertThat(state()).isEqualTo(LAST_ACK);
        assertThat(fits(INBOUND, SYN, 700_000, 0)).isTrue();
        assertThat(fits(OUTBOUND, SYN | ACK, 700_000, 700_001)).isTrue();
        assertThat(fits(INBOUND, ACK, 700_001, 700_001)).isTrue();
        assertThat(state()).isEqualTo(ESTABLISHED);
        assertSent(INBOUND, 700_001, 700_001);
        assertThat(wouldFit(INBOUND, RST, 700_001 + REACH, 0)).as("nothing is scaled").isTrue();
        assertThat(wouldFit(INBOUND, RST, 700_002 + REACH, 0)).isFalse();
    }

    /// One end may go on (RFC 5961): what it sends is noted if it fits, and passes anyway.
    @Test
    void aConnectionThatWasResetIsNotJudged() {
        connect();
        assertThat(fits(INBOUND, RST, 1, 0)).isTrue();
        assertThat(state()).isEqualTo(CLOSE);
        assertThat(wouldFit(OUTBOUND, ACK, 2 + REACH, 1)).isTrue();
        assertThat(wouldFit(OUTBOUND, ACK, 500, 2)).isTrue();
        assertThat(wouldFit(OUTBOUND, ACK | RST, 600, 1)).isTrue();
        assertThat(fits(OUTBOUND, ACK, 400, 1)).isTrue();
        assertThat(state()).isEqualTo(ESTABLISHED);
        assertSent(OUTBOUND, 400);
    }

    @Test
    void theConnectionBesideKnowsNothing() {
        connect();
        windows.begin(other);
        Memory.putByte(other + ConnectionLayout.STATE, ESTABLISHED.ordinal());
        assertThat(windows.fits(other, INBOUND, ACK, 1, 2, 0, 0, NO_SCALE)).isTrue();
        assertSent(INBOUND, 1);
    }
}
