// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of ICMP errors about one connection, byte by byte, whichever families its ends are
/// of; those about connections of other workers are [IcmpTranslatorRelayTest]'s.
@ParameterizedClass
@EnumSource(Families.class)
class IcmpTranslatorTest {
    /// So much of a segment that all its numbers are quoted, and its checksum.
    private static final int QUOTED = 24;

    /// The first identification that [PathBench#identifications] has.
    private static final int IDENTIFICATION = 0x0100;

    private final PathBench bench;

    IcmpTranslatorTest(Families families) {
        bench = new PathBench(families, OpenBench.TCP);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /// Errors that both families have.
    enum Kind {
        HOST(3, 1, 1, 0),
        PORT(3, 3, 1, 4),
        HOPS(11, 0, 3, 0),
        REASSEMBLY(11, 1, 3, 1),
        HEADER(12, 0, 4, 0),
        SIZE(3, 4, 2, 0);

        private final int type;
        private final int code;
        private final int wideType;
        private final int wideCode;

        Kind(int type, int code, int wideType, int wideCode) {
            this.type = type;
            this.code = code;
            this.wideType = wideType;
            this.wideCode = wideCode;
        }

        PacketBuilder in(PacketBuilder packet, boolean wide, int rest) {
            return wide ? packet.icmp(wideType, wideCode, rest) : packet.icmp(type, code, rest);
        }
    }

    private static PacketBuilder segment(PacketBuilder packet) {
        return packet.sequence(0x1234_5678).acknowledgement(0x7FFF_FFFF).payload("a request");
    }

    /// An error that comes in a direction, about a segment that was sent the other way.
    private PacketBuilder error(int direction, Kind kind, int rest) {
        return quoting(kind.in(bench.from(direction), bench.comesWide(direction), rest), direction);
    }

    private PacketBuilder quoting(PacketBuilder error, int direction) {
        return error.quoting(segment(bench.leaving(1 - direction)).toBytes(), QUOTED);
    }

    /// The same error as it leaves: about the segment as its sender sent it.
    private PacketBuilder translated(int direction, Kind kind, int rest) {
        PacketBuilder to = bench.to(direction).timeToLive(63);
        if (bench.isAcross()) {
            to.identification(IDENTIFICATION);
        }
        return kind.in(to, bench.comesWide(1 - direction), rest)
                .quoting(segment(bench.arriving(1 - direction)).timeToLive(63).toBytes(), QUOTED);
    }

    private IcmpTranslator translator(int direction) {
        return new IcmpTranslator(
                bench.context,
                bench.quotation(direction),
                bench.forwarder(direction),
                bench.peers,
                bench.arrivals);
    }

    private @Nullable Outcome translate(int direction, PacketBuilder error) {
        return translator(direction).translate(bench.receive(direction, error), 0);
    }

    /// Sees that an error ends with its buffer still here, as it was, and nothing said.
    private void ends(int direction, PacketBuilder error, Outcome outcome) {
        assertThat(translate(direction, error)).isEqualTo(outcome);
        assertThat(bench.received()).isEqualTo(error.toBytes());
        assertThat(bench.sent()).isEmpty();
        bench.free();
    }

    @ParameterizedTest
    @EnumSource(names = "SIZE", mode = EnumSource.Mode.EXCLUDE)
    void anErrorReachesTheSenderOfWhatItIsAbout(Kind kind) {
        for (int direction : new int[] {OUTBOUND, INBOUND}) {
            assertThat(translate(direction, error(direction, kind, 0))).isNull();
            assertThat(bench.sent())
                    .as("direction %d", direction)
                    .containsExactly(PathBench.bytes(translated(direction, kind, 0)));
        }
    }

    /// What a link takes is said in the words of the other family: less by 20 bytes that a packet
    /// gets longer by, or more, and no more than the links of this balancer take.
    @ParameterizedTest
    @ValueSource(ints = {9000, 1300})
    void theSizeOfALinkIsSaidAsItsReceiverHasToHearIt(int size) {
        for (int direction : new int[] {OUTBOUND, INBOUND}) {
            boolean wide = bench.comesWide(direction);
            int said = size;
            if (bench.isAcross() && size == 1300) {
                said = wide ? 1280 : 1320;
            } else if (bench.isAcross() && direction == OUTBOUND) {
                said = PathBench.WAN_MTU; // where it goes
            } else if (bench.isAcross()) {
                said = wide ? PathBench.WAN_MTU - 20 : PathBench.WAN_MTU + 20; // whence it comes
            }
            assertThat(translate(direction, error(direction, Kind.SIZE, size))).isNull();
            assertThat(bench.sent())
                    .as("direction %d", direction)
                    .containsExactly(PathBench.bytes(translated(direction, Kind.SIZE, said)));
        }
    }

    /// Type, code and the word behind of errors that one family has; the last two columns of each
    /// are of IPv6.
    @ParameterizedTest
    @CsvSource({
        "3, 14, 0, 1, 5, 0",
        "11, 2, 0, 3, 2, 0",
        "12, 1, 0, 4, 2, 0",
        "12, 0, 0x04000000, 4, 0, 2",
        "12, 3, 0, 2, 0, 1279"
    })
    void whatTheOtherFamilyHasNoWordForEndsHere(
            int type, int code, int rest, int wideType, int wideCode, int wideRest) {
        for (int direction : new int[] {OUTBOUND, INBOUND}) {
            boolean wide = bench.comesWide(direction);
            PacketBuilder error = bench.from(direction);
            PacketBuilder same = bench.to(direction).timeToLive(63);
            for (PacketBuilder each : List.of(error, same)) {
                if (wide) {
                    each.icmp(wideType, wideCode, wideRest);
                } else {
                    each.icmp(type, code, rest);
                }
            }
            quoting(error, direction);
            if (bench.isAcross()) {
                ends(direction, error, Outcome.ICMP_IGNORED);
                continue;
            }
            same.quoting(segment(bench.arriving(1 - direction)).timeToLive(63).toBytes(), QUOTED);
            assertThat(translate(direction, error)).isNull();
            assertThat(bench.sent()).containsExactly(PathBench.bytes(same));
        }
    }

    /// Which numbers the ends know is the shifts' to say, whose packets the quoted one was among.
    @Test
    void numbersThatWereMovedAreQuotedAsTheirSenderKnowsThem() {
        bench.context.table().shifts().set(bench.entry, 1_000, -70_000);
        for (int direction : new int[] {OUTBOUND, INBOUND}) {
            boolean toServer = direction == OUTBOUND;
            PacketBuilder sent =
                    segment(bench.leaving(1 - direction))
                            .sequence(0x1234_5678 + (toServer ? 1_000 : -70_000))
                            .acknowledgement(0x7FFF_FFFF - (toServer ? -70_000 : 1_000));
            PacketBuilder error =
                    Kind.HOST
                            .in(bench.from(direction), bench.comesWide(direction), 0)
                            .quoting(sent.toBytes(), QUOTED);
            assertThat(translate(direction, error)).isNull();
            assertThat(bench.sent())
                    .containsExactly(PathBench.bytes(translated(direction, Kind.HOST, 0)));
        }
    }

    @Test
    void whatQuotesNoPacketThatCanBeKnownIsIgnored() {
        for (int direction : new int[] {OUTBOUND, INBOUND}) {
            byte[] sent = segment(bench.leaving(1 - direction)).toBytes();
            ends(direction, host(direction).quoting(sent, 7), Outcome.ICMP_IGNORED);
            byte[] came = segment(bench.arriving(direction)).toBytes();
            ends(direction, host(direction).quoting(came, QUOTED), Outcome.ICMP_IGNORED);
            if (!bench.comesWide(direction)) {
                byte[] damaged = segment(bench.leaving(1 - direction)).badIpChecksum().toBytes();
                ends(direction, host(direction).quoting(damaged, QUOTED), Outcome.ICMP_IGNORED);
            }
        }
        assertThat(bench.told).isEmpty();
        assertThat(bench.handedOver).isEmpty();
    }

    private PacketBuilder host(int direction) {
        return Kind.HOST.in(bench.from(direction), bench.comesWide(direction), 0);
    }

    /// There is no other worker that could know it.
    @Test
    void anErrorAboutAnotherConnectionIsIgnored() {
        ends(
                OUTBOUND,
                about(bench.to(INBOUND).tcp(bench.localPort() ^ 1, 8080)),
                Outcome.ICMP_IGNORED);
        ends(OUTBOUND, about(bench.to(INBOUND).udp(bench.localPort(), 8080)), Outcome.ICMP_IGNORED);
        assertThat(translate(OUTBOUND, about(bench.to(INBOUND).tcp(bench.localPort(), 8080))))
                .isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.handedOver).isEmpty();
    }

    /// An error of the server's side about a packet to it.
    private PacketBuilder about(PacketBuilder packet) {
        return host(OUTBOUND).quoting(packet.toBytes(), QUOTED - 4);
    }

    @Test
    void anErrorMustComeFromWhereThePacketWasSentTo() {
        watch();
        PacketBuilder error = error(OUTBOUND, Kind.HOST, 0);
        IcmpTranslator translator = translator(OUTBOUND);
        assertThat(translator.translate(bench.receive(error, PathBench.WAN), 0))
                .isEqualTo(Outcome.NOT_LOCAL);
        assertThat(bench.received()).isEqualTo(error.toBytes());
        bench.free();
        assertThat(failures()).isZero();
        error = error(INBOUND, Kind.HOST, 0);
        translator = translator(INBOUND);
        assertThat(translator.translate(bench.receive(error, PathBench.LAN), 0))
                .isEqualTo(Outcome.REVERSE_PATH);
        assertThat(bench.received()).isEqualTo(error.toBytes());
        bench.free();
    }

    @Test
    void theLastHopOfAnErrorIsHere() {
        ends(OUTBOUND, error(OUTBOUND, Kind.HOST, 0).timeToLive(1), Outcome.TTL_EXPIRED);
        assertThat(bench.told).containsExactly("time exceeded");
        assertThat(translate(OUTBOUND, error(OUTBOUND, Kind.HOST, 0).timeToLive(2))).isNull();
        assertThat(bench.sent())
                .containsExactly(PathBench.bytes(translated(OUTBOUND, Kind.HOST, 0).timeToLive(1)));
        assertThat(bench.told).hasSize(1);
    }

    @Test
    void anErrorThatNoRouteLeadsOnForEndsHere() {
        bench.context.stack().view(PathBench.view());
        ends(OUTBOUND, error(OUTBOUND, Kind.HOST, 0), Outcome.NO_ROUTE);
        assertThat(bench.told).containsExactly("unreachable ROUTE");
    }

    /// So long an error, of the server's side.
    private PacketBuilder longError(int length) {
        byte[] packet = bench.leaving(INBOUND).payload(new byte[1500]).toBytes();
        return host(OUTBOUND).quoting(packet, length - (bench.comesWide(OUTBOUND) ? 88 : 48));
    }

    /// One that crosses into the other family is cut to what errors may have there, whatever it has
    /// here.
    @Test
    void anErrorMustFitTheLinkThatItLeavesBy() {
        boolean wide = bench.comesWide(OUTBOUND);
        PacketBuilder longer = longError(PathBench.WAN_MTU + 1).dontFragment();
        if (!bench.isAcross()) {
            assertThat(translate(OUTBOUND, longError(PathBench.WAN_MTU).dontFragment())).isNull();
            assertThat(bench.sent()).hasSize(1);
            ends(OUTBOUND, longer, Outcome.TOO_BIG);
            assertThat(bench.told).containsExactly("too big " + PathBench.WAN_MTU);
            return;
        }
        assertThat(translate(OUTBOUND, longer)).isNull();
        assertThat(bench.sent().getFirst()).hasSize(14 + (wide ? 576 : 1280));
        assertThat(bench.told).isEmpty();
    }

    /// RFC 1812 §4.3.3: what may be cut is cut.
    @Test
    void anErrorOfIpv4MayLeaveInFragments() {
        if (!bench.comesWide(OUTBOUND) && !bench.isAcross()) {
            assertThat(translate(OUTBOUND, longError(PathBench.WAN_MTU + 1))).isNull();
            assertThat(bench.sent()).hasSize(2);
        }
    }

    /// An error about a packet to the real server of a client whose MAC address is not known.
    private PacketBuilder errorForStranger() {
        int port = ConnectionKey.destinationPort(bench.openOfStranger(), OUTBOUND);
        return about(bench.to(INBOUND).tcp(port, 8080));
    }

    /// What it says of the real server is noted when it goes on: twice was once too much.
    @Test
    void anErrorWaitsForTheNextHopAsItCame() {
        watch();
        PacketBuilder error = errorForStranger();
        assertThat(translate(OUTBOUND, error)).isNull();
        assertThat(bench.bench.neighbourhood.arp().neighbours().waitingPackets()).isOne();
        assertThat(bench.received()).isEqualTo(error.toBytes());
        assertThat(bench.told).isEmpty();
        assertThat(failures()).isZero();
        bench.sent(); // a question for the neighbour, perhaps
    }

    @Test
    void anErrorForANeighbourThatHasNoRoomEndsHere() {
        PacketBuilder error = errorForStranger();
        bench.fillNeighbours();
        ends(OUTBOUND, error, Outcome.NEIGHBOUR_TABLE_FULL);
    }

    /// Second 0 and what came before is left out.
    private void watch() {
        bench.bench.traffic.notices().watch(bench.slot(), false, 0);
        bench.context.stack().time(5_000_000_000L);
    }

    private long failures() {
        return bench.bench.traffic.notices().failures(bench.slot());
    }

    /// Nothing else says that it is not there: neither that a packet is too long, nor what clients
    /// say of themselves.
    @ParameterizedTest
    @EnumSource
    void aRealServerThatCannotBeReachedHasFailed(Kind kind) {
        watch();
        int rest = kind == Kind.SIZE ? 1400 : 0;
        assertThat(translate(INBOUND, error(INBOUND, kind, rest))).isNull();
        assertThat(failures()).as("of a client").isZero();
        assertThat(translate(OUTBOUND, error(OUTBOUND, kind, rest))).isNull();
        assertThat(failures()).isEqualTo(kind == Kind.HOST || kind == Kind.PORT ? 1 : 0);
        bench.sent();
    }

    /// Makes the connection one whose modifier notes what it hears of links.
    private List<Integer> modified() {
        List<Integer> heard = new ArrayList<>();
        PacketModifier noting =
                new PacketModifier() {
                    @Override
                    public void modify(ModifiedPacket packet) {
                        throw new AssertionError("an error is no packet of the connection");
                    }

                    @Override
                    public void tooBig(long record, int longest) {
                        heard.add(longest);
                    }
                };
        requireNonNull(bench.context.modify(4, (entry, service) -> noting))
                .begin(bench.entry, bench.service);
        return heard;
    }

    /// In bytes of packets as the client sends them.
    @Test
    void aModifierHearsWhatALinkToTheServerTakes() {
        List<Integer> heard = modified();
        boolean wide = bench.comesWide(OUTBOUND);
        assertThat(translate(OUTBOUND, error(OUTBOUND, Kind.SIZE, 1300))).isNull();
        assertThat(heard).containsExactly(!bench.isAcross() ? 1300 : wide ? 1280 : 1320);
        bench.sent();
    }

    /// A link whose router does not say what it takes, nor what else there is to be said.
    @ParameterizedTest
    @EnumSource
    void aModifierHearsNothingElse(Kind kind) {
        List<Integer> heard = modified();
        assertThat(translate(INBOUND, error(INBOUND, Kind.SIZE, 1300))).isNull();
        if (kind == Kind.SIZE && bench.isAcross() && bench.comesWide(OUTBOUND)) {
            bench.sent();
            ends(OUTBOUND, error(OUTBOUND, kind, 0), Outcome.ICMP_IGNORED);
        } else {
            assertThat(translate(OUTBOUND, error(OUTBOUND, kind, 0))).isNull();
            assertThat(bench.sent()).hasSize(2);
        }
        assertThat(heard).isEmpty();
    }

    /// Nor one of another connection.
    @Test
    void aConnectionWithoutAModifierHasNobodyToHearOfLinks() {
        List<Integer> heard = modified();
        requireNonNull(bench.context.modifiers()).end(bench.entry);
        assertThat(translate(OUTBOUND, error(OUTBOUND, Kind.SIZE, 1300))).isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(heard).isEmpty();
    }
}
