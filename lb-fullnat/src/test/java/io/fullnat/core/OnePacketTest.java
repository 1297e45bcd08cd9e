// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Each datagram is scheduled for itself, whatever port it comes from, and its answers come back.
/// The servers are two ports of one host.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class OnePacketTest {
    private static final int SENDER = 5_000;
    private static final int FIRST = 5_353;
    private static final int SECOND = 5_354;
    private static final ServicePolicy ONE_PACKET = ServicePolicy.DEFAULT.withOnePacket(true);

    private final FamilyPair families;
    private final Rig rig;

    OnePacketTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families, 2, 1_024).configured();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void with(ServicePolicy policy) {
        String host = families.servers().getFirst();
        rig.apply(
                new Change.ReplaceService(
                        VirtualService.of(rig.udp)
                                .withScheduler("rr")
                                .withPolicy(policy)
                                .withRealServer(RealServer.of(host, FIRST))
                                .withRealServer(RealServer.of(host, SECOND))
                                .withLocalAddress(
                                        LocalAddress.of(families.locals().getFirst(), "lan"))));
    }

    private byte[] datagram() {
        List<byte[]> out = rig.clientSends(rig.request().udp(SENDER, 53));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    private List<Integer> servers(int datagrams) {
        List<Integer> servers = new ArrayList<>();
        for (int i = 0; i < datagrams; i++) {
            servers.add(IpFrame.destinationPort(datagram()));
        }
        return servers;
    }

    @Test
    void datagramsOfOnePortGoToAllServersInTurn() {
        with(ServicePolicy.DEFAULT);
        assertThat(servers(6)).as("without").containsOnly(servers(1).getFirst());

        with(ONE_PACKET);
        rig.pass(Duration.ofMinutes(10)); // what began before has ended
        rig.withStaticNeighbours();
        List<Integer> servers = servers(6);
        assertThat(servers).containsOnly(FIRST, SECOND);
        for (int i = 1; i < servers.size(); i++) {
            assertThat(servers.get(i)).isNotEqualTo(servers.get(i - 1));
        }
    }

    @Test
    void eachAnswerComesBack() {
        with(ONE_PACKET);
        List<byte[]> asked = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            asked.add(datagram());
        }
        assertThat(asked.stream().map(IpFrame::sourcePort).distinct()).hasSize(8);
        for (byte[] question : asked) {
            for (int answers = 0; answers < 2; answers++) {
                List<byte[]> answer =
                        rig.serverSends(
                                rig.answer()
                                        .udp(
                                                /* sourcePort= */ IpFrame.destinationPort(question),
                                                /* destinationPort= */ IpFrame.sourcePort(
                                                        question)));
                assertThat(answer).hasSize(1);
                assertThat(IpFrame.source(answer.getFirst()))
                        .isEqualTo(IpAddress.parse(families.vip()));
                assertThat(IpFrame.sourcePort(answer.getFirst())).isEqualTo(53);
                assertThat(IpFrame.destinationPort(answer.getFirst())).isEqualTo(SENDER);
            }
        }
        assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(16);
    }

    @Test
    void whatIsKeptForAnswersEndsSoon() {
        with(ONE_PACKET);
        byte[] answered = datagram();
        datagram();
        assertThat(
                        rig.serverSends(
                                rig.answer()
                                        .udp(
                                                /* sourcePort= */ IpFrame.destinationPort(answered),
                                                /* destinationPort= */ IpFrame.sourcePort(
                                                        answered))))
                .hasSize(1);
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(2);

        rig.pass(Duration.ofSeconds(4));
        assertThat(rig.count(Counter.CONNECTIONS)).as("the unanswered one").isEqualTo(1);
        rig.pass(Duration.ofSeconds(4));
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        rig.withStaticNeighbours();
        datagram();
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1);
    }

    /// A burst of one sender: no datagram finds what one before it in the burst has opened.
    @Test
    void aBurstIsScheduledOneByOne() {
        with(ONE_PACKET);
        for (int i = 0; i < 32; i++) {
            rig.client.send(rig.request().udp(SENDER, 53));
        }
        rig.run();

        List<Integer> servers = rig.out().stream().map(IpFrame::destinationPort).toList();
        assertThat(servers).hasSize(32);
        assertThat(servers.stream().filter(port -> port == FIRST)).hasSize(16);
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(32);
    }

    private static ServicePolicy once() {
        return ONE_PACKET.withLimits(
                ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse("0.001,1"))));
    }

    /// One that has to wait for its neighbour takes one token, and begins one connection.
    @Test
    void oneThatWaitsIsScheduledOnce() {
        try (Rig waiting = Rig.of(families, 1, 1_024)) {
            waiting.configureWithoutNeighbours();
            waiting.apply(
                    new Change.ReplaceService(
                            VirtualService.of(waiting.udp)
                                    .withScheduler("rr")
                                    .withPolicy(once())
                                    .withRealServer(
                                            RealServer.of(families.servers().getFirst(), FIRST))
                                    .withLocalAddress(
                                            LocalAddress.of(families.locals().getFirst(), "lan"))));
            waiting.clientSends(waiting.request().udp(SENDER, 53));
            assertThat(waiting.count(Counter.WAITING)).isOne();
            waiting.withStaticNeighbours();
            assertThat(waiting.count(Outcome.FORWARDED_IN)).isOne();
            assertThat(waiting.count(Outcome.RATE_LIMITED)).isZero();
            assertThat(waiting.count(Counter.CONNECTIONS_CREATED)).isOne();
        }
    }

    /// So does one that is too large for the servers' link.
    @Test
    void oneThatIsCutIsScheduledOnce() {
        Assumptions.assumeTrue(families == FamilyPair.V4_TO_V4);
        try (Rig narrow = Rig.withMtus(1500, 1000).configured()) {
            narrow.apply(new Change.SetPolicy(narrow.udp, once()));
            assertThat(
                            narrow.clientSends(
                                    narrow.request().udp(SENDER, 53).payload("x".repeat(1200))))
                    .hasSize(2);
            assertThat(narrow.count(Counter.CONNECTIONS_CREATED)).isOne();
        }
    }

    /// One that ends on the way leaves nothing behind, be the server told its client or not.
    @Test
    void oneThatIsTooLargeLeavesNothing() {
        Assumptions.assumeTrue(families == FamilyPair.V4_TO_V4);
        for (Uoa uoa : new Uoa[] {Uoa.OFF, Uoa.OPP}) {
            try (Rig narrow = Rig.withMtus(1500, 1000).configured()) {
                ClientDisclosure how = ClientDisclosure.NONE.withUoa(uoa);
                narrow.apply(new Change.SetPolicy(narrow.udp, ONE_PACKET.withDisclosure(how)));
                narrow.clientSends(
                        narrow.request().dontFragment().udp(SENDER, 53).payload("x".repeat(1200)));
                assertThat(narrow.count(Outcome.TOO_BIG)).as("%s", uoa).isOne();
                assertThat(narrow.count(Counter.CONNECTIONS)).as("%s", uoa).isZero();
            }
        }
    }

    @Test
    void aServiceOfTcpRefusesIt() {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> VirtualService.of(rig.tcp).withPolicy(ONE_PACKET))
                .matches(refusal -> refusal.code() == ErrorCode.INVALID_ARGUMENT)
                .withMessageContaining("only services of UDP");
    }
}
