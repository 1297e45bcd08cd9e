// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which packets without a connection open one, how the others end, and who hears of it.
@ParameterizedClass
@EnumSource(Families.class)
class SessionStartTest {
    /// As many datagrams as can wait for their flows.
    private static final int MOST_KEPT = 4096;

    private final Families families;
    private PathBench bench;
    private StageBench stages;

    SessionStartTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
    }

    private void use(int protocol, ServicePolicy policy) {
        bench.close();
        bench = new PathBench(families, protocol, policy);
        stages = new StageBench(bench, INBOUND);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private PacketBuilder segment(int flags) {
        return bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(flags);
    }

    private PacketBuilder datagram() {
        return bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
    }

    private long open(Frame frame) {
        return stages.sessions.open(frame, stages.family.hash(frame.l3()), 0);
    }

    /// Has a packet open a connection.
    ///
    /// @return its flow
    private long open(PacketBuilder packet) {
        long flow = open(bench.receive(INBOUND, packet));
        assertThat(flow).isNotZero();
        bench.free();
        return flow;
    }

    /// Sees that a packet opens none.
    ///
    /// @return how it ended
    private @Nullable Outcome refused(PacketBuilder packet) {
        long before = bench.begun();
        assertThat(open(bench.receive(INBOUND, packet))).isZero();
        assertThat(bench.begun()).isEqualTo(before);
        Outcome ended = stages.sessions.ended();
        if (ended != null) {
            assertThat(bench.received()).as("as it came").isEqualTo(packet.toBytes());
            bench.free();
        }
        return ended;
    }

    @Test
    void aSynOpensAConnection() {
        long flow = open(segment(Tcp.SYN));
        assertThat(flow).isEqualTo(stages.opener.flow()).isNotEqualTo(bench.entry);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(stages.find(bench.receive(INBOUND, segment(Tcp.ACK)))).isEqualTo(flow);
        bench.free();
        assertThat(bench.told).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Tcp.ACK, Tcp.RST, Tcp.FIN, Tcp.SYN | Tcp.ACK, Tcp.SYN | Tcp.RST, 1 | 2})
    void noOtherSegmentDoes(int flags) {
        assertThat(refused(segment(flags))).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.told).containsExactly("reset 80");
    }

    @Test
    void eachDatagramMay() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        assertThat(open(datagram())).isEqualTo(stages.opener.flow());
        assertThat(bench.begun()).isEqualTo(2);
    }

    @Test
    void whatIsForNoServiceOpensNothing() {
        bench.serveNothing();
        assertThat(refused(segment(Tcp.SYN))).isEqualTo(Outcome.NOT_LOCAL);
        assertThat(refused(segment(Tcp.ACK))).isEqualTo(Outcome.NOT_LOCAL);
        assertThat(bench.told).isEmpty();
    }

    /// There is no state for a packet that ends here.
    @Test
    void aPacketWithoutHopsOpensNothing() {
        assertThat(refused(segment(Tcp.SYN).timeToLive(1))).isEqualTo(Outcome.TTL_EXPIRED);
        assertThat(refused(segment(Tcp.SYN).timeToLive(0))).isEqualTo(Outcome.TTL_EXPIRED);
        assertThat(bench.told).containsExactly("time exceeded 80", "time exceeded 80");
        open(segment(Tcp.SYN).timeToLive(2));
    }

    /// Who floods is told nothing.
    @Test
    void aPacketThatIsTooMuchOpensNothing() {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        use(
                OpenBench.TCP,
                ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withPackets(Optional.of(one))));
        open(segment(Tcp.SYN));
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isZero();
        assertThat(bench.context.trafficLimits().take(bench.entry, INBOUND, 60)).isNull();
        PacketBuilder next = bench.from(INBOUND).tcp(StageBench.OTHER_PORT + 1, 80).flags(Tcp.SYN);
        assertThat(refused(next)).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
        assertThat(bench.told).isEmpty();
        bench.context.stack().time(5_000_000_000L);
        open(next);
    }

    /// Of a limit of bits, with the IP header.
    @Test
    void aPacketIsAsMuchAsItIsLong() {
        TrafficLimit bits = TrafficLimit.parse(Unit.BITS, "12k,12k");
        use(
                OpenBench.UDP,
                ServicePolicy.DEFAULT.withLimits(
                        ServiceLimits.NONE.withBandwidth(Optional.of(bits))));
        int header = bench.comesWide(INBOUND) ? 40 : 20;
        assertThat(bench.context.trafficLimits().take(bench.entry, INBOUND, 1000)).isNull();
        assertThat(refused(datagram().payload(new byte[501 - 8 - header])))
                .isEqualTo(Outcome.BANDWIDTH_LIMITED);
        open(datagram().payload(new byte[500 - 8 - header]));
    }

    @Test
    void aSynThatAProxyAnswersOpensNothing() {
        use(OpenBench.TCP, StageBench.PROXIED);
        assertThat(refused(segment(Tcp.SYN))).isNull();
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isOne();
        assertThat(bench.sent()).hasSize(1);
        assertThat(refused(segment(Tcp.SYN).badTransportChecksum()))
                .isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isOne();
    }

    @Test
    void whatAcknowledgesNoCookieOpensNothing() {
        use(OpenBench.TCP, StageBench.PROXIED);
        assertThat(refused(segment(Tcp.ACK))).isEqualTo(Outcome.COOKIE_REFUSED);
        assertThat(bench.refused(Outcome.COOKIE_REFUSED)).isOne();
        assertThat(refused(segment(Tcp.RST))).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.refused(Outcome.COOKIE_REFUSED)).isOne();
    }

    @ParameterizedTest
    @CsvSource({
        "6, REJECT, reset 80",
        "6, DROP, ''",
        "17, REJECT, unreachable PORT 80",
        "17, DROP, ''"
    })
    void aClientThatIsNotServedIsToldIfItsServiceWantsThat(
            int protocol, Refusal refusal, String told) {
        use(protocol, ServicePolicy.DEFAULT.withRefusal(refusal));
        bench.bench.chosen = Scheduler.NONE;
        assertThat(refused(protocol == OpenBench.TCP ? segment(Tcp.SYN) : datagram()))
                .isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(String.join(", ", bench.told)).isEqualTo(told);
        assertThat(bench.refused(Outcome.NO_REAL_SERVER)).isOne();
    }

    private void useSingleDatagrams() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(true));
    }

    /// It has had its turn of the scheduler.
    @Test
    void aDatagramThatGoesAnotherWayFindsItsConnectionAgain() {
        useSingleDatagrams();
        Frame frame = bench.receive(INBOUND, datagram());
        long flow = open(frame);
        stages.sessions.divert(frame.buffer(), flow);
        assertThat(bench.context.table().size()).isEqualTo(2);
        assertThat(open(frame)).isEqualTo(flow);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(open(frame)).as("once").isNotEqualTo(flow);
        assertThat(bench.begun()).isEqualTo(3);
        bench.free();
    }

    @Test
    void whereThereIsNoRoomForItsConnectionItOpensAnother() {
        useSingleDatagrams();
        Frame frame = bench.receive(INBOUND, datagram());
        long flow = open(frame);
        for (int other = 1; other <= MOST_KEPT; other++) {
            assertThat(stages.datagrams.keep(frame.buffer() + other, flow)).isTrue();
        }
        stages.sessions.divert(frame.buffer(), flow);
        assertThat(bench.context.table().size()).isOne();
        assertThat(open(frame)).isNotZero();
        assertThat(bench.begun()).isEqualTo(3);
        bench.free();
    }

    @Test
    void theConnectionOfOneDatagramIsGivenUpWithIt() {
        useSingleDatagrams();
        long flow = open(datagram());
        assertThat(ConnectionLayout.isUnindexed(flow)).isTrue();
        stages.sessions.giveUp(flow);
        assertThat(bench.context.table().size()).isOne();
    }

    @Test
    void oneThatIsFoundAgainIsNot() {
        long flow = open(segment(Tcp.SYN));
        stages.sessions.giveUp(flow);
        stages.sessions.divert(1, flow);
        assertThat(bench.context.table().size()).isEqualTo(2);
        assertThat(stages.datagrams.take(stages.family, 1, flow)).isZero();
    }

    /// An answer may be another worker's.
    @Test
    void howManyHaveLookedForAnAnswersConnectionIsToldOn() {
        bench.close();
        bench = new PathBench(families, OpenBench.TCP, 0, 2);
        stages = new StageBench(bench, OUTBOUND);
        for (int port = 20_000; bench.handedOver.isEmpty(); port++) {
            PacketBuilder answer = bench.from(OUTBOUND).tcp(8080, port);
            Frame frame = bench.receive(OUTBOUND, answer);
            assertThat(stages.sessions.open(frame, stages.family.hash(frame.l3()), 1)).isZero();
            assertThat(stages.sessions.ended()).isEqualTo(Outcome.NO_CONNECTION);
            assertThat(open(frame)).isZero();
            if (stages.sessions.ended() != null) {
                bench.free();
            }
        }
    }
}
