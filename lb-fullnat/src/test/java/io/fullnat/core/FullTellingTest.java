// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Connections for which there is no room to tell their servers who their clients are: nothing that
/// a client makes up may reach a server that would believe it, and nothing is kept of them.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class FullTellingTest {
    private static final int FIRST = 40_000;
    private static final int SECOND = 40_001;
    private static final byte[] FORGED =
            "PROXY TCP4 198.51.100.1 192.0.2.80 1 80\r\nhello".getBytes(StandardCharsets.US_ASCII);

    private final Rig rig;
    private final int header;

    FullTellingTest(FamilyPair families) {
        rig = Rig.of(families, 1, 1024, options -> options.modifiedConnections(1)).configured();
        header = families.clients == FamilyPair.Side.V6 ? 52 : 28;
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    /// What a service can say that is believed.
    enum Told {
        V1,
        V2,
        V2_INSECURE,
        TOA;

        ServicePolicy policy() {
            ServicePolicy usual = ServicePolicy.DEFAULT;
            return switch (this) {
                case V1 -> usual.withProxyProtocol(ProxyProtocol.V1);
                case V2 -> usual.withProxyProtocol(ProxyProtocol.V2);
                case V2_INSECURE -> usual.withProxyProtocol(ProxyProtocol.V2_INSECURE);
                case TOA -> usual.withDisclosure(ClientDisclosure.NONE.withToa(true));
            };
        }
    }

    private void tcp(ServicePolicy policy) {
        rig.apply(new Change.SetPolicy(rig.tcp, policy));
    }

    private void udp(ServicePolicy policy) {
        rig.apply(new Change.SetPolicy(rig.udp, policy));
    }

    private static ServicePolicy v2() {
        return Told.V2.policy();
    }

    private PacketBuilder syn(int port) {
        return rig.request().tcp(port, 80).flags(Tcp.SYN).sequence(7);
    }

    private PacketBuilder datagram(int port) {
        return rig.request().udp(port, 53).payload("question");
    }

    private int told() {
        return requireNonNull(rig.balancer.workersThemselves().getFirst().flows().modifiers())
                .size();
    }

    private int connections() {
        return rig.balancer.workersThemselves().getFirst().connections().size();
    }

    private void assertReset(List<byte[]> out) {
        assertThat(out).hasSize(1);
        assertThat(IpFrame.destination(out.getFirst()))
                .isEqualTo(IpAddress.parse(rig.families.clients.client));
        assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.RST | Tcp.ACK);
    }

    /// Through the handshake, and further until the server has got the header.
    private TcpFlow established(int port) {
        TcpFlow flow = TcpFlow.established(rig, port);
        assertThat(told()).isOne();
        gotHeader(flow);
        return flow;
    }

    private void gotHeader(TcpFlow flow) {
        rig.serverSends(flow.serverSegment(Tcp.ACK).acknowledgement(flow.clientNext + header));
        assertThat(told()).isZero();
    }

    private void serverResets(TcpFlow flow, int got) {
        rig.serverSends(flow.serverSegment(Tcp.RST | Tcp.ACK).acknowledgement(got));
    }

    @ParameterizedTest
    @EnumSource(Told.class)
    void aSynIsResetAndNothingOfItsClientReachesTheServer(Told what) {
        tcp(what.policy());
        rig.clientSends(syn(FIRST));

        for (int time = 1; time <= 2; time++) {
            assertReset(rig.clientSends(syn(SECOND)));
            assertThat(rig.count(Outcome.MODIFIERS_FULL)).isEqualTo(time);
        }
        rig.client.send(
                rig.request()
                        .tcp(SECOND, 80)
                        .flags(Tcp.ACK | Tcp.PSH)
                        .sequence(8)
                        .acknowledgement(101)
                        .payload(FORGED));
        rig.run();

        assertThat(rig.server.receiveAll()).isEmpty();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
        assertThat(rig.count(Counter.MODIFIERS_REFUSED)).isZero();
        assertThat(connections()).isOne();
        assertThat(told()).isOne();
    }

    @Test
    void aServiceThatDropsSaysNothing() {
        tcp(v2().withRefusal(ServicePolicy.Refusal.DROP));
        udp(v2().withRefusal(ServicePolicy.Refusal.DROP));
        rig.clientSends(syn(FIRST));

        assertThat(rig.clientSends(syn(SECOND))).isEmpty();
        assertThat(rig.clientSends(datagram(SECOND))).isEmpty();
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isEqualTo(2);
    }

    @Test
    void aDatagramIsAnsweredByAnErrorUntilThereIsRoom() {
        udp(v2());
        assertThat(rig.clientSends(datagram(FIRST))).hasSize(1);

        rig.client.send(datagram(SECOND));
        rig.run();

        assertThat(rig.server.receiveAll()).isEmpty();
        assertThat(rig.client.receiveAll()).hasSize(1);
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isOne();
        assertThat(rig.count(Counter.ICMP_ERRORS)).isOne();
        assertThat(rig.clientSends(datagram(FIRST))).as("the one that has the place").hasSize(1);
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();

        rig.withStaticNeighbours().pass(Duration.ofHours(1));
        rig.out();
        byte[] sent = rig.clientSends(datagram(SECOND)).getFirst();
        assertThat(IpFrame.udpData(sent)).hasSize(header + "question".length());
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isOne();
    }

    @Test
    void aStreamThatHasBeenToldMakesRoom() {
        tcp(v2());
        established(FIRST);

        TcpFlow second = TcpFlow.established(rig, SECOND);
        assertReset(rig.clientSends(syn(SECOND + 1)));
        gotHeader(second);
        assertThat(rig.clientSends(syn(SECOND + 1))).hasSize(1);
        assertThat(told()).isOne();
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isOne();
        assertThat(connections()).isEqualTo(3);
    }

    /// What was claimed for those refused would leave no room for one more.
    @Test
    void whatWasClaimedIsGivenBack() {
        tcp(
                v2().withLimits(
                                ServiceLimits.NONE
                                        .withConnections(2)
                                        .withPerClient(2)
                                        .withPerNetwork(2)));
        TcpFlow first = TcpFlow.established(rig, FIRST);
        for (int i = 0; i < 5; i++) {
            assertReset(rig.clientSends(syn(SECOND + i)));
        }
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isEqualTo(5);
        gotHeader(first);

        established(SECOND);
        assertReset(rig.clientSends(syn(SECOND + 1)));
        assertThat(rig.count(Outcome.SERVICE_FULL) + rig.count(Outcome.CLIENT_FULL)).isOne();
    }

    @Test
    void aHalfOpenOneThatGivesWayMakesRoom() {
        tcp(v2().withLimits(ServiceLimits.NONE.withHalfOpen(1)));
        rig.clientSends(syn(FIRST));

        TcpFlow second = TcpFlow.established(rig, SECOND);

        gotHeader(second);
        assertThat(rig.count(Counter.HALF_OPEN_GAVE_WAY)).isOne();
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isZero();
    }

    @Test
    void oneThatWouldBeginAnewIsRefusedAsWell() {
        tcp(v2());
        TcpFlow flow = established(FIRST);
        serverResets(flow, flow.clientNext + header);
        TcpFlow other = TcpFlow.established(rig, SECOND);

        assertReset(rig.clientSends(syn(FIRST)));
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isOne();
        assertThat(connections()).as("the old one has ended").isOne();

        gotHeader(other);
        established(FIRST);
        assertThat(connections()).isEqualTo(2);
    }

    @Test
    void oneThatBeginsAnewMayHaveThePlaceOfTheFormer() {
        tcp(v2());
        TcpFlow flow = new TcpFlow(rig, FIRST);
        flow.syn();
        serverResets(flow, flow.clientNext);
        assertThat(told()).isOne();

        established(FIRST);
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isZero();
        assertThat(connections()).isOne();
    }

    @Test
    void servicesThatTellNothingAreNotConcerned() {
        tcp(v2());
        rig.clientSends(syn(FIRST));

        assertThat(rig.clientSends(datagram(FIRST))).hasSize(1);
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isZero();
    }

    @Test
    void datagramsGoWithoutUoa() {
        udp(
                ServicePolicy.DEFAULT.withDisclosure(
                        ClientDisclosure.NONE.withUoa(ClientDisclosure.Uoa.OPP)));
        rig.clientSends(datagram(FIRST));

        byte[] sent = rig.clientSends(datagram(SECOND)).getFirst();

        assertThat(IpFrame.udpData(sent)).isEqualTo("question".getBytes(StandardCharsets.UTF_8));
        assertThat(rig.count(Counter.MODIFIERS_REFUSED)).isOne();
        assertThat(rig.count(Outcome.MODIFIERS_FULL)).isZero();
    }

    @Test
    void refusalsAreTold() {
        tcp(v2());
        rig.clientSends(syn(FIRST));
        rig.clientSends(syn(SECOND));
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.balancer.control().health().conditions())
                .extracting(ActiveCondition::condition)
                .containsExactly(Condition.MODIFIERS_FULL);
    }
}
