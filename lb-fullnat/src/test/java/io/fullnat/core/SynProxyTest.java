// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// SYNs that are answered with cookies.
class SynProxyTest {
    private static final int PORT = 40_000;

    private static Rig rig(FamilyPair families) {
        Rig rig = Rig.of(families).configured();
        rig.apply(CookieClient.always(rig));
        return rig;
    }

    private static Rig rig() {
        return rig(FamilyPair.V4_TO_V4);
    }

    private static void policy(Rig rig, ServicePolicy policy) {
        TcpPolicy proxied = policy.tcp().withSynProxy(SynProxy.ALWAYS);
        rig.apply(new Change.SetPolicy(rig.tcp, policy.withTcp(proxied)));
    }

    /// The very bytes: addresses and ports turned round, one acknowledged, the options that are
    /// known, checksums right, nothing left of the SYN, no connection.
    @ParameterizedTest
    @EnumSource
    void aSynIsAnsweredInItsOwnBufferAndLeavesNothing(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            byte[] answer = client.connect(CookieClient.LINUX);
            byte[] options = {2, 4, 0, 0, 4, 2, 8, 10, 0, 0, 0, 0, 1, 2, 3, 4, 1, 3, 3, 7};
            boolean longer = families == FamilyPair.V4_TO_V6;
            int mss = (families.clients == FamilyPair.Side.V6 ? 1440 : 1460) - (longer ? 20 : 0);
            ByteBuffer.wrap(options).putShort(2, (short) mss).putInt(8, client.timestamp);
            PacketBuilder expected =
                    rig.answered()
                            .timeToLive(64)
                            .tcp(80, PORT)
                            .flags(Tcp.SYN | Tcp.ACK)
                            .sequence(client.cookie)
                            .acknowledgement(CookieClient.ISN + 1)
                            .window(CookieTerms.WINDOW)
                            .tcpOptions(options);
            if (families.clients == FamilyPair.Side.V4) {
                expected.dontFragment();
            }
            assertThat(answer).isEqualTo(expected.toBytes());
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(1);
            assertThat(rig.server.receiveAll()).isEmpty();
        }
    }

    /// C1, C5: MPTCP, TCP Fast Open, experiments and what is unknown are not answered; nor is a
    /// scale where there was none. Data are not acknowledged.
    @Test
    void nothingOfASynIsReflected() {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            byte[] foreign = {
                30,
                12,
                0,
                1,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                34,
                10,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                (byte) 253,
                4,
                1,
                2,
                (byte) 254,
                8,
                1,
                2,
                3,
                4,
                5,
                6,
                1,
                0
            };
            byte[] answer = rig.clientSends(client.syn(foreign).payload("early")).getFirst();
            assertThat(CookieClient.options(answer)).containsExactly(2, 4, 5, 0xB4 - 256);
            assertThat(CookieClient.number(answer, 8)).isEqualTo(CookieClient.ISN + 1);
            assertThat(CookieClient.window(answer)).isEqualTo(CookieTerms.WINDOW);
        }
    }

    @Test
    void optionsAndExtensionHeadersOfIpAreLeftOut() {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            byte[] plain = rig.clientSends(client.syn()).getFirst();
            byte[] answer =
                    rig.clientSends(
                                    rig.request()
                                            .ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0)
                                            .tcp(PORT, 80)
                                            .flags(Tcp.SYN)
                                            .sequence(CookieClient.ISN))
                            .getFirst();
            assertThat(answer).isEqualTo(plain);
        }
        try (Rig rig = rig(FamilyPair.V6_TO_V6)) {
            CookieClient client = new CookieClient(rig, PORT);
            byte[] plain = rig.clientSends(client.syn()).getFirst();
            byte[] answer =
                    rig.clientSends(
                                    rig.request()
                                            .extension(Ipv6Extension.destination())
                                            .tcp(PORT, 80)
                                            .flags(Tcp.SYN)
                                            .sequence(CookieClient.ISN))
                            .getFirst();
            assertThat(answer).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedSynIsNotAnswered(FamilyPair families) {
        try (Rig rig = rig(families)) {
            CookieClient client = new CookieClient(rig, PORT);
            assertThat(rig.clientSends(client.syn().badTransportChecksum())).isEmpty();
            assertThat(rig.count(Outcome.BAD_TCP_CHECKSUM)).isEqualTo(1);
        }
    }

    /// B7: SYN-ACKs, and SYNs with other flags, are no first segments.
    @ParameterizedTest
    @ValueSource(
            ints = {Tcp.SYN | Tcp.ACK, Tcp.SYN | Tcp.RST, Tcp.SYN | Tcp.FIN, Tcp.FIN, Tcp.RST, 0})
    void onlyAPureSynIsAnswered(int flags) {
        try (Rig rig = rig()) {
            CookieClient client = new CookieClient(rig, PORT);
            List<byte[]> out = rig.clientSends(client.segment().flags(flags).sequence(1));
            assertThat(out).noneMatch(frame -> (IpFrame.tcpFlags(frame) & Tcp.SYN) != 0);
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isZero();
            assertThat(rig.count(Outcome.NO_CONNECTION)).isEqualTo(1);
        }
    }

    /// What refuses a connection refuses its SYN, before anything is promised.
    @Test
    void whoIsKeptOutIsTold() {
        try (Rig rig = rig()) {
            rig.apply(new Change.AddAccessRule(rig.tcp, AccessRule.deny("198.51.100.0/24")));
            refused(rig, Outcome.ACCESS_DENIED);
        }
        try (Rig rig =
                Rig.with(options -> options.admission(worker -> (service, request) -> false))) {
            rig.configured();
            rig.apply(CookieClient.always(rig));
            refused(rig, Outcome.ACCESS_DENIED);
        }
    }

    private static void refused(Rig rig, Outcome why) {
        List<byte[]> out = rig.clientSends(new CookieClient(rig, PORT).syn());
        assertThat(out).hasSize(1);
        assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.RST | Tcp.ACK);
        assertThat(rig.count(why)).isEqualTo(1);
        assertThat(rig.count(Outcome.SYN_ANSWERED)).isZero();
    }

    @Test
    void nobodyIsPromisedAServerThatIsNotThere() {
        try (Rig rig = rig()) {
            rig.apply(
                    new Change.EditRealServer(
                            rig.tcp, RealServer.of(Rig.SERVER, 8080).withWeight(0)));
            refused(rig, Outcome.NO_REAL_SERVER);
        }
    }

    @Test
    void limitsRefuseSynsThatAreBeyondThem() {
        refusedByLimits(ServiceLimits.NONE.withConnections(1), Outcome.SERVICE_FULL);
        refusedByLimits(ServiceLimits.NONE.withPerClient(1), Outcome.CLIENT_FULL);
        refusedByLimits(ServiceLimits.NONE.withPerNetwork(1), Outcome.NETWORK_FULL);
        Optional<ConnectionRate> slow = Optional.of(ConnectionRate.parse("0.01"));
        refusedByLimits(ServiceLimits.NONE.withRate(slow), Outcome.RATE_LIMITED);
        refusedByLimits(ServiceLimits.NONE.withRatePerNetwork(slow), Outcome.NETWORK_RATE_LIMITED);
    }

    /// A connection of before has all there is.
    private static void refusedByLimits(ServiceLimits limits, Outcome why) {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured()) {
            rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withLimits(limits)));
            TcpFlow.established(rig, 50_000);
            policy(rig, ServicePolicy.DEFAULT.withLimits(limits));
            refused(rig, why);
        }
    }

    /// A flood of SYNs takes no tokens, so it keeps nobody out.
    @Test
    void answersTakeNoTokens() {
        try (Rig rig = rig()) {
            Optional<ConnectionRate> one = Optional.of(ConnectionRate.parse("0.01"));
            policy(
                    rig,
                    ServicePolicy.DEFAULT.withLimits(
                            ServiceLimits.NONE.withRate(one).withRatePerNetwork(one)));
            for (int i = 0; i < 100; i++) {
                new CookieClient(rig, PORT + i).connect();
            }
        }
    }

    /// What clients are sent is small enough for what TOA puts into segments of theirs, and what
    /// the profile of the service and its clamp say.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, true, 0, 0, 1452",
        "V6_TO_V6, true, 0, 0, 1420",
        "V4_TO_V4, false, 1400, 0, 1400",
        "V4_TO_V4, false, 9000, 0, 1460",
        "V4_TO_V4, false, 1400, 1300, 1300",
        "V4_TO_V4, false, 1400, -1, 1400",
        "V6_TO_V4, false, 0, 0, 1440"
    })
    void segmentsAreAsSmallAsAllOnTheWayWant(
            FamilyPair families, boolean toa, int mss, int clamp, int expected) {
        try (Rig rig = Rig.of(families).configured()) {
            SynProxy proxy = SynProxy.ALWAYS.withSegmentSize(mss);
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT
                                    .withDisclosure(ClientDisclosure.NONE.withToa(toa))
                                    .withTcp(TcpPolicy.KEEP.withMss(clamp).withSynProxy(proxy))));
            byte[] options = CookieClient.options(new CookieClient(rig, PORT).connect());
            assertThat(ByteBuffer.wrap(options).getShort(2)).isEqualTo((short) expected);
        }
    }

    /// What real servers do not have is not offered in their place.
    @Test
    void timestampsThatAreStrippedAreNotOffered() {
        try (Rig rig = rig()) {
            policy(rig, ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withStripsTimestamps(true)));
            byte[] answer = new CookieClient(rig, PORT).connect(CookieClient.LINUX);
            assertThat(CookieClient.options(answer))
                    .containsExactly(2, 4, 5, 0xB4 - 256, 4, 2, 1, 1, 1, 3, 3, 7);
        }
    }

    @Test
    void theAnswerGoesBackOnTheSameVlan() {
        try (Rig rig = rig()) {
            byte[] tagged =
                    PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                            .vlan(7)
                            .ipv4("198.18.0.9", Rig.VIP)
                            .tcp(PORT, 80)
                            .flags(Tcp.SYN)
                            .toBytes();
            rig.apply(new Change.AddAddress(InterfaceAddress.of("198.18.0.1/24", "wan.7")));
            rig.out();
            rig.client.send(tagged);
            rig.run();
            List<byte[]> out = rig.out();
            assertThat(out).isNotEmpty();
            byte[] answer = out.getLast();
            assertThat(ByteBuffer.wrap(answer).getShort(12)).isEqualTo((short) 0x8100);
            assertThat(ByteBuffer.wrap(answer).getShort(14) & 0xFFF).isEqualTo(7);
        }
    }

    /// C13 and the sense of all that: nothing is kept of a million made-up SYNs, of the table or of
    /// anything else.
    @ParameterizedTest
    @EnumSource(names = {"V4_TO_V4", "V6_TO_V6"})
    void aFloodOfMadeUpSynsTakesNoMemory(FamilyPair families) {
        try (Rig rig = rig(families)) {
            for (int i = 0; i < 100_000; i++) {
                rig.client.send(
                        rig.requestFrom(families.clients.stranger(i))
                                .tcp(1024 + i % 60_000, 80)
                                .flags(Tcp.SYN)
                                .sequence(i));
                if (i % 500 == 499) {
                    rig.run();
                    rig.client.receiveAll();
                }
            }
            assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(100_000);
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isZero();
            new CookieClient(rig, PORT).connect();
        }
    }
}
