// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.charset.StandardCharsets;
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

    private static final int CASES = 8;
    private static final int STEPS = 300;

    private static final int[] FLAGS = {
        Tcp.SYN,
        Tcp.ACK,
        Tcp.ACK,
        Tcp.ACK,
        Tcp.RST,
        Tcp.ACK | Tcp.FIN,
        Tcp.SYN | Tcp.ACK,
        Tcp.RST | Tcp.ACK,
        Tcp.SYN | 0xC0,
        Tcp.SYN | Tcp.FIN,
        0,
        0xFF
    };

    private static Rig rig(FamilyPair families) {
        Rig rig = Rig.of(families).configured();
        rig.apply(CookieClient.always(rig));
        return rig;
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

    /// A server that says nothing lets its clients keep an eighth of all buffers, no more.
    @Test
    void clientsOfASilentServerLeaveBuffersToOthers() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            long before = rig.io.buffers().inUse();
            int most = (int) rig.io.buffers().capacity() / 8;
            for (int i = 0; i * 8 < most + 100; i++) {
                CookieClient client = new CookieClient(rig, 10_000 + i);
                ask(client);
                for (int held = 0; held < 8; held++) {
                    rig.clientSends(
                            client.acknowledgement()
                                    .sequence(client.sequence + 1 + held)
                                    .payload(new byte[] {1}));
                }
            }
            assertThat(rig.count(Counter.SYN_PROXY_HELD)).isEqualTo(most);
            assertThat(rig.count(Outcome.SYN_PROXY_NOT_HELD)).isPositive();
            assertThat(rig.io.buffers().inUse() - before).isLessThan(most + 64L);
        }
    }

    /// Else who resets what he has begun has a server asked as often as he likes, by a segment
    /// each.
    @ParameterizedTest
    @EnumSource
    void aCookieAsksAServerOnce(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            ask(client, CookieClient.LINUX);
            rig.clientSends(client.segment().flags(Tcp.RST).sequence(CookieClient.ISN + 1));
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            for (int i = 0; i < 3; i++) {
                assertThat(rig.clientSends(client.acknowledgement())).as("again").isEmpty();
            }
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isEqualTo(3);
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isOne();
            rig.pass(Duration.ofSeconds(3));
            assertThat(rig.clientSends(client.acknowledgement()))
                    .singleElement()
                    .satisfies(reset -> assertThat(IpFrame.tcpFlags(reset)).isEqualTo(Tcp.RST));

            client.sequence++; // another SYN under the same ports
            ask(client, CookieClient.LINUX);
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(2);
        }
    }

    /// So does one whose connection was opened and reset, or which the server has refused.
    @ParameterizedTest
    @EnumSource
    void aCookieOfAConnectionThatIsGoneAsksNobody(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient open = new CookieClient(rig, PORT);
            int local = ask(open);
            rig.serverSends(answer(rig, local, Tcp.SYN | Tcp.ACK, SERVER_ISN));
            rig.clientSends(open.segment().flags(Tcp.RST).sequence(CookieClient.ISN + 1));
            CookieClient refused = new CookieClient(rig, PORT + 1);
            int other = ask(refused);
            rig.serverSends(answer(rig, other, Tcp.RST | Tcp.ACK, 0));
            rig.pass(Duration.ofSeconds(40));
            assertThat(rig.count(Counter.CONNECTIONS)).as("forgotten").isZero();
            rig.out();

            assertThat(rig.clientSends(open.acknowledgement())).isEmpty();
            assertThat(rig.clientSends(refused.acknowledgement())).isEmpty();
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isEqualTo(2);
        }
    }

    /// Its number would stand for all that the server sends, and nobody else sees the checksum.
    @ParameterizedTest
    @EnumSource
    void aDamagedAnswerOfTheServerIsNone(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            int port = ask(client);

            int accepts = Tcp.SYN | Tcp.ACK;
            assertThat(rig.serverSends(answer(rig, port, accepts, 1234).badTransportChecksum()))
                    .isEmpty();
            assertThat(
                            rig.serverSends(
                                    answer(rig, port, Tcp.RST | Tcp.ACK, 0).badTransportChecksum()))
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
            assertThat(out).noneMatch(IpFrame::isTcp);
            assertThat(rig.count(Outcome.TTL_EXPIRED)).isEqualTo(1);
            client.connect();
            rig.clientSends(client.acknowledgement().timeToLive(1));
            assertThat(rig.count(Outcome.TTL_EXPIRED)).isEqualTo(2);
            assertThat(old.state()).as("changes nothing").isNotEqualTo("none");
        }
    }

    /// Who has a cookie can change what it says of its options: a scale that was never offered is
    /// none, and the server is not asked for it.
    @Test
    void aScaleThatWasNotOfferedIsNone() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured()) {
            rig.apply(CookieClient.with(rig, SynProxy.ALWAYS.withScale(SynProxy.NO_SCALE)));
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            client.cookie ^= 15 ^ 3; // from none to 3
            byte[] syn = rig.clientSends(client.acknowledgement()).getFirst();
            assertThat(CookieClient.options(syn)).startsWith(2, 4).hasSize(4);

            rig.serverSends(
                    answer(rig, IpFrame.sourcePort(syn), Tcp.SYN | Tcp.ACK, SERVER_ISN)
                            .tcpOptions((byte) 3, (byte) 3, (byte) 14, (byte) 0));

            assertThat(rig.count(Outcome.FAULT)).isZero();
            assertThat(rig.count(Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(1);
        }
    }

    /// What was held goes on, and neither that nor the acknowledgement is lost.
    @ParameterizedTest
    @EnumSource
    void noBufferIsLostWhenAModifierFails(FamilyPair families) {
        try (Region memory = Region.allocate(Stamp.OPTION.length, "an option");
                Rig rig = Rig.of(families)) {
            Memory.fromBytes(Stamp.OPTION, memory.address());
            Stamp stamp = new Stamp(memory.address());
            context(rig).modify(16, (entry, service) -> stamp);
            rig.configured();
            rig.apply(CookieClient.always(rig));
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            PacketBuilder ack = client.acknowledgement().payload(new byte[] {7});
            int port = IpFrame.sourcePort(rig.clientSends(ack).getFirst());
            assertThat(context(rig).handshakes().held()).isEqualTo(1);
            stamp.fails = true;

            rig.serverSends(answer(rig, port, Tcp.SYN | Tcp.ACK, SERVER_ISN));

            assertThat(rig.count(Outcome.FAULT)).isPositive();
            assertThat(context(rig).handshakes().held()).isZero();
        }
    }

    /// What a client and its server know of each other.
    private static final class Peer {
        final CookieClient client;

        /// Where the server was asked last, and with which number.
        int localPort = 1;

        int asked;

        Peer(CookieClient client) {
            this.client = client;
        }
    }

    /// Segments of clients and of the server in any order, with numbers that fit and others, while
    /// time passes, what the service does changes, and connections are ended: each packet ends
    /// once, and no buffer is lost.
    @ParameterizedTest
    @EnumSource
    void noBufferIsLostWhateverComes(FamilyPair families) {
        for (int i = 0; i < CASES; i++) {
            RandomGenerator random = Seed.generator(i);
            try (Rig rig = Rig.of(families, 1, random.nextBoolean() ? 4 : 64).configured()) {
                if (random.nextBoolean()) {
                    rig.withStaticNeighbours();
                }
                run(rig, random);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(Seed.message(i), e);
            }
        }
    }

    private static void run(Rig rig, RandomGenerator random) {
        rig.apply(policy(rig, random));
        Peer[] clients = new Peer[8];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Peer(new CookieClient(rig, PORT + i));
            clients[i].client.sequence = random.nextInt();
        }
        for (int i = 0; i < STEPS; i++) {
            step(rig, clients[random.nextInt(clients.length)], random);
        }
        if (random.nextBoolean()) {
            return; // as it is
        }
        rig.apply(new Change.RemoveService(rig.tcp, true));
        rig.out();
        rig.pass(Duration.ofSeconds(20));
        rig.out();
        FlowContext context = context(rig);
        assertThat(context.handshakes().size()).isZero();
        assertThat(context.handshakes().held()).isZero();
        assertThat(context.table().size()).isZero();
    }

    private static Change policy(Rig rig, RandomGenerator random) {
        SynProxy proxy =
                switch (random.nextInt(8)) {
                    case 0 -> SynProxy.from(2);
                    case 1 -> SynProxy.ALWAYS.withTimestamps(false).withSegmentSize(536);
                    case 2 -> SynProxy.OFF;
                    default -> SynProxy.ALWAYS;
                };
        TcpPolicy tcp =
                TcpPolicy.KEEP
                        .withFreshIsn(random.nextBoolean())
                        .withStripsTimestamps(random.nextInt(4) == 0)
                        .withSynProxy(proxy);
        int halfOpen = random.nextInt(3);
        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withTcp(tcp)
                        .withLimits(ServiceLimits.NONE.withHalfOpen(halfOpen));
        ProxyProtocol[] forms = ProxyProtocol.values();
        return new Change.SetPolicy(
                rig.tcp,
                random.nextInt(3) == 0
                        ? policy.withDisclosure(ClientDisclosure.NONE.withToa(true))
                        : policy.withProxyProtocol(forms[random.nextInt(forms.length)]));
    }

    private static void step(Rig rig, Peer peer, RandomGenerator random) {
        int what = random.nextInt(100);
        if (what < 3) {
            rig.pass(Duration.ofMillis(random.nextInt(3000)));
            take(peer, rig.out());
        } else if (what < 4) {
            rig.apply(
                    random.nextBoolean()
                            ? policy(rig, random)
                            : new Change.EndConnections(ConnectionFilter.ALL));
            take(peer, rig.out());
        } else if (what < 70) {
            take(peer, rig.clientSends(fromClient(peer, random)));
        } else {
            int flags = FLAGS[random.nextInt(FLAGS.length)];
            int port = peer.localPort; // where the server was asked last
            take(
                    peer,
                    rig.serverSends(
                            rig.answer()
                                    .tcp(8080, port)
                                    .flags(random.nextBoolean() ? Tcp.SYN | Tcp.ACK : flags)
                                    .sequence(SERVER_ISN)
                                    .acknowledgement(peer.asked + 1)
                                    .window(random.nextInt(65_536))
                                    .tcpOptions(options(random))
                                    .payload(new byte[random.nextInt(2) * 9])));
        }
    }

    private static PacketBuilder fromClient(Peer peer, RandomGenerator random) {
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        boolean syn = (flags & Tcp.SYN) != 0;
        PacketBuilder segment =
                peer.client
                        .segment()
                        .flags(flags)
                        .sequence(peer.client.sequence + (syn ? 0 : 1 + random.nextInt(2)))
                        .acknowledgement(peer.client.cookie + (random.nextInt(8) == 0 ? 2 : 1))
                        .timeToLive(random.nextInt(20) == 0 ? 1 : 60)
                        .window(random.nextInt(65_536))
                        .tcpOptions(syn ? options(random) : peer.client.stamps())
                        .payload(data(random));
        return random.nextInt(20) == 0 ? segment.badTransportChecksum() : segment;
    }

    private static byte[] data(RandomGenerator random) {
        return switch (random.nextInt(6)) {
            case 0 -> "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nx".getBytes(StandardCharsets.US_ASCII);
            case 1 -> "PROXY UNK".getBytes(StandardCharsets.US_ASCII);
            case 2 -> new byte[1200];
            case 3 -> new byte[1];
            default -> new byte[0];
        };
    }

    private static byte[] options(RandomGenerator random) {
        if (random.nextBoolean()) {
            return CookieClient.LINUX;
        }
        byte[] bytes = new byte[4 * random.nextInt(11)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (bytes[i] & 0x80) == 0 ? (byte) (bytes[i] % 11) : bytes[i];
        }
        return bytes;
    }

    private static void take(Peer peer, List<byte[]> out) {
        for (byte[] frame : out) {
            if (!IpFrame.isTcp(frame)) {
                continue;
            }
            if (IpFrame.tcpFlags(frame) == (Tcp.SYN | Tcp.ACK)
                    && IpFrame.destinationPort(frame) == peer.client.port) {
                peer.client.answered(frame);
            } else if (IpFrame.tcpFlags(frame) == Tcp.SYN) {
                peer.localPort = IpFrame.sourcePort(frame);
                peer.asked = CookieClient.number(frame, 4);
            }
        }
    }
}
