// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.Frame;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments of datagrams that come one by one: what becomes of each, and what is known of their
/// packet then. Segments are [FragmentedSegmentsTest]'s, other workers [FragmentHandOverTest]'s.
@ParameterizedClass
@EnumSource(Families.class)
class FragmentInputTest {
    private static final int PACKET = 7;

    private final Families families;
    private final PathBench bench;
    private final WorkerBench worker;
    private final WorkerBench answers;
    private final boolean wide;

    FragmentInputTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.UDP);
        bench.bench.chosen = bench.slot();
        worker = new WorkerBench(bench, INBOUND);
        answers = new WorkerBench(bench, OUTBOUND);
        wide = bench.comesWide(INBOUND);
    }

    @AfterEach
    void close() {
        worker.close();
        answers.close();
        bench.close();
    }

    /// Makes a packet a part of one, whose payload begins so far behind the first one's.
    private static PacketBuilder part(
            PacketBuilder packet, boolean wide, int offset, boolean more, int identification) {
        return wide
                ? packet.extension(Ipv6Extension.fragment(offset, more, identification))
                : packet.fragment(offset, more).identification(identification);
    }

    private PacketBuilder first(int bytes) {
        return first(bench.arriving(INBOUND), bytes);
    }

    private PacketBuilder first(PacketBuilder datagram, int bytes) {
        return part(datagram.payload(data(bytes)), wide, 0, true, PACKET);
    }

    private PacketBuilder later(int offset, int bytes, boolean more) {
        return later(INBOUND, offset, bytes, more);
    }

    private PacketBuilder later(int direction, int offset, int bytes, boolean more) {
        PacketBuilder packet = bench.from(direction).protocol(17).payload(data(bytes));
        return part(packet, bench.comesWide(direction), offset, more, PACKET);
    }

    /// A part as it leaves, with the identification that the balancer has chosen, if it does.
    private PacketBuilder sent(
            int direction, PacketBuilder packet, int offset, boolean more, int identification) {
        boolean within = bench.comesWide(direction) && bench.comesWide(1 - direction);
        return part(
                packet,
                bench.comesWide(1 - direction),
                offset,
                more,
                within ? PACKET : identification << 8);
    }

    private PacketBuilder sentFirst(int bytes, int identification) {
        PacketBuilder packet = bench.leaving(INBOUND).payload(data(bytes));
        return sent(INBOUND, packet, 0, true, identification);
    }

    private PacketBuilder sentLater(int offset, int bytes, boolean more, int identification) {
        PacketBuilder packet = bench.to(INBOUND).timeToLive(63).protocol(17).payload(data(bytes));
        return sent(INBOUND, packet, offset, more, identification);
    }

    private static byte[] data(int bytes) {
        byte[] data = new byte[bytes];
        Arrays.fill(data, (byte) 0x5A);
        return data;
    }

    private @Nullable Outcome receive(PacketBuilder fragment) {
        return worker.stages.fragments().receive(bench.receive(INBOUND, fragment), 0);
    }

    /// Sees that a fragment is sent on as one.
    private void becomes(PacketBuilder fragment, PacketBuilder sent) {
        assertThat(receive(fragment)).isNull();
        assertThat(bench.sentPadded()).containsExactly(PathBench.bytes(sent));
    }

    private void goes(PacketBuilder fragment) {
        assertThat(receive(fragment)).isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    private void ends(PacketBuilder fragment, Outcome outcome) {
        assertThat(receive(fragment)).isEqualTo(outcome);
        assertThat(bench.received()).isEqualTo(fragment.toBytes());
        assertThat(bench.sent()).isEmpty();
        bench.free();
    }

    private void ends(PacketBuilder fragment) {
        ends(fragment, Outcome.FRAGMENT);
    }

    private void waits(PacketBuilder fragment) {
        int before = worker.early.size();
        assertThat(receive(fragment)).isNull();
        assertThat(worker.early.size() - before).isOne();
        assertThat(bench.sent()).isEmpty();
    }

    /// What is known of the packet.
    private long record() {
        Frame frame = bench.receive(INBOUND, later(64, 8, true));
        long record = worker.table.find(bench.family(INBOUND), frame.l3(), frame.device());
        bench.free();
        return record;
    }

    private void isRefused() {
        assertThat(FragmentRecord.state(record())).isEqualTo(FragmentRecord.REFUSED);
        ends(later(1_000, 8, true));
    }

    @Test
    void allFragmentsFollowTheConnectionOfTheFirst() {
        becomes(first(16), sentFirst(16, 1));
        becomes(later(24, 16, true), sentLater(24, 16, true, 1));
        becomes(later(40, 1, false), sentLater(40, 1, false, 1));
        assertThat(worker.table.size()).isOne();
    }

    @Test
    void soDoThoseOfAnAnswer() {
        boolean wideAnswer = bench.comesWide(OUTBOUND);
        PacketBuilder packet = bench.arriving(OUTBOUND).payload(data(16));
        FragmentInput input = answers.stages.fragments();
        PacketBuilder first = part(packet, wideAnswer, 0, true, PACKET);
        assertThat(input.receive(bench.receive(OUTBOUND, first), 0)).isNull();
        Frame later = bench.receive(OUTBOUND, later(OUTBOUND, 24, 3, false));
        assertThat(input.receive(later, 0)).isNull();
        PacketBuilder whole = bench.leaving(OUTBOUND).payload(data(16));
        PacketBuilder end = bench.to(OUTBOUND).timeToLive(63).protocol(17).payload(data(3));
        assertThat(bench.sentPadded())
                .containsExactly(
                        PathBench.bytes(sent(OUTBOUND, whole, 0, true, 1)),
                        PathBench.bytes(sent(OUTBOUND, end, 24, false, 1)));
    }

    @Test
    void whatComesBeforeTheFirstWaitsAndIsLetGoByIt() {
        waits(later(24, 16, true));
        waits(later(40, 8, false));
        assertThat(worker.early.areReleased()).isFalse();
        becomes(first(16), sentFirst(16, 1));
        assertThat(worker.early.areReleased()).isTrue();
        becomes(later(40, 8, false), sentLater(40, 8, false, 1));
    }

    @Test
    void whatFindsNoRoomToWaitIsDropped() {
        for (int i = 1; i <= EarlyFragments.OF_A_PACKET; i++) {
            waits(later(24 * i, 8, true));
        }
        ends(later(24 * 9, 8, true));
    }

    @Test
    void protocolsWithoutPortsAreNotForwardedInParts() {
        PacketBuilder ping = part(bench.from(INBOUND).echoRequest(1, 1), wide, 0, true, PACKET);
        ends(ping);
        ends(part(bench.from(INBOUND).protocol(132).payload(data(16)), wide, 64, true, PACKET));
        assertThat(worker.table.size()).isZero();
    }

    @Test
    void whatIsForNoVirtualOrLocalAddressIsNot() {
        PacketBuilder link = PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS);
        PacketBuilder packet =
                wide
                        ? link.ipv6("2001:db8:0:c1::7", "2001:db8:0:1::2")
                        : link.ipv4("198.51.0.7", "192.0.2.2");
        ends(part(packet.udp(1, 80).payload(data(16)), wide, 0, true, PACKET));
        assertThat(worker.table.size()).isZero();
    }

    /// Of IPv6 the walk along the headers finds that.
    @Test
    void whatCannotBeAPartIsMalformed() {
        assumeFalse(wide, "of IPv4");
        ends(later(64, 12, true), Outcome.MALFORMED);
        ends(later(64, 0, false), Outcome.MALFORMED);
        ends(later(65_528, 8, false), Outcome.MALFORMED);
        assertThat(worker.table.size()).isZero();
        waits(later(65_528, 7, false));
        waits(later(64, 8, true));
    }

    @Test
    void aDatagramThatSaysToBeShorterThanItsHeaderIsRefused() {
        ends(first(16).transportLength(7), Outcome.MALFORMED);
        isRefused();
    }

    @Test
    void oneThatSaysToBeAsShortIsNot() {
        goes(first(16).transportLength(8));
    }

    /// Where it would need one.
    @Test
    void aDatagramWithoutAChecksumIsRefused() {
        PacketBuilder unsummed = first(bench.arriving(INBOUND).noUdpChecksum(), 16);
        if (families == Families.IPV4) {
            goes(unsummed);
            return;
        }
        ends(unsummed, Outcome.NO_UDP_CHECKSUM);
        isRefused();
    }

    /// The ports of what is behind cannot be believed.
    @Test
    void headersBehindThatOfTheFragmentAreRefused() {
        assumeTrue(wide, "IPv4 has no headers behind");
        PacketBuilder packet = bench.arriving(INBOUND).payload(data(16));
        ends(part(packet, true, 0, true, PACKET).extension(Ipv6Extension.destination()));
        isRefused();
    }

    @Test
    void afterARefusedFirstWhatWaitedIsLetGoToItsEnd() {
        waits(later(24, 16, true));
        ends(first(16).transportLength(7), Outcome.MALFORMED);
        assertThat(worker.early.areReleased()).isTrue();
        isRefused();
    }

    @Test
    void aFirstThatComesAgainGoesOnAgainAndIsCountedOnce() {
        becomes(first(16), sentFirst(16, 1));
        becomes(first(16), sentFirst(16, 1));
        goes(later(40, 8, false));
        assertThat(FragmentRecord.isComplete(record())).as("8 bytes are missing").isFalse();
        goes(later(24, 16, true));
        assertThat(FragmentRecord.isComplete(record())).isTrue();
    }

    @Test
    void aFirstWithOtherPortsRefusesAll() {
        goes(first(16));
        PacketBuilder other = udp(PathBench.CLIENT_PORT + 1, 80);
        ends(first(other, 16));
        isRefused();
        ends(first(16));
    }

    @Test
    void aFirstOfAnotherLengthRefusesAll() {
        goes(first(16));
        ends(first(24));
        isRefused();
    }

    @Test
    void aFirstThatIsWrongWhenItComesAgainRefusesAll() {
        goes(first(16));
        ends(first(16).transportLength(7), Outcome.MALFORMED);
        isRefused();
    }

    @Test
    void aFirstThatCannotBeSentAgainRefusesAll() {
        goes(first(16));
        ends(first(16).timeToLive(1), Outcome.TTL_EXPIRED);
        isRefused();
    }

    /// RFC 5722: each byte of the first one's may have been meant for others.
    @Test
    void whatOverlapsTheFirstRefusesAll() {
        goes(first(16));
        goes(later(24, 8, true));
        ends(later(16, 8, true));
        isRefused();
        ends(later(24, 8, true));
    }

    @Test
    void whenAllHasComeAnIdentificationIsThatOfAnotherPacket() {
        becomes(first(16), sentFirst(16, 1));
        becomes(later(24, 8, false), sentLater(24, 8, false, 1));
        becomes(first(24), sentFirst(24, 2));
        becomes(later(32, 8, false), sentLater(32, 8, false, 2));
        assertThat(worker.table.size()).isOne();
    }

    /// What waits is of the packet whose first one comes now, as far as anybody knows.
    @Test
    void whatWaitsIsNotOverThoughItsLastByteIsThere() {
        waits(later(24, 8, false));
        long record = record();
        becomes(first(16), sentFirst(16, 1));
        assertThat(record()).isEqualTo(record);
        assertThat(worker.early.areReleased()).isTrue();
    }

    @Test
    void ofAConnectionThatHasEndedNothingFollows() {
        goes(first(16));
        bench.context.life().end(bench.entry);
        ends(later(24, 8, true));
    }

    @Test
    void whatStandsAgainstSendingTheFirstStandsAgainstAll() {
        ends(first(16).timeToLive(1), Outcome.TTL_EXPIRED);
        isRefused();
    }

    @Test
    void whatStandsAgainstSendingAnotherStandsAgainstItAlone() {
        goes(first(16));
        ends(later(24, 8, true).timeToLive(1), Outcome.TTL_EXPIRED);
        goes(later(32, 8, true));
        goes(later(40, 8, false));
        assertThat(FragmentRecord.isComplete(record())).as("one was lost").isFalse();
    }

    private PacketBuilder udp(int from, int to) {
        return bench.from(INBOUND).udp(from, to);
    }

    private PacketBuilder ofStranger() {
        return udp(PathBench.CLIENT_PORT + 1, 80);
    }

    @Test
    void theFirstFragmentOpensAConnection() {
        int before = bench.context.table().size();
        goes(first(ofStranger(), 16));
        assertThat(bench.context.table().size() - before).isOne();
        goes(later(24, 8, true));
        assertThat(FragmentRecord.state(record())).isEqualTo(FragmentRecord.HERE);
        assertThat(FragmentRecord.flow(record())).as("found by its key").isZero();
    }

    @Test
    void withoutAServerItOpensNone() {
        bench.bench.chosen = Scheduler.NONE;
        ends(first(ofStranger(), 16), Outcome.NO_REAL_SERVER);
        isRefused();
    }

    @Test
    void aPortOfNoServiceIsTold() {
        ends(first(udp(1, 81), 16), Outcome.NO_SERVICE);
        assertThat(bench.told).containsExactly("unreachable PORT 0");
        isRefused();
    }

    /// Nobody finds that connection by its key.
    @Test
    void aDatagramByItselfTakesAllItsFragmentsAlong() {
        bench.serve(ServicePolicy.DEFAULT.withOnePacket(true));
        goes(first(ofStranger(), 16));
        long flow = FragmentRecord.flow(record());
        assertThat(flow).isNotZero();
        int port = ConnectionKey.destinationPort(flow, OUTBOUND);
        assertThat(port).isNotEqualTo(bench.localPort());
        goes(later(24, 8, true));
        assertThat(ConnectionLayout.isUnindexed(flow)).isTrue();
        bench.context.life().end(flow);
        ends(later(32, 8, true));
    }

    /// If the datagram is dropped, nobody needs its connection.
    @Test
    void theConnectionOfADatagramThatIsNotSentIsGivenUp() {
        assumeFalse(families != Families.IPV4_TO_IPV6, "from IPv4 to IPv6");
        int before = bench.context.table().size();
        bench.serve(ServicePolicy.DEFAULT.withOnePacket(true));
        ends(first(ofStranger().noUdpChecksum(), 16), Outcome.NO_UDP_CHECKSUM);
        assertThat(bench.context.table().size()).isEqualTo(before);
        isRefused();
    }

    @Test
    void whatAModifierMayMakeLongerIsRefused() {
        requireNonNull(bench.context.modify(4, (entry, service) -> packet -> {}))
                .begin(bench.entry, bench.service);
        ends(first(16));
        isRefused();
        PacketBuilder packet = bench.arriving(OUTBOUND).payload(data(16));
        PacketBuilder answer = part(packet, bench.comesWide(OUTBOUND), 0, true, PACKET);
        FragmentInput input = answers.stages.fragments();
        assertThat(input.receive(bench.receive(OUTBOUND, answer), 0)).as("an answer").isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void soIsWhatWouldBeginWithOne() {
        requireNonNull(bench.context.modify(4, (entry, service) -> packet -> {}));
        ends(first(ofStranger(), 16));
        isRefused();
    }

    /// Which has got one meanwhile.
    @Test
    void whatFollowsIsLookedAtAnew() {
        goes(first(16));
        requireNonNull(bench.context.modify(4, (entry, service) -> packet -> {}))
                .begin(bench.entry, bench.service);
        ends(later(24, 8, true));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void withOneWorkerNothingIsHandedOver(int hopsDone) {
        Frame frame = bench.receive(INBOUND, first(ofStranger(), 16));
        assertThat(worker.stages.fragments().receive(frame, hopsDone)).isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.handedOver).isEmpty();
    }
}
