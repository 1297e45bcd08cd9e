// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.SynProxy;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is damaged, sent again and again, or made up around handshakes with real servers behind
/// cookies.
class SynProxyAttackTest {
    private static final int PORT = 40_000;
    private static final int SERVER_ISN = 0x7000_0000;

    private static final int[] FLAGS = {
        Tcp.SYN, Tcp.ACK, Tcp.ACK, Tcp.ACK, Tcp.RST, Tcp.ACK | Tcp.FIN, Tcp.SYN | Tcp.ACK,
        Tcp.RST | Tcp.ACK, Tcp.SYN | 0xC0, Tcp.SYN | Tcp.FIN, 0, 0xFF
    };

    private static Rig rig(FamilyPair families) {
        Rig rig = Rig.of(families).configured();
        rig.apply(CookieClient.always(rig));
        return rig;
    }

    private static boolean isTcp(byte[] frame) {
        return frame[IpFrame.isIpv6(frame) ? 20 : 23] == 6;
    }

    private static FlowContext context(Rig rig) {
        return rig.balancer.workersThemselves().getFirst().flows();
    }

    /// The local port by which the server was asked.
    private static int ask(CookieClient client, byte... options) {
        client.connect(options);
        List<byte[]> out = client.rig.clientSends(client.acknowledgement());
        assertThat(out).hasSize(1);
        return IpFrame.sourcePort(out.getFirst());
    }

    private static PacketBuilder answer(Rig rig, int localPort, int flags, int sequence) {
        return rig.answer()
                .tcp(8080, localPort)
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(CookieClient.ISN + 1);
    }

    /// Its number would stand for all that the server sends, and nobody else sees the checksum.
    @ParameterizedTest
    @EnumSource
    void aDamagedAnswerOfTheServerIsNone(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            int port = ask(client);

            int accepts = Tcp.SYN | Tcp.ACK;
            assertThat(
                            rig.serverSends(
                                    answer(rig, port, accepts, 1234).badTransportChecksum()))
                    .isEmpty();
            assertThat(
                            rig.serverSends(
                                    answer(rig, port, Tcp.RST | Tcp.ACK, 0)
                                            .badTransportChecksum()))
                    .isEmpty();
            assertThat(rig.count(Outcome.BAD_TCP_CHECKSUM)).isEqualTo(2);

            byte[] ack = rig.serverSends(answer(rig, port, accepts, SERVER_ISN)).getFirst();
            assertThat(CookieClient.number(ack, 8)).isEqualTo(SERVER_ISN + 1);
            assertThat(rig.count(Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(1);
        }
    }

    /// Its timestamp would go to the server, which would take all later ones for old (RFC 7323
    /// §5.3); a damaged reset would end the connection.
    @ParameterizedTest
    @EnumSource
    void nothingOfADamagedSegmentOfTheClientIsBelieved(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            int port = ask(client, CookieClient.LINUX);
            byte[] later = {1, 1, 8, 10, 0x41, 2, 3, 5, 0, 0, 0, 0};
            rig.clientSends(
                    client.acknowledgement().window(9).tcpOptions(later).badTransportChecksum());
            rig.clientSends(client.acknowledgement().flags(Tcp.RST).badTransportChecksum());
            assertThat(rig.count(Outcome.BAD_TCP_CHECKSUM)).isEqualTo(2);

            byte[] stamps = {8, 10, 0, 0, 0, 1, 1, 2, 3, 5};
            byte[] ack =
                    rig.serverSends(
                                    answer(rig, port, Tcp.SYN | Tcp.ACK, SERVER_ISN)
                                            .tcpOptions(stamps))
                            .getFirst();
            assertThat(CookieClient.number(ack, 24)).isEqualTo(0x0102_0305);
            assertThat(CookieClient.window(ack)).isNotEqualTo(9);
        }
    }

    /// One cookie that is acknowledged by packets whose hops end here opens nothing, so it says
    /// nothing of how many cookies of a flood are acknowledged, nor does it end what there was.
    @Test
    void whatOpensNothingHidesNoFlood() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            int slot = 0;
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            long before = context(rig).synProxies().unacknowledged(slot);
            for (int i = 0; i < 5; i++) {
                rig.clientSends(client.acknowledgement().timeToLive(1));
            }
            assertThat(rig.count(Outcome.TTL_EXPIRED)).isEqualTo(5);
            assertThat(context(rig).synProxies().unacknowledged(slot)).isEqualTo(before);
            rig.clientSends(client.acknowledgement());
            assertThat(context(rig).synProxies().unacknowledged(slot)).isEqualTo(before - 1);
        }
    }

    /// As to a service without a SYN proxy, and under ports that nobody has used.
    @Test
    void hopsEndForAConnectionThatIsOverToo() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured()) {
            TcpFlow old = TcpFlow.established(rig, PORT);
            rig.clientSends(old.client().flags(Tcp.RST).sequence(old.clientNext));
            rig.apply(CookieClient.always(rig));
            rig.out();
            CookieClient client = new CookieClient(rig, PORT);
            client.sequence = old.clientNext + 100;

            List<byte[]> out = rig.clientSends(client.syn().timeToLive(1));
            assertThat(out).noneMatch(SynProxyAttackTest::isTcp);
            assertThat(rig.count(Outcome.TTL_EXPIRED)).isEqualTo(1);
            client.connect();
            rig.clientSends(client.acknowledgement().timeToLive(1));
            assertThat(rig.count(Outcome.TTL_EXPIRED)).isEqualTo(2);
            assertThat(old.state()).as("changes nothing").isNotEqualTo("none");
        }
    }

    /// Segments of clients and of the server in any order, with numbers that fit and others, while
    /// time passes and connections are ended: each packet ends once, and no buffer is lost.
    @ParameterizedTest
    @EnumSource
    void noBufferIsLostWhateverComes(FamilyPair families) {
        RandomGenerator random = Seed.generator();
        try (Rig rig = Rig.of(families).configured().withStaticNeighbours()) {
            long buffers = context(rig).stack().pool().inUse();
            rig.apply(CookieClient.with(rig, random.nextBoolean() ? SynProxy.ALWAYS : SynProxy.from(2)));
            CookieClient[] clients = new CookieClient[12];
            for (int i = 0; i < clients.length; i++) {
                clients[i] = new CookieClient(rig, PORT + i);
                clients[i].sequence = random.nextInt();
            }
            for (int i = 0; i < 3000; i++) {
                CookieClient client = clients[random.nextInt(clients.length)];
                step(rig, client, random);
            }
            rig.apply(new Change.RemoveService(rig.tcp, true));
            rig.out();
            rig.pass(Duration.ofSeconds(20));
            rig.out();
            FlowContext context = context(rig);
            assertThat(context.handshakes().size()).isZero();
            assertThat(context.handshakes().held()).isZero();
            assertThat(context.stack().pool().inUse()).isEqualTo(buffers);
            assertThat(context.table().size()).isZero();
        }
    }

    private static void step(Rig rig, CookieClient client, RandomGenerator random) {
        int what = random.nextInt(40);
        if (what == 0) {
            rig.pass(Duration.ofMillis(random.nextInt(3000)));
            rig.out();
            return;
        }
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        List<byte[]> out;
        if (what < 26) {
            boolean syn = (flags & Tcp.SYN) != 0;
            PacketBuilder segment =
                    client.segment()
                            .flags(flags)
                            .sequence(client.sequence + (syn ? 0 : 1 + random.nextInt(2)))
                            .acknowledgement(client.cookie + (random.nextInt(8) == 0 ? 2 : 1))
                            .timeToLive(random.nextInt(20) == 0 ? 1 : 60)
                            .payload(new byte[random.nextInt(3) * random.nextInt(600)]);
            if (random.nextInt(20) == 0) {
                segment.badTransportChecksum();
            }
            out = rig.clientSends(segment);
        } else {
            int port = client.timestamp; // where the server was asked last
            out =
                    rig.serverSends(
                            rig.answer()
                                    .tcp(8080, port)
                                    .flags(flags | (random.nextBoolean() ? Tcp.ACK : 0))
                                    .sequence(SERVER_ISN)
                                    .acknowledgement(client.sequence + 1)
                                    .payload(new byte[random.nextInt(2) * 9]));
        }
        for (byte[] frame : out) {
            if (isTcp(frame) && IpFrame.tcpFlags(frame) == (Tcp.SYN | Tcp.ACK)) {
                client.cookie = CookieClient.number(frame, 4);
            } else if (isTcp(frame) && IpFrame.tcpFlags(frame) == Tcp.SYN) {
                client.timestamp = IpFrame.sourcePort(frame);
            }
        }
    }
}
