// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.Handshakes;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.TestHops;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How a real server is asked for a client that has acknowledged a cookie: the SYN that it gets,
/// and what becomes of what stands in its way. What the client sends meanwhile is
/// [HeldSegmentsTest]'s.
@ParameterizedClass
@EnumSource(Families.class)
class ServerHandshakesTest {
    private static final int COOKIE = 0x7FFF_FFFF;
    private static final int CLIENT = 0xFFFF_FFFF;
    private static final int SEGMENT_SIZE = 1300;
    private static final long SECOND = 1_000_000_000L;

    private final Families families;
    private final CookieTerms terms = new CookieTerms();
    private PathBench bench;
    private StageBench stages;
    private ServiceEntry service;

    ServerHandshakesTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
        service = bench.service;
        terms.begin(COOKIE, CLIENT, SEGMENT_SIZE);
    }

    private void serve(ServiceLimits limits) {
        ServicePolicy policy = ServicePolicy.DEFAULT.withLimits(limits);
        bench.close();
        bench = new PathBench(families, OpenBench.TCP, policy);
        stages = new StageBench(bench, INBOUND);
        service = bench.service;
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private PacketBuilder acknowledgement() {
        return bench.from(INBOUND)
                .tcp(StageBench.OTHER_PORT, 80)
                .sequence(CLIENT + 1)
                .acknowledgement(COOKIE + 1)
                .window(700);
    }

    private @Nullable Outcome begin(Frame frame) {
        long hash = stages.family.hash(frame.l3());
        return stages.handshakes.begin(frame, hash, service, terms);
    }

    private @Nullable Outcome begin(PacketBuilder packet) {
        Outcome outcome = begin(bench.receive(INBOUND, packet));
        if (outcome != null) {
            assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
            bench.free();
        }
        return outcome;
    }

    private long flow() {
        long flow = stages.find(bench.receive(INBOUND, acknowledgement()));
        bench.free();
        return flow;
    }

    private long record() {
        return bench.context.handshakes().of(flow());
    }

    /// What the server gets first.
    private byte[] syn(int identification) {
        PacketBuilder packet =
                bench.to(INBOUND)
                        .tcp(ConnectionKey.destinationPort(flow(), OUTBOUND), 8080)
                        .timeToLive(63)
                        .flags(Tcp.SYN)
                        .sequence(CLIENT)
                        .window(700)
                        .tcpOptions(HexFormat.of().parseHex("0204%04x".formatted(SEGMENT_SIZE)));
        return (bench.isAcross() ? packet.identification(identification) : packet.dontFragment())
                .toBytes();
    }

    @Test
    void theServerIsAskedByTheSynOfTheClient() {
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).containsExactly(syn(0x0100));
        assertThat(ConnectionLayout.isPending(flow())).isTrue();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(HandshakeRecord.isSent(record())).isTrue();
        assertThat(HandshakeRecord.entry(record())).isEqualTo(flow());
        assertThat(bench.context.synProxies().unacknowledged(0)).as("one less").isEqualTo(-1);
        assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isZero();
    }

    @Test
    void dataThatCameWithTheAcknowledgementAreHeld() {
        assertThat(begin(acknowledgement().payload("data"))).isNull();
        assertThat(bench.context.handshakes().held()).isOne();
        assertThat(HandshakeRecord.end(record())).isEqualTo(CLIENT + 5);
        assertThat(bench.sent()).containsExactly(syn(0x0100));
    }

    private void isRefused(PacketBuilder packet, Outcome outcome, String... told) {
        assertThat(begin(packet)).isEqualTo(outcome);
        assertThat(bench.told).containsExactly(told);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.context.handshakes().size()).isZero();
        assertThat(bench.sent()).isEmpty();
    }

    @Test
    void anAcknowledgementWithoutHopsBeginsNothing() {
        isRefused(acknowledgement().timeToLive(1), Outcome.TTL_EXPIRED, "time exceeded 80");
        assertThat(bench.context.synProxies().unacknowledged(0)).isZero();
        assertThat(begin(acknowledgement().timeToLive(2))).isEqualTo(Outcome.SYN_PROXY);
        bench.sent();
    }

    @Test
    void oneThatIsTooMuchBeginsNothing() {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        serve(ServiceLimits.NONE.withPackets(Optional.of(one)));
        assertThat(bench.context.trafficLimits().take(bench.entry, INBOUND, 60)).isNull();
        isRefused(acknowledgement(), Outcome.PACKETS_LIMITED);
        bench.context.stack().time(5 * SECOND);
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        bench.sent();
    }

    @Test
    void withoutABufferNothingBegins() {
        Frame frame = bench.receive(INBOUND, acknowledgement());
        PacketBurst all = new PacketBurst(64);
        while (bench.bench.io.buffers().allocate(all)) {
            // until there is none
        }
        assertThat(begin(frame)).isEqualTo(Outcome.NO_BUFFER);
        bench.bench.io.buffers().freeAll(all);
        bench.free();
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.told).isEmpty();
    }

    /// It believes to be connected.
    @Test
    void aClientThatIsNotServedIsReset() {
        bench.bench.chosen = -1;
        isRefused(acknowledgement(), Outcome.NO_REAL_SERVER, "reset 80");
        assertThat(bench.context.synProxies().unacknowledged(0)).isZero();
    }

    /// The SYN is longer than what it is sent for.
    @Test
    void aConnectionWhoseSynIsKeptBackEndsAgain() {
        TrafficLimit bits = TrafficLimit.parse(Unit.BITS, "12k,12k");
        serve(ServiceLimits.NONE.withBandwidth(Optional.of(bits)));
        int left = bench.comesWide(INBOUND) ? 60 : 40;
        assertThat(bench.context.trafficLimits().take(bench.entry, INBOUND, 1500 - left)).isNull();
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.BANDWIDTH_LIMITED);
        assertThat(bench.refused(Outcome.BANDWIDTH_LIMITED)).as("a packet of our own").isZero();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(bench.sent()).as("a reset for the client").hasSize(1);
    }

    private Neighbours neighbours() {
        return bench.bench.neighbourhood.arp().neighbours();
    }

    private void forgetServer() {
        TestHops.forget(bench.bench.adjacencies, bench.serverHop());
    }

    private void findServer() {
        TestHops.confirm(bench.bench.adjacencies, bench.serverHop());
    }

    /// The neighbour that is asked for is no SYN.
    private void isOnlySoughtFor() {
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(1);
        int type = sent.getFirst()[16] << 8 | sent.getFirst()[17];
        assertThat(type == 0x0806 || sent.getFirst()[18 + 6] == 58).isTrue();
    }

    /// It stays what it was, and comes again from its start.
    @Test
    void anAcknowledgementWaitsForTheServersNeighbour() {
        forgetServer();
        Frame frame = bench.receive(INBOUND, acknowledgement());
        long buffer = frame.buffer();
        assertThat(begin(frame)).isNull();
        assertThat(neighbours().waitingPackets()).isOne();
        isOnlySoughtFor();
        long record = bench.context.handshakes().of(stages.find(frame));
        assertThat(HandshakeRecord.isSent(record)).isFalse();
        assertThat(HandshakeRecord.waiting(record)).isEqualTo(buffer);
        findServer();
        assertThat(stages.handshakes.receive(frame, HandshakeRecord.entry(record)))
                .isEqualTo(Outcome.SYN_PROXY);
        assertThat(HandshakeRecord.isSent(record)).isTrue();
        assertThat(HandshakeRecord.waiting(record)).isZero();
        assertThat(bench.sent()).containsExactly(syn(0x0100));
    }

    @Test
    void oneThatWaitedIsHeldIfTheServerWasAskedMeanwhile() {
        forgetServer();
        Frame frame = bench.receive(INBOUND, acknowledgement());
        assertThat(begin(frame)).isNull();
        bench.sent();
        long record = bench.context.handshakes().of(stages.find(frame));
        HandshakeRecord.sent(record);
        findServer();
        assertThat(stages.handshakes.receive(frame, HandshakeRecord.entry(record)))
                .isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.sent()).isEmpty();
    }

    @Test
    void withoutABufferForTheSynItGoesNoFurther() {
        forgetServer();
        Frame frame = bench.receive(INBOUND, acknowledgement());
        assertThat(begin(frame)).isNull();
        bench.sent();
        long entry = stages.find(frame);
        findServer();
        PacketBurst all = new PacketBurst(64);
        while (bench.bench.io.buffers().allocate(all)) {
            // until there is none
        }
        assertThat(stages.handshakes.receive(frame, entry)).isEqualTo(Outcome.NO_BUFFER);
        bench.bench.io.buffers().freeAll(all);
        assertThat(bench.sent()).isEmpty();
    }

    private void fillQueue() {
        PacketBuilder other = bench.from(INBOUND).tcp(40_000, 80);
        while (neighbours().await(bench.serverHop(), bench.receive(INBOUND, other)) == null) {
            // until no more may wait
        }
        bench.free();
        bench.sent();
    }

    @Test
    void whereTooManyWaitItIsAskedSoon() {
        forgetServer();
        fillQueue();
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        long record = record();
        assertThat(HandshakeRecord.isSent(record)).isFalse();
        bench.context.stack().time(SECOND / 10 - 1);
        assertThat(bench.context.handshakes().due()).isZero();
        bench.context.stack().time(SECOND / 10);
        assertThat(bench.context.handshakes().due()).isEqualTo(record);
    }

    @Test
    void andWhatCameWithItIsHeld() {
        forgetServer();
        fillQueue();
        assertThat(begin(acknowledgement().payload("data"))).isNull();
        assertThat(bench.context.handshakes().held()).isOne();
    }

    @Test
    void aServerThatNobodyFindsIsNotAsked() {
        forgetServer();
        Frame frame = bench.receive(INBOUND, acknowledgement());
        assertThat(neighbours().await(bench.serverHop(), frame)).isNull();
        bench.sent();
        for (int second = 1; neighbours().waitingPackets() > 0; second++) {
            bench.context.stack().time(second * SECOND);
            assertThat(bench.bench.links.poll()).isNotNegative();
        }
        bench.free();
        bench.sent();
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.NEIGHBOUR_UNREACHABLE);
        assertThat(bench.told).containsExactly("unreachable HOST");
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(bench.sent()).as("a reset for the client").hasSize(1);
    }

    private long ask() {
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        bench.sent();
        return record();
    }

    /// After one, three and seven seconds; after fifteen there is no answer.
    @Test
    void aServerIsAskedFourTimes() {
        long record = ask();
        Handshakes handshakes = bench.context.handshakes();
        for (int tries = 1; tries <= 3; tries++) {
            long due = (1L << tries) - 1;
            bench.context.stack().time(due * SECOND - 1);
            assertThat(handshakes.due()).isZero();
            bench.context.stack().time(due * SECOND);
            assertThat(handshakes.due()).isEqualTo(record);
            stages.handshakes.retry(record);
            assertThat(bench.sent()).containsExactly(syn((tries + 1) << 8));
            assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isEqualTo(tries);
        }
        bench.context.stack().time(15 * SECOND);
        stages.handshakes.retry(record);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isOne();
        assertThat(bench.count(Counter.CONNECTIONS_EXPIRED)).isOne();
        assertThat(bench.sent()).as("a reset for the client").hasSize(1);
    }

    @Test
    void withoutABufferItIsAskedTheNextTime() {
        long record = ask();
        PacketBurst all = new PacketBurst(64);
        while (bench.bench.io.buffers().allocate(all)) {
            // until there is none
        }
        bench.context.stack().time(SECOND);
        stages.handshakes.retry(record);
        bench.bench.io.buffers().freeAll(all);
        assertThat(bench.sent()).isEmpty();
        assertThat(bench.context.handshakes().due()).isZero();
        bench.context.stack().time(3 * SECOND);
        stages.handshakes.retry(record);
        assertThat(bench.sent()).containsExactly(syn(0x0200));
    }

    @Test
    void theFirstSynThatIsSentIsNoRepeatedOne() {
        forgetServer();
        fillQueue();
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        long record = record();
        findServer();
        stages.handshakes.retry(record);
        assertThat(bench.sent()).containsExactly(syn(0x0100));
        assertThat(HandshakeRecord.isSent(record)).isTrue();
        assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isZero();
        stages.handshakes.retry(record);
        assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isOne();
        bench.sent();
    }

    /// A neighbour that is there would have answered in three seconds; one that was there before
    /// may come back.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServerThatIsNotFoundIsGivenUpSooner(boolean sent) {
        forgetServer();
        fillQueue();
        assertThat(begin(acknowledgement())).isEqualTo(Outcome.SYN_PROXY);
        long record = record();
        if (sent) {
            HandshakeRecord.sent(record);
        }
        stages.handshakes.retry(record);
        stages.handshakes.retry(record);
        assertThat(bench.context.handshakes().size()).isOne();
        stages.handshakes.retry(record);
        assertThat(bench.context.handshakes().size()).isEqualTo(sent ? 1 : 0);
        assertThat(bench.count(Counter.SYN_PROXY_UNSERVED)).isEqualTo(sent ? 0 : 1);
        assertThat(bench.count(Counter.SYN_PROXY_REPEATED)).isZero();
        bench.sent();
    }
}
