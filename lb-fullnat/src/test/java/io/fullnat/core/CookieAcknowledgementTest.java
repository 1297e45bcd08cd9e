// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.SynProxy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Acknowledgements of cookies: what opens a connection, what is reset, and what becomes of
/// connections under the same tuple.
class CookieAcknowledgementTest {
    /// Clients of a flood.
    private static final int FLOODING = 4000;

    private static final int PORT = 40_000;

    private static Rig rig(FamilyPair families) {
        Rig rig = Rig.of(families).configured();
        rig.apply(CookieClient.always(rig));
        return rig;
    }

    private static Rig rig() {
        return rig(FamilyPair.V4_TO_V4);
    }

    /// Until it is not the first time any more that a client is heard.
    private static void later(Rig rig) {
        rig.pass(Duration.ofSeconds(2));
        rig.out();
    }

    /// C4: SEQ is what was acknowledged, without an acknowledgement of its own (RFC 9293
    /// §3.10.7.1). Not the first time: what acknowledges the cookie may be under way.
    @ParameterizedTest
    @EnumSource
    void whatAcknowledgesNoCookieIsReset(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(CookieClient.LINUX);
            List<PacketBuilder> all =
                    List.of(
                            client.segment().flags(Tcp.ACK).acknowledgement(0x1234_5678),
                            client.acknowledgement().acknowledgement(0x1234_5678).payload("data"),
                            client.acknowledgement().acknowledgement(0x1234_5678).sequence(7),
                            client.segment().flags(Tcp.ACK | Tcp.FIN).acknowledgement(0x1234_5678));
            all.forEach(bad -> assertThat(rig.clientSends(bad)).isEmpty());
            later(rig);
            for (PacketBuilder bad : all) {
                List<byte[]> out = rig.clientSends(bad);
                assertThat(out).hasSize(1);
                assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.RST);
                assertThat(CookieClient.number(out.getFirst(), 4)).isEqualTo(0x1234_5678);
            }
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isEqualTo(8);
            assertThat(rig.count(Outcome.NO_CONNECTION)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        }
    }

    /// Both services' connections are in use, so that none gives way; the client is told rather
    /// than left with a connection that nobody knows.
    @ParameterizedTest
    @EnumSource
    void aFullTableIsTold(FamilyPair families) {
        try (Rig rig = Rig.of(families, 1, 8).configured()) {
            for (int i = 0; i < 8; i++) {
                converse(rig, 41_000 + i);
                connect(rig, 41_000 + i);
            }
            long refused = rig.count(Outcome.TABLE_FULL);
            assertThat(refused).as("beyond a table of 8").isPositive();
            long connections = rig.count(Counter.CONNECTIONS);
            rig.apply(CookieClient.always(rig));
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(CookieClient.LINUX);

            List<byte[]> out = rig.clientSends(client.acknowledgement());
            assertThat(out).hasSize(1);
            byte[] reset = out.getFirst();
            assertThat(IpFrame.sourcePort(reset)).isEqualTo(80);
            assertThat(IpFrame.tcpFlags(reset)).isEqualTo(Tcp.RST);
            assertThat(CookieClient.number(reset, 4)).isEqualTo(client.cookie + 1);
            assertThat(rig.count(Outcome.TABLE_FULL)).isEqualTo(refused + 1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(connections);
        }
    }

    /// A client that goes on after the server's answer, if its question came so far.
    private static void converse(Rig rig, int port) {
        byte[] first = rig.clientSends(rig.request().udp(port, 53).payload("q")).getFirst();
        if (IpFrame.destinationPort(first) == 5353) {
            rig.serverSends(rig.answer().udp(5353, IpFrame.sourcePort(first)).payload("a"));
            rig.clientSends(rig.request().udp(port, 53).payload("more"));
        }
    }

    /// A handshake, if its first segment comes so far.
    private static void connect(Rig rig, int port) {
        TcpFlow flow = new TcpFlow(rig, port);
        byte[] first =
                rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext)).getFirst();
        if (IpFrame.tcpFlags(first) == Tcp.SYN) {
            flow.localPort = IpFrame.sourcePort(first);
            flow.serverGot = ++flow.clientNext;
            rig.serverSends(flow.serverSegment(Tcp.SYN | Tcp.ACK));
            flow.clientGot = flow.serverNext + 1;
            flow.acknowledgeFromClient();
        }
    }

    /// C10: five off, of the one number that fits, is not the cookie; the cookie is still good.
    @Test
    void whatIsNearACookieIsResetAndSpoilsNothing() {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(CookieClient.LINUX);
            PacketBuilder near = client.acknowledgement().sequence(CookieClient.ISN + 6);
            assertThat(rig.clientSends(near)).isEmpty();
            later(rig);
            assertThat(IpFrame.tcpFlags(rig.clientSends(near).getFirst())).isEqualTo(Tcp.RST);
            assertThat(rig.clientSends(client.acknowledgement())).hasSize(1);
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(1);
        }
    }

    /// The acknowledgement of a SYN-ACK and the data behind it may come in another order. What
    /// overtakes is sent again by its client, which a reset would have ended.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, false", "V4_TO_V4, true", "V6_TO_V6, true"})
    void dataThatOvertakeTheAcknowledgementAreNotReset(FamilyPair families, boolean stamped) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(stamped ? CookieClient.LINUX : new byte[0]);
            int full = (families.clients == FamilyPair.Side.V6 ? 1440 : 1460) - (stamped ? 12 : 0);
            for (int ahead = full; ahead <= CookieTerms.WINDOW; ahead += full) {
                PacketBuilder late =
                        client.acknowledgement()
                                .sequence(client.sequence + 1 + ahead)
                                .payload("end");
                assertThat(rig.clientSends(late)).isEmpty();
            }
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isBetween(3L, 4L);
            assertThat(rig.count(Outcome.SYN_PROXY_NOT_HELD)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            PacketBuilder other =
                    client.acknowledgement().sequence(client.sequence + 1 + 100).payload("end");
            assertThat(rig.clientSends(other)).isEmpty();
            later(rig);
            assertThat(IpFrame.tcpFlags(rig.clientSends(other).getFirst())).isEqualTo(Tcp.RST);
            rig.clientSends(client.acknowledgement().payload("begin"));
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(1);
        }
    }

    /// B14, C4, C7: of a flood few are answered, with data or without, each is counted apart from
    /// strays of other services, and none is written to the log.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, 0", "V4_TO_V4, 9", "V6_TO_V6, 9", "V6_TO_V4, 0", "V4_TO_V6, 9"})
    void aFloodOfAcknowledgementsIsAnsweredWithinABudget(FamilyPair families, int bytes) {
        try (Rig rig = rig(families);
                LogCapture log = new LogCapture()) {
            int sent = 40_000;
            int answered = 0;
            for (int i = 0; i < sent; i++) {
                if (i == FLOODING) {
                    assertThat(answered).as("answers to the first of each").isZero();
                    later(rig);
                }
                rig.client.send(
                        rig.request()
                                .tcp(1024 + i % FLOODING, 80)
                                .flags(Tcp.ACK)
                                .sequence(i)
                                .acknowledgement(i * 31)
                                .payload(new byte[bytes]));
                if (i % 500 == 499) {
                    rig.run();
                    answered += rig.out().size();
                }
            }
            assertThat(answered).isBetween(1, sent / 2);
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isEqualTo(sent);
            assertThat(rig.count(Counter.ERRORS_SUPPRESSED))
                    .isBetween(sent / 4L, (long) sent - answered - FLOODING);
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(log.with("")).isEmpty();
        }
    }

    /// The cookie check is not for services that do not answer SYNs themselves: nothing of it
    /// changes what they do.
    @Test
    void servicesWithoutASynProxyKnowNoCookies() {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            rig.apply(CookieClient.with(rig, SynProxy.OFF));
            byte[] reset = rig.clientSends(client.acknowledgement()).getFirst();
            assertThat(IpFrame.tcpFlags(reset)).isEqualTo(Tcp.RST);
            assertThat(rig.count(Outcome.NO_CONNECTION)).isEqualTo(1);
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isZero();
            assertThat(rig.clientSends(client.syn())).hasSize(1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRightAcknowledgementOpensAConnectionOnce(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect(CookieClient.LINUX);
            List<byte[]> out = rig.clientSends(client.acknowledgement());
            assertThat(out).hasSize(1);
            assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.SYN);
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
            assertThat(rig.clientSends(client.acknowledgement())).as("sent again").isEmpty();
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"60, true", "128, false", "3600, false"})
    void cookiesGetOld(int seconds, boolean good) {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            rig.pass(Duration.ofSeconds(seconds));
            rig.out();
            rig.clientSends(client.acknowledgement());
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(good ? 1 : 0);
            assertThat(rig.count(Outcome.COOKIE_REFUSED)).isEqualTo(good ? 0 : 1);
        }
    }

    /// The first node answers, then dies; the second has never seen the SYN.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherNodeAcceptsCookiesOfTheSameSecretsAlone(boolean same) {
        CookieSecrets secrets = CookieSecrets.parse(List.of("00112233445566778899aabbccddeeff"));
        try (Rig first = Rig.with(options -> options.cookieSecrets(secrets)).configured();
                Rig second =
                        Rig.with(options -> same ? options.cookieSecrets(secrets) : options)
                                .configured()) {
            first.apply(CookieClient.always(first));
            second.apply(CookieClient.always(second));
            CookieClient client = new CookieClient(first, PORT);
            client.connect(CookieClient.LINUX);
            second.clientSends(client.acknowledgement());
            assertThat(second.count(Counter.COOKIES_ACCEPTED)).isEqualTo(same ? 1 : 0);
        }
    }

    /// As an operator changes the secret of a balancer that runs: no client that has got a cookie
    /// loses its connection as long as the old secret is among the new ones.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void secretsAreChangedWhileCookiesAreOut(boolean keepsTheOld) {
        String old = "00112233445566778899aabbccddeeff";
        String fresh = "ffeeddccbbaa99887766554433221100";
        List<String> both = keepsTheOld ? List.of(fresh, old) : List.of(fresh);
        try (Rig rig =
                Rig.with(options -> options.cookieSecrets(CookieSecrets.parse(List.of(old))))
                        .configured()) {
            rig.apply(CookieClient.always(rig));
            CookieClient before = new CookieClient(rig, PORT);
            before.connect(CookieClient.LINUX);
            rig.balancer.useCookieSecrets(CookieSecrets.parse(both));
            rig.pass(Duration.ofSeconds(1));
            rig.out();

            rig.clientSends(before.acknowledgement());
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(keepsTheOld ? 1 : 0);
            CookieClient after = new CookieClient(rig, PORT + 1);
            after.connect(CookieClient.LINUX);
            rig.clientSends(after.acknowledgement());
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(keepsTheOld ? 2 : 1);
        }
    }

    /// C8, C9: after a reset, or when both have closed, a SYN under the same ports is answered
    /// before the old connection is looked at, and the acknowledgement of that takes its place.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, true",
        "V4_TO_V4, false",
        "V6_TO_V6, true",
        "V6_TO_V4, false",
        "V4_TO_V6, true"
    })
    void aConnectionThatIsOverGivesWayToACookie(FamilyPair families, boolean reset) {
        try (Rig rig = Rig.of(families).configured()) {
            TcpFlow old = TcpFlow.established(rig, PORT);
            if (reset) {
                rig.clientSends(old.client().flags(Tcp.RST).sequence(old.clientNext));
            } else {
                old.clientCloses();
                old.serverCloses();
            }
            rig.apply(CookieClient.always(rig));
            rig.pass(Duration.ofSeconds(1));
            rig.out();
            CookieClient client = new CookieClient(rig, PORT);
            client.sequence = old.clientNext + 100;
            client.connect(CookieClient.LINUX);
            assertThat(old.state()).as("a SYN alone changes nothing").isNotEqualTo("none");
            int port = old.info().orElseThrow().local().port();

            List<byte[]> out = rig.clientSends(client.acknowledgement());
            assertThat(out).hasSize(1);
            assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.SYN);
            assertThat(IpFrame.sourcePort(out.getFirst())).isNotEqualTo(port);
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isEqualTo(1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
        }
    }

    /// A SYN, or the acknowledgement of a cookie, on a connection that lives goes to its server,
    /// which challenges it (RFC 5961 §4.2): who guesses ports ends nothing.
    @Test
    void aConnectionThatLivesDoesNotGiveWay() {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            rig.apply(CookieClient.with(rig, SynProxy.OFF));
            TcpFlow live = TcpFlow.established(rig, PORT);
            rig.apply(CookieClient.always(rig));
            rig.out();
            byte[] syn = rig.clientSends(client.syn()).getFirst();
            assertThat(IpFrame.destinationPort(syn)).isEqualTo(8080);
            assertThat(IpFrame.tcpFlags(syn)).isEqualTo(Tcp.SYN);
            rig.clientSends(client.acknowledgement());
            assertThat(rig.count(Counter.COOKIES_ACCEPTED)).isZero();
            assertThat(live.state()).isEqualTo("TCP_EST");
            live.exchange();
        }
    }
}
