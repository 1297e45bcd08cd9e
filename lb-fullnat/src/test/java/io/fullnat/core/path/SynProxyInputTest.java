// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which SYNs [SynProxyInput] answers with a cookie, byte by byte, and which acknowledgements of
/// cookies begin a connection.
@ParameterizedClass
@EnumSource(Families.class)
class SynProxyInputTest {
    private static final int CLIENT = 0xFFFF_FFFF;
    private static final int WINDOW = 5840;
    private static final int TAGGED = 18;
    private static final long SECOND = 1_000_000_000L;

    private final Families families;
    private PathBench bench;
    private StageBench stages;
    private ServiceEntry service;

    SynProxyInputTest(Families families) {
        this.families = families;
        bench = new PathBench(families, OpenBench.TCP, StageBench.PROXIED);
        stages = new StageBench(bench, INBOUND);
        service = bench.service;
    }

    private void use(int protocol) {
        bench.close();
        bench = new PathBench(families, protocol);
        stages = new StageBench(bench, INBOUND);
        service = bench.service;
    }

    @AfterEach
    void close() {
        bench.context.handshakes().discard();
        bench.close();
    }

    private PacketBuilder segment(int flags) {
        return bench.arriving(INBOUND).flags(flags);
    }

    private PacketBuilder syn() {
        return segment(Tcp.SYN).sequence(CLIENT);
    }

    /// What the cookie of a SYN-ACK is acknowledged with.
    private PacketBuilder acknowledgement(int cookie) {
        return segment(Tcp.ACK).sequence(CLIENT + 1).acknowledgement(cookie + 1);
    }

    private PacketBuilder answer(PacketBuilder to, int cookie, int size) {
        return to.tcp(80, PathBench.CLIENT_PORT)
                .flags(Tcp.SYN | Tcp.ACK)
                .sequence(cookie)
                .acknowledgement(CLIENT + 1)
                .window(WINDOW)
                .tcpOptions(HexFormat.of().parseHex("0204%04x".formatted(size)))
                .dontFragment();
    }

    /// The largest segment that fits a link.
    private int size(int mtu) {
        return mtu - (bench.comesWide(INBOUND) ? 60 : 40);
    }

    private int cookie(byte[] answer, int link) {
        int sequence = link + (bench.comesWide(INBOUND) ? 40 : 20) + 4;
        return ByteBuffer.wrap(answer).getInt(sequence);
    }

    private @Nullable Outcome answer(Frame frame) {
        long hash = stages.family.hash(frame.l3());
        Outcome outcome = stages.proxy.answer(frame, hash, service);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    private byte[] answered(Frame frame) {
        assertThat(answer(frame)).isNull();
        List<byte[]> sent = bench.sent();
        assertThat(sent).hasSize(1);
        return sent.getFirst();
    }

    /// Has a SYN answered.
    ///
    /// @return the cookie
    private int connect() {
        return cookie(answered(bench.receive(INBOUND, syn())), 14);
    }

    /// With nothing but what each answer has.
    private void isPlainAnswer(byte[] answer) {
        PacketBuilder plain =
                answer(bench.to(OUTBOUND), cookie(answer, 14), size(PathBench.WAN_MTU));
        assertThat(answer).isEqualTo(PathBench.bytes(plain));
    }

    @Test
    void aSynIsAnsweredInItsOwnBuffer() {
        byte[] answer = answered(bench.receive(INBOUND, syn().payload("what is left over")));
        isPlainAnswer(answer);
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isOne();
        assertThat(bench.begun()).as("and leaves nothing behind").isOne();
        assertThat(bench.context.handshakes().size()).isZero();
    }

    /// RFC 791 §3.1, RFC 8200 §4: they are hints of the sender to those on its way.
    @Test
    void optionsAndExtensionsOfIpAreLeftOut() {
        PacketBuilder from = bench.from(INBOUND);
        from =
                bench.comesWide(INBOUND)
                        ? from.extension(Ipv6Extension.destination())
                        : from.ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 1);
        PacketBuilder packet = from.tcp(PathBench.CLIENT_PORT, 80).flags(Tcp.SYN).sequence(CLIENT);
        byte[] answer = answered(bench.receive(INBOUND, packet));
        isPlainAnswer(answer);
    }

    /// As large segments are told as the link takes on which the client is.
    @Test
    void aClientOfATaggedLinkIsAnsweredThere() {
        int cookie = connect();
        boolean wide = bench.comesWide(INBOUND);
        PacketBuilder from = PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS).vlan(100);
        PacketBuilder to = PacketBuilder.ethernet(PathBench.OURS, PathBench.CLIENT_MAC).vlan(100);
        String client = wide ? "2001:db8:0:1::77" : "10.0.1.77";
        String site = wide ? "2001:db8:0:1::1" : "192.0.2.1";
        from = wide ? from.ipv6(client, site) : from.ipv4(client, site);
        PacketBuilder packet = from.tcp(PathBench.CLIENT_PORT, 80).flags(Tcp.SYN).sequence(CLIENT);
        byte[] answer = answered(bench.receive(packet, PathBench.LAN));
        to = wide ? to.ipv6(site, client) : to.ipv4(site, client);
        assertThat(answer)
                .isEqualTo(answer(to, cookie(answer, TAGGED), size(PathBench.LAN_MTU)).toBytes());
        endFirst();
        assertThat(acknowledge(acknowledgement(cookie)))
                .as("of the client before it")
                .isEqualTo(Outcome.SYN_PROXY);
        bench.sent();
    }

    @Test
    void aSynToAGroupOrToAnotherServiceIsNotAnswered() {
        Frame frame = bench.receive(INBOUND, syn());
        Memory.putByte(frame.l2(), 1);
        assertThat(answer(frame)).isEqualTo(Outcome.OTHER_HOST);
        service = bench.serve(ServicePolicy.DEFAULT);
        assertThat(answer(bench.receive(INBOUND, syn()))).isEqualTo(Outcome.OTHER_HOST);
    }

    @Test
    void aSynThatIsDamagedIsNotAnswered() {
        assertThat(answer(bench.receive(INBOUND, syn().badTransportChecksum())))
                .isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        assertThat(bench.told).isEmpty();
    }

    @Test
    void aSynForWhichNoConnectionCouldBeOpenedIsRejected() {
        bench.bench.health.server(0, 0);
        bench.bench.health.server(1, 0);
        assertThat(answer(bench.receive(INBOUND, syn()))).isEqualTo(Outcome.NO_REAL_SERVER);
        assertThat(bench.told).containsExactly("reset 80");
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isZero();
    }

    private boolean is(Predicate<Long> question, PacketBuilder packet) {
        Frame frame = bench.receive(INBOUND, packet);
        boolean answer = question.test(frame.l3());
        bench.free();
        return answer;
    }

    private boolean isAnswered(PacketBuilder packet) {
        return is(ip -> stages.proxy.answers(service, ip), packet);
    }

    @Test
    void synsAreAnsweredAndNothingElse() {
        assertThat(isAnswered(syn())).isTrue();
        assertThat(isAnswered(segment(Tcp.SYN | Tcp.ACK))).isFalse();
        assertThat(isAnswered(segment(Tcp.ACK))).isFalse();
        service = bench.serve(ServicePolicy.DEFAULT);
        assertThat(isAnswered(syn())).isFalse();
    }

    @Test
    void aProxyMayWaitForHalfOpenConnections() {
        service =
                bench.serve(
                        ServicePolicy.DEFAULT.withTcp(
                                TcpPolicy.KEEP.withSynProxy(SynProxy.from(2))));
        assertThat(isAnswered(syn())).isFalse();
        PacketBuilder other = bench.from(INBOUND).tcp(StageBench.OTHER_PORT, 80).flags(Tcp.SYN);
        Frame frame = bench.receive(INBOUND, other);
        assertThat(stages.sessions.open(frame, stages.family.hash(frame.l3()), 0)).isNotZero();
        bench.free();
        assertThat(isAnswered(syn())).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ACK, 16, true",
        "FIN ACK, 17, true",
        "SYN ACK, 18, false",
        "RST ACK, 20, false",
        "FIN, 1, false"
    })
    void whatMayAcknowledge(String name, int flags, boolean may) {
        assertThat(is(ip -> stages.proxy.mayAcknowledge(service, ip), segment(flags)))
                .as(name)
                .isEqualTo(may);
        service = bench.serve(ServicePolicy.DEFAULT);
        assertThat(is(ip -> stages.proxy.mayAcknowledge(service, ip), segment(flags))).isFalse();
    }

    /// Whatever is at the place of its flags.
    @Test
    void aDatagramAcknowledgesNothing() {
        ServiceEntry proxied = service;
        byte[] payload = new byte[32];
        Arrays.fill(payload, (byte) Tcp.ACK);
        PacketBuilder datagram = bench.from(INBOUND).udp(30_000, 80).payload(payload);
        assertThat(is(ip -> stages.proxy.mayAcknowledge(proxied, ip), datagram)).isFalse();
    }

    private @Nullable Outcome acknowledge(PacketBuilder packet) {
        Frame frame = bench.receive(INBOUND, packet);
        long hash = stages.family.hash(frame.l3());
        Outcome outcome = stages.proxy.acknowledge(frame, hash, service);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    /// The connection that the bench has is out of the way.
    private void endFirst() {
        bench.context.life().end(bench.entry);
    }

    @Test
    void theAcknowledgementOfACookieBeginsAConnection() {
        endFirst();
        int cookie = connect();
        assertThat(acknowledge(acknowledgement(cookie))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.count(Counter.COOKIES_ACCEPTED)).isOne();
        assertThat(bench.context.handshakes().size()).isOne();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.sent()).as("the server is asked").hasSize(1);
    }

    @Test
    void aCookieCountsOnce() {
        endFirst();
        int cookie = connect();
        assertThat(acknowledge(acknowledgement(cookie))).isEqualTo(Outcome.SYN_PROXY);
        long flow = stages.find(bench.receive(INBOUND, acknowledgement(cookie)));
        bench.free();
        bench.context.handshakes().abandon(bench.context.handshakes().of(flow));
        bench.context.life().end(flow);
        assertThat(acknowledge(acknowledgement(cookie))).isEqualTo(Outcome.COOKIE_REFUSED);
        assertThat(bench.count(Counter.COOKIES_ACCEPTED)).isOne();
        bench.sent();
    }

    @Test
    void anAcknowledgementThatIsDamagedBeginsNothing() {
        int cookie = connect();
        assertThat(acknowledge(acknowledgement(cookie).badTransportChecksum()))
                .isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        assertThat(bench.count(Counter.COOKIES_ACCEPTED)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 31, 1 << 20})
    void aCookieOfSomebodyElseBeginsNothing(int difference) {
        int cookie = connect();
        assertThat(acknowledge(acknowledgement(cookie ^ difference)))
                .isEqualTo(Outcome.COOKIE_REFUSED);
        PacketBuilder other = acknowledgement(cookie).sequence(CLIENT + 2);
        assertThat(acknowledge(other)).isEqualTo(Outcome.COOKIE_REFUSED);
        assertThat(bench.count(Counter.COOKIES_ACCEPTED)).isZero();
    }

    /// The first may have overtaken what acknowledges the cookie.
    @Test
    void aStrayIsResetWhenItComesAgain() {
        PacketBuilder stray = segment(Tcp.ACK).sequence(5).acknowledgement(6);
        bench.context.stack().time(SECOND);
        assertThat(acknowledge(stray)).isEqualTo(Outcome.COOKIE_REFUSED);
        bench.context.stack().time(3 * SECOND - 1_000_000);
        assertThat(acknowledge(stray)).isEqualTo(Outcome.COOKIE_REFUSED);
        assertThat(bench.told).isEmpty();
        bench.context.stack().time(3 * SECOND);
        assertThat(acknowledge(stray)).isEqualTo(Outcome.COOKIE_REFUSED);
        assertThat(bench.told).containsExactly("reset 80");
    }

    private boolean isTaken(PacketBuilder packet) {
        return is(ip -> stages.proxy.takes(bench.entry, ip), packet);
    }

    private void is(ConnectionState state) {
        bench.context.life().move(bench.entry, state);
    }

    @Test
    void aSynIsNothingToAConnectionThatIsOver() {
        assertThat(isTaken(syn())).isFalse();
        is(ConnectionState.CLOSE);
        assertThat(isTaken(syn())).isTrue();
        assertThat(isTaken(segment(Tcp.ACK))).isFalse();
        assertThat(is(ip -> stages.proxy.takes(bench.flow(OUTBOUND), ip), syn())).isFalse();
    }

    @Test
    void withoutAProxyItIsTheConnections() {
        is(ConnectionState.CLOSE);
        service = bench.serve(ServicePolicy.DEFAULT);
        assertThat(isTaken(syn())).isFalse();
        assertThat(isTaken(acknowledgement(5))).isFalse();
        service = bench.serve(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)));
        assertThat(isTaken(syn())).isFalse();
        assertThat(isTaken(acknowledgement(5))).isFalse();
        bench.serveNothing();
        assertThat(isTaken(syn())).isFalse();
    }

    /// What comes late is the former connection's: of its last bytes, as its server has got them.
    @ParameterizedTest
    @CsvSource({"0, 0, true", "-1, 0, false", "1, 0, false", "10, 10, true", "11, 10, false"})
    void anAcknowledgementIsNothingToAConnectionThatCannotHaveSentIt(
            int received, int bytes, boolean late) {
        int cookie = connect();
        TcpMoves.begin(bench.entry, 5_000);
        is(ConnectionState.CLOSE);
        assertThat(isTaken(acknowledgement(cookie))).as("unanswered").isTrue();
        PacketBuilder packet = bench.arriving(INBOUND);
        assertThat(isTaken(packet.flags(Tcp.ACK).sequence(7))).as("no cookie").isFalse();
        Memory.putLong(bench.entry + BYTES, bytes);
        bench.context.table().shifts().set(bench.entry, 1_000, 0);
        Memory.putNetworkInt(bench.flow(OUTBOUND) + ACKNOWLEDGED, CLIENT + 1 + 1_000 + received);
        assertThat(isTaken(acknowledgement(cookie))).isEqualTo(!late);
    }

    private @Nullable Outcome receive(PacketBuilder packet) {
        Frame frame = bench.receive(INBOUND, packet);
        long hash = stages.family.hash(frame.l3());
        Outcome outcome = stages.proxy.receive(frame, hash, bench.entry);
        if (outcome != null) {
            bench.free();
        }
        return outcome;
    }

    @Test
    void whatIsTakenHasHopsAndAService() {
        assertThat(receive(syn().timeToLive(1))).isEqualTo(Outcome.TTL_EXPIRED);
        assertThat(bench.told).containsExactly("time exceeded 80");
        assertThat(receive(syn().timeToLive(2))).isNull();
        assertThat(bench.sent()).hasSize(1);
        bench.serveNothing();
        assertThat(receive(syn())).isEqualTo(Outcome.NO_SERVICE);
    }

    @Test
    void aSynThatIsTakenIsAnsweredUnlessItIsTooMuch() {
        TrafficLimit one = TrafficLimit.parse(Unit.PACKETS, "1,1");
        service =
                bench.serve(
                        StageBench.PROXIED.withLimits(
                                ServiceLimits.NONE.withPackets(Optional.of(one))));
        assertThat(receive(syn())).isNull();
        assertThat(bench.context.trafficLimits().take(bench.entry, INBOUND, 60)).isNull();
        assertThat(receive(syn())).isEqualTo(Outcome.PACKETS_LIMITED);
        assertThat(bench.refused(Outcome.PACKETS_LIMITED)).isOne();
        assertThat(bench.count(Outcome.SYN_ANSWERED)).isOne();
        assertThat(bench.sent()).hasSize(1);
        assertThat(bench.context.table().size()).as("the former connection stays").isOne();
    }

    @Test
    void anAcknowledgementThatIsTakenEndsTheFormerConnection() {
        int cookie = connect();
        is(ConnectionState.CLOSE);
        assertThat(isTaken(acknowledgement(cookie))).isTrue();
        assertThat(receive(acknowledgement(cookie).badTransportChecksum()))
                .isEqualTo(Outcome.BAD_TCP_CHECKSUM);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.begun()).isOne();
        assertThat(isTaken(acknowledgement(cookie))).isTrue();
        assertThat(receive(acknowledgement(cookie))).isEqualTo(Outcome.SYN_PROXY);
        assertThat(bench.context.table().size()).isOne();
        assertThat(bench.begun()).isEqualTo(2);
        assertThat(bench.count(Counter.COOKIES_ACCEPTED)).isOne();
        assertThat(bench.sent()).hasSize(1);
    }

    @Test
    void datagramsAreNeverTaken() {
        use(OpenBench.UDP);
        byte[] payload = new byte[32];
        Arrays.fill(payload, (byte) Tcp.SYN);
        assertThat(isTaken(bench.arriving(INBOUND).payload(payload))).isFalse();
    }
}
