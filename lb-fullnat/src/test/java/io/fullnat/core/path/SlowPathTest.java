// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.punt.PuntBench;
import io.fullnat.core.stack.TestHops;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The entrances of the slow path, one frame at a time, and that each uses its buffer up.
@ParameterizedClass
@EnumSource(Families.class)
class SlowPathTest {
    private static final String DATA = "some more data";
    private static final long SECOND = 1_000_000_000L;

    private final Families families;
    private final PacketBurst burst = new PacketBurst(1);
    private PathBench bench;
    private SlowPath slow;

    SlowPathTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        slow = slowPath();
    }

    private SlowPath slowPath() {
        bench.bench.chosen = bench.slot();
        SlowPath path =
                new SlowPath(
                        bench.context,
                        bench.bench.neighbourhood,
                        bench.peers,
                        null,
                        new PuntBench(bench.bench.io, bench.context.stack()).gate());
        bench.bench.resumed = path::resume;
        bench.bench.givenUp = path::giveUp;
        return path;
    }

    private void use(PathBench other) {
        slow.close();
        bench.close();
        bench = other;
        slow = slowPath();
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        slow.discard();
        slow.close();
        bench.close();
    }

    private void take(PacketBuilder packet) {
        burst.clear();
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
    }

    private void process(PacketBuilder packet, int verdict, int hopsDone) {
        take(packet);
        slow.process(burst.buffer(0), burst.data(0), burst.length(0), verdict, 0, hopsDone);
    }

    private void process(PacketBuilder packet) {
        process(packet, 0, 0);
    }

    private byte[] leaving(int direction) {
        PacketBuilder packet = bench.leaving(direction).payload(DATA);
        boolean numbered = bench.comesWide(direction) && bench.isAcross();
        return (numbered ? packet.identification(0x0100) : packet).toBytes();
    }

    @Test
    void aPacketOfEitherFamilyGoesItsWay() {
        process(bench.arriving(INBOUND).payload(DATA));
        assertThat(bench.sent()).containsExactly(leaving(INBOUND));
        assertThat(bench.count(Outcome.FORWARDED_IN)).isOne();
    }

    @Test
    void soDoesOneOfTheServer() {
        process(bench.arriving(OUTBOUND).payload(DATA));
        assertThat(bench.sent()).containsExactly(leaving(OUTBOUND));
        assertThat(bench.count(Outcome.FORWARDED_OUT)).isOne();
    }

    @Test
    void aPacketThatEndsIsCountedAndItsBufferGivenBack() {
        process(PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b").type(0x88CC));
        assertThat(bench.count(Outcome.UNKNOWN_ETHERTYPE) + bench.count(Outcome.OTHER_HOST))
                .isOne();
        process(bench.arriving(INBOUND).timeToLive(1).payload(DATA));
        assertThat(bench.count(Outcome.TTL_EXPIRED)).isOne();
        bench.sent();
    }

    @Test
    void whatIsNotTheBalancersIsTheKernels() {
        process(PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS).type(0x88CC));
        assertThat(bench.count(Outcome.PUNTED)).isOne();
        assertThat(bench.count(Outcome.UNKNOWN_ETHERTYPE)).isZero();
    }

    /// A worker looks for the connection of an answer, and gives it to another one once.
    @Test
    void howManyHaveLookedForAConnectionIsToldOn() {
        use(new PathBench(families, OpenBench.TCP, 0, 2));
        int port = 20_000;
        while (bench.handedOver.isEmpty()) {
            process(bench.from(OUTBOUND).tcp(8080, ++port));
        }
        bench.sent();
        long before = bench.count(Outcome.NO_CONNECTION);
        process(bench.from(OUTBOUND).tcp(8080, port), 0, 1);
        assertThat(bench.count(Outcome.NO_CONNECTION)).isEqualTo(before + 1);
        take(bench.from(OUTBOUND).tcp(8080, port));
        slow.resume(burst.buffer(0), burst.data(0), burst.length(0), 0);
        assertThat(bench.count(Outcome.NO_CONNECTION)).isEqualTo(before + 2);
        assertThat(bench.handedOver).hasSize(1);
        bench.sent();
    }

    @Test
    void aChecksumThatThePortHasFoundRightIsNotLookedAt() {
        if (bench.comesWide(INBOUND)) {
            return; // there is none
        }
        PacketBuilder packet = bench.arriving(INBOUND).payload(DATA).badIpChecksum();
        process(packet);
        assertThat(bench.count(Outcome.BAD_IP_CHECKSUM)).isOne();
        process(packet, PacketBurst.IP_CHECKSUM_GOOD, 0);
        assertThat(bench.sent()).hasSize(1);
        take(packet);
        slow.resume(burst.buffer(0), burst.data(0), burst.length(0), 0);
        assertThat(bench.sent()).as("it was right before it waited").hasSize(1);
    }

    @Test
    void aFaultCostsThePacketAlone() {
        PathCases.failAtEachPacket(bench);
        process(bench.arriving(INBOUND).payload(DATA));
        assertThat(bench.count(Outcome.FAULT)).isOne();
        assertThat(bench.count(Counter.FAULTS)).isOne();
        process(bench.arriving(INBOUND).payload(DATA));
        assertThat(bench.sent()).containsExactly(leaving(INBOUND));
    }

    private void forgetServer() {
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
    }

    /// Has it answer.
    private void findServer() {
        TestHops.answer(
                bench.bench.neighbourhood.arp().neighbours(),
                PathBench.LAN,
                bench.comesWide(OUTBOUND) ? "2001:db8:0:1::b" : "10.0.1.11",
                PathBench.SERVER_MAC);
    }

    @Test
    void aPacketThatWaitedGoesOnFromItsStart() {
        forgetServer();
        process(bench.arriving(INBOUND).payload(DATA));
        assertThat(bench.sent()).as("a request").hasSize(1);
        findServer();
        assertThat(bench.sent()).containsExactly(leaving(INBOUND));
    }

    private PathBench singleDatagrams() {
        return new PathBench(families, OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
    }

    @Test
    void aSingleDatagramKeepsItsConnectionWhileItWaits() {
        use(singleDatagrams());
        forgetServer();
        process(bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80).payload(DATA));
        assertThat(bench.begun()).isEqualTo(2);
        findServer();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.sent()).as("a request and the datagram").hasSize(2);
    }

    /// Has a packet come in a buffer that is free.
    private void processIn(long buffer, PacketBuilder packet) {
        PacketBurst all = new PacketBurst(64);
        do {
            assertThat(bench.bench.io.buffers().allocate(all)).isTrue();
        } while (all.buffer(all.size() - 1) != buffer);
        long data = all.data(all.size() - 1);
        slow.process(buffer, data, packet.writeTo(data), 0, 0, 0);
        for (int i = 0; i < all.size() - 1; i++) {
            bench.bench.io.buffers().free(all.buffer(i));
        }
    }

    /// Routes have changed meanwhile.
    @Test
    void oneThatEndsAfterItsWaitLeavesNothingToTheNext() {
        use(singleDatagrams());
        forgetServer();
        PacketBuilder datagram = bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
        process(datagram);
        long buffer = burst.buffer(0);
        bench.context.stack().view(PathBench.view());
        findServer();
        assertThat(bench.count(Outcome.REVERSE_PATH)).isOne();
        bench.context.stack().view(PathBench.view("0.0.0.0/0", "::/0"));
        bench.sent();
        processIn(buffer, datagram);
        assertThat(bench.begun()).isEqualTo(3);
        assertThat(bench.sent()).hasSize(1);
    }

    /// Another datagram comes in the same buffer then.
    @Test
    void oneWhoseServerIsNotFoundLeavesNothingToTheNext() {
        use(singleDatagrams());
        forgetServer();
        process(bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80).payload(DATA));
        long buffer = burst.buffer(0);
        bench.sent();
        for (int second = 1; bench.bench.io.buffers().inUse() > 0; second++) {
            bench.context.stack().time(second * SECOND);
            assertThat(bench.bench.links.poll()).isNotNegative();
            bench.sent();
        }
        assertThat(bench.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
        findServer();
        processIn(buffer, bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80));
        assertThat(bench.begun()).isEqualTo(3);
        assertThat(bench.sent()).isNotEmpty();
    }

    private void giveUp(int direction) {
        take(bench.arriving(direction).payload(DATA));
        slow.giveUp(burst.buffer(0), burst.data(0), burst.length(0), 0);
    }

    /// RFC 1812 §4.3.3.1, RFC 4443 §3.1.
    @Test
    void whoSendsToANeighbourThatIsSilentHearsOfIt() {
        giveUp(INBOUND);
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(1);
        int at = 14 + (bench.comesWide(INBOUND) ? 40 : 20);
        assertThat(sent.getFirst()[at]).isEqualTo((byte) (bench.comesWide(INBOUND) ? 1 : 3));
        assertThat(sent.getFirst()[at + 1]).isEqualTo((byte) (bench.comesWide(INBOUND) ? 3 : 1));
        assertThat(bench.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
    }

    @Test
    void soDoesTheServer() {
        giveUp(OUTBOUND);
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(1);
        int at = 18 + (bench.comesWide(OUTBOUND) ? 40 : 20);
        assertThat(sent.getFirst()[at]).isEqualTo((byte) (bench.comesWide(OUTBOUND) ? 1 : 3));
        assertThat(bench.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
    }

    /// The network has changed since it came.
    @Test
    void whatWaitedOfANetworkThatIsGoneEndsAllTheSame() {
        take(
                PacketBuilder.ethernet(PathBench.SERVER_MAC, PathBench.OURS)
                        .vlan(101)
                        .ipv4("10.0.1.11", "10.0.1.100")
                        .tcp(1, 2));
        slow.giveUp(burst.buffer(0), burst.data(0), burst.length(0), 0);
        assertThat(bench.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
        assertThat(bench.count(Counter.FAULTS)).isZero();
        assertThat(bench.sent()).isEmpty();
    }

    private PacketBuilder fragment(int offset, boolean more) {
        return PathCases.fragment(bench, offset, more, new byte[offset == 0 ? 56 : 64]);
    }

    @Test
    void fragmentsWaitForTheirFirstOneAndGoOnBehindIt() {
        use(new PathBench(families, OpenBench.UDP));
        process(fragment(64, false));
        assertThat(slow.held()).isOne();
        assertThat(bench.sent()).isEmpty();
        process(fragment(0, true));
        assertThat(slow.held()).isZero();
        assertThat(bench.sent()).hasSize(2);
        assertThat(bench.count(Outcome.FORWARDED_IN)).isEqualTo(2);
    }

    @Test
    void thoseWhoseFirstOneDoesNotComeAreDropped() {
        use(new PathBench(families, OpenBench.UDP));
        process(fragment(64, false));
        assertThat(slow.poll()).isZero();
        assertThat(slow.held()).isOne();
        bench.context.stack().time(FragmentTable.HELD_NS + SECOND);
        assertThat(slow.poll()).isOne();
        assertThat(slow.held()).isZero();
    }

    @Test
    void aWorkerThatEndsDropsWhatItHolds() {
        use(new PathBench(families, OpenBench.UDP));
        process(fragment(64, false));
        slow.discard();
        assertThat(slow.held()).isZero();
        assertThat(bench.sent()).isEmpty();
    }

    @Test
    void serversAreAskedAgainForClientsOfEachFamily() {
        CookieTerms terms = new CookieTerms();
        terms.begin(500, 99, 1460);
        long record = StageBench.beginHandshake(bench, terms);
        assertThat(slow.poll()).isZero();
        bench.context.stack().time(SECOND);
        assertThat(slow.poll()).isOne();
        assertThat(HandshakeRecord.isSent(record)).isTrue();
        assertThat(bench.sent()).as("the SYN").hasSize(1);
    }

    /// What a client has sent meanwhile goes the whole way.
    @Test
    void whatWasHeldGoesOnWhenTheServerHasAnswered() {
        CookieTerms terms = new CookieTerms();
        terms.begin(500, 99, 1460);
        HandshakeRecord.sent(StageBench.beginHandshake(bench, terms));
        process(bench.arriving(INBOUND).sequence(100).acknowledgement(501).payload(DATA));
        assertThat(bench.context.handshakes().held()).isOne();
        PacketBuilder answer = bench.arriving(OUTBOUND).flags(Tcp.SYN | Tcp.ACK);
        process(answer.sequence(7_000).acknowledgement(100));
        assertThat(bench.context.handshakes().held()).isZero();
        assertThat(bench.sent()).as("the acknowledgement and the data").hasSize(2);
        assertThat(bench.count(Outcome.FORWARDED_IN)).isOne();
    }

    @Test
    void plainPacketsArePreparedWithTheirFamilys() {
        take(bench.arriving(INBOUND).payload(DATA));
        Family family = bench.family(INBOUND);
        long ip = burst.data(0) + 14;
        family.takePlain(ip);
        Preparation preparation = bench.comesWide(INBOUND) ? slow.ipv6() : slow.ipv4();
        assertThat(preparation.prepare(burst, 0, 0, PathBench.WAN, ip, family.hash(ip), 0))
                .isEqualTo(bench.entry);
        bench.bench.io.buffers().freeAll(burst);
        assertThat(slow.ipv4()).isNotSameAs(slow.ipv6());
        assertThat(slow.identifications().nextNumber())
                .as("of its own, of which none is used")
                .isEqualTo(bench.identifications.nextNumber());
    }
}
