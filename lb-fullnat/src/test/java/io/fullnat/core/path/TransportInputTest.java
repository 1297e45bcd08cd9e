// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which stage a segment or a datagram comes to: that of its connection, of a handshake that is
/// under way, of a SYN proxy, or of connections that begin.
@ParameterizedClass
@EnumSource(Families.class)
class TransportInputTest {
    private static final int COOKIE = 0x7FFF_FFFF;
    private static final int CLIENT = 99;

    /// More than Ethernet pads.
    private static final String DATA = "some more data";

    private final Families families;
    private PathBench bench;
    private StageBench stages;

    TransportInputTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP);
        stages = new StageBench(bench, INBOUND);
    }

    private void use(PathBench other, int direction) {
        bench.close();
        bench = other;
        stages = new StageBench(bench, direction);
    }

    private void use(int protocol, ServicePolicy policy) {
        use(new PathBench(families, protocol, policy), INBOUND);
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private @Nullable Outcome receive(int direction, PacketBuilder packet) {
        return receive(bench.receive(direction, packet), 0);
    }

    private @Nullable Outcome receive(Frame frame, int hopsDone) {
        boolean tcp = stages.family.isTcp(frame.l3());
        Outcome outcome =
                tcp ? stages.transport.tcp(frame, hopsDone) : stages.transport.udp(frame, hopsDone);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    private int headers() {
        return bench.comesWide(INBOUND) ? 40 : 20;
    }

    private PacketBuilder leaving(int direction) {
        return stages.first(bench.leaving(direction));
    }

    @Test
    void aSegmentOfAKnownConnectionGoesOn() {
        assertThat(receive(INBOUND, bench.arriving(INBOUND).payload(DATA))).isNull();
        assertThat(bench.sent()).containsExactly(leaving(INBOUND).payload(DATA).toBytes());
        stages = new StageBench(bench, OUTBOUND);
        assertThat(receive(OUTBOUND, bench.arriving(OUTBOUND))).isNull();
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.begun()).isOne();
    }

    @Test
    void aSegmentIsAtLeastAsLongAsItsHeader() {
        PacketBuilder packet = bench.arriving(INBOUND).padding(8);
        assertThat(receive(INBOUND, packet.totalLength(headers() + 19)))
                .isEqualTo(Outcome.TRUNCATED);
        assertThat(receive(INBOUND, packet.totalLength(headers() + 20))).isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x40, 0x60, 0xF0})
    void aSegmentWhoseHeaderIsNotInItIsNone(int words) {
        Frame frame = bench.receive(INBOUND, bench.arriving(INBOUND));
        Memory.putByte(stages.family.transport(frame.l3()) + 12, words);
        assertThat(receive(frame, 0)).isEqualTo(Outcome.MALFORMED);
    }

    @Test
    void aDatagramIsAtLeastAsLongAsItsHeader() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        PacketBuilder packet = bench.arriving(INBOUND).padding(8);
        assertThat(receive(INBOUND, packet.totalLength(headers() + 7)))
                .isEqualTo(Outcome.TRUNCATED);
        assertThat(receive(INBOUND, packet.totalLength(headers() + 8))).isNull();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void aDatagramIsAsLongAsItSays() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        PacketBuilder packet = bench.arriving(INBOUND).payload(DATA);
        int length = 8 + DATA.length();
        assertThat(receive(INBOUND, packet.transportLength(7))).isEqualTo(Outcome.MALFORMED);
        assertThat(receive(INBOUND, packet.transportLength(length + 1)))
                .isEqualTo(Outcome.MALFORMED);
        assertThat(receive(INBOUND, packet.transportLength(length))).isNull();
        assertThat(bench.sent()).containsExactly(leaving(INBOUND).payload(DATA).toBytes());
    }

    /// RFC 8200 §8.1: of IPv6 each datagram has a checksum.
    @Test
    void onlyADatagramOfIpv4MayBeWithoutAChecksum() {
        use(OpenBench.UDP, ServicePolicy.DEFAULT);
        Outcome outcome = receive(INBOUND, bench.arriving(INBOUND).noUdpChecksum());
        assertThat(outcome == Outcome.NO_UDP_CHECKSUM).isEqualTo(bench.comesWide(INBOUND));
        assertThat(bench.sent()).hasSize(outcome == null ? 1 : 0);
    }

    private PacketBuilder syn() {
        return bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(Tcp.SYN);
    }

    @Test
    void aSynOpensAConnectionAndGoesOnByIt() {
        Frame frame = bench.receive(INBOUND, syn());
        assertThat(receive(frame, 0)).isNull();
        assertThat(bench.begun()).isEqualTo(2);
        bench.sent();
        long flow = stages.find(bench.receive(INBOUND, syn()));
        bench.free();
        assertThat(flow).isNotZero();
        assertThat(receive(INBOUND, syn().flags(Tcp.ACK).payload(DATA))).isNull();
        PacketBuilder second = stages.leaving(flow, true).payload(DATA);
        assertThat(bench.sent())
                .containsExactly(
                        (bench.isAcross() ? second.identification(0x0200) : second).toBytes());
    }

    @Test
    void whatOpensNoConnectionEndsAsThatSays() {
        assertThat(receive(INBOUND, syn().flags(Tcp.ACK))).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.told).containsExactly("reset 80");
        assertThat(bench.begun()).isOne();
    }

    /// The other worker has handed it over as it does not know of it either.
    @Test
    void anAnswerThatNobodyKnowsIsHandedOverOnce() {
        use(new PathBench(families, OpenBench.TCP, 0, 2), OUTBOUND);
        int port = othersPort(6);
        PacketBuilder answer = bench.from(OUTBOUND).tcp(8080, port);
        assertThat(receive(bench.receive(OUTBOUND, answer), 0)).isNull();
        assertThat(bench.handedOver).hasSize(1);
        assertThat(bench.handedOver.getFirst().bytes()).isEqualTo(answer.toBytes());
        assertThat(receive(bench.receive(OUTBOUND, answer), 1)).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.handedOver).hasSize(1);
    }

    @Test
    void soIsADatagram() {
        use(new PathBench(families, OpenBench.UDP, 0, 2), OUTBOUND);
        PacketBuilder answer = bench.from(OUTBOUND).udp(8080, othersPort(17));
        assertThat(receive(bench.receive(OUTBOUND, answer), 0)).isNull();
        assertThat(receive(bench.receive(OUTBOUND, answer), 1)).isEqualTo(Outcome.NO_CONNECTION);
        assertThat(bench.handedOver).hasSize(1);
    }

    /// A local port whose answers come to the other of two workers.
    private int othersPort(int protocol) {
        for (int port = 20_000; ; port++) {
            PacketBuilder packet = bench.from(OUTBOUND);
            Frame frame =
                    bench.receive(
                            OUTBOUND,
                            protocol == OpenBench.TCP
                                    ? packet.tcp(8080, port)
                                    : packet.udp(8080, port));
            long ip = frame.l3();
            long high = stages.family.destinationHigh(ip);
            long low = stages.family.destinationLow(ip);
            int owner = stages.family.owner(bench.context.returnPath(high, low), ip);
            bench.free();
            if (owner == 1) {
                return port;
            }
        }
    }

    /// Nobody would find it again.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theConnectionOfOneDatagramEndsWithIt(boolean onePacket) {
        use(OpenBench.UDP, ServicePolicy.DEFAULT.withOnePacket(onePacket));
        PacketBuilder packet = bench.from(INBOUND).udp(StageBench.OTHER_PORT, 80);
        if (!bench.comesWide(INBOUND)) {
            packet.dontFragment();
        }
        assertThat(receive(INBOUND, packet.payload(new byte[1500]))).isEqualTo(Outcome.TOO_BIG);
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.context.table().size()).isEqualTo(onePacket ? 1 : 2);
        assertThat(receive(INBOUND, packet.payload("short"))).isNull();
        assertThat(bench.context.table().size()).isEqualTo(2);
        assertThat(bench.sent()).hasSize(1);
    }

    private PacketBuilder again() {
        return bench.arriving(INBOUND).flags(Tcp.SYN).sequence(77_000).payload(DATA);
    }

    @Test
    void aConnectionThatIsOverBeginsAnewByItsEntry() {
        bench.context.life().move(bench.entry, ConnectionState.CLOSE);
        assertThat(receive(INBOUND, again())).isNull();
        assertThat(bench.begun()).isOne();
        assertThat(bench.sent())
                .containsExactly(
                        leaving(INBOUND).flags(Tcp.SYN).sequence(77_000).payload(DATA).toBytes());
    }

    /// The application is to be asked first.
    @Test
    void orIsReplacedByAnother() {
        stages = new StageBench(bench, INBOUND, (service, request) -> true);
        assertThat(receive(INBOUND, again())).as("while it lives").isNull();
        assertThat(bench.begun()).isOne();
        bench.context.life().move(bench.entry, ConnectionState.CLOSE);
        assertThat(receive(INBOUND, again())).isNull();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.sent()).hasSize(2);
    }

    @Test
    void aSynThatAProxyAnswersIsNothingToAConnectionThatIsOver() {
        use(OpenBench.TCP, StageBench.PROXIED);
        assertThat(receive(INBOUND, again())).isNull();
        assertThat(bench.count(Outcome.SYN_ANSWERED)).as("while it lives").isZero();
        bench.context.life().move(bench.entry, ConnectionState.CLOSE);
        assertThat(receive(INBOUND, again())).isNull();
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isOne();
        assertThat(bench.begun()).isOne();
        assertThat(bench.sent()).hasSize(2);
    }

    private long shakeHands() {
        CookieTerms terms = new CookieTerms();
        terms.begin(COOKIE, CLIENT, 1460);
        long record = StageBench.beginHandshake(bench, terms);
        HandshakeRecord.sent(record);
        return record;
    }

    private PacketBuilder data() {
        return bench.arriving(INBOUND)
                .sequence(CLIENT + 1)
                .acknowledgement(COOKIE + 1)
                .payload("data");
    }

    @Test
    void whatAClientSendsDuringItsHandshakeIsHeld() {
        assertThat(TransportInput.isPending(bench.entry)).isFalse();
        shakeHands();
        assertThat(TransportInput.isPending(bench.flow(INBOUND))).isTrue();
        assertThat(TransportInput.isPending(bench.flow(OUTBOUND))).isTrue();
        assertThat(receive(INBOUND, data())).isNull();
        assertThat(bench.context.handshakes().held()).isOne();
        assertThat(bench.sent()).isEmpty();
    }

    @Test
    void theServersAnswerEndsIt() {
        shakeHands();
        stages = new StageBench(bench, OUTBOUND);
        PacketBuilder answer = bench.arriving(OUTBOUND).flags(Tcp.SYN | Tcp.ACK);
        assertThat(receive(OUTBOUND, answer.acknowledgement(CLIENT + 2)))
                .isEqualTo(Outcome.SYN_PROXY_MISFIT);
        assertThat(bench.refused(Outcome.SYN_PROXY_MISFIT)).isOne();
        assertThat(receive(OUTBOUND, answer.acknowledgement(CLIENT + 1)))
                .isEqualTo(Outcome.SYN_PROXY);
        assertThat(TransportInput.isPending(bench.entry)).isFalse();
        assertThat(bench.count(Counter.SYN_PROXY_ESTABLISHED)).isOne();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void whatDoesNotFitAHandshakeIsCountedForItsService() {
        shakeHands();
        assertThat(receive(INBOUND, data().flags(0))).isEqualTo(Outcome.SYN_PROXY_MISFIT);
        assertThat(bench.refused(Outcome.SYN_PROXY_MISFIT)).isOne();
        assertThat(receive(INBOUND, data())).isNull();
        assertThat(receive(INBOUND, data())).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.refused(Outcome.SYN_PROXY_MISFIT)).isOne();
    }
}
