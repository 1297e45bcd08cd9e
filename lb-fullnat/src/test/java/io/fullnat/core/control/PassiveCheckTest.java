// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.CLIENT_MAC;
import static io.fullnat.core.control.ControlRig.LAN_MAC;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.SERVER_MAC;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WAN_MAC;
import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which real servers a whole balancer takes for dead by what their connections meet.
class PassiveCheckTest {
    private static final ServiceKey DNS = ServiceKey.udp(VIP, 53);

    private final ControlRig rig = ControlRig.ofOneWorker(builder -> builder);
    private int clientPort = 2000;

    @BeforeEach
    void configure() {
        rig.configured();
        rig.apply(
                new Change.SetNeighbour(
                        new Neighbour(
                                ControlRig.ip("192.0.2.7"), MacAddress.parse(CLIENT_MAC), "wan")),
                new Change.AddRealServer(WEB, OTHER_SERVER),
                passive(WEB, PassiveCheck.DEFAULT),
                new Change.AddService(ControlRig.service(DNS).withRealServer(OTHER_SERVER)));
        seconds(2);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Change passive(ServiceKey key, PassiveCheck check) {
        HealthPolicy policy = HealthPolicy.builder().passive(Optional.of(check)).build();
        return new Change.SetPolicy(key, ServicePolicy.DEFAULT.withHealth(policy));
    }

    private void seconds(double seconds) {
        for (int step = 0; step < Math.round(seconds * 10); step++) {
            rig.pass(Duration.ofMillis(100));
        }
    }

    private boolean isUp(ServiceKey key, int server) {
        return health(key, server).passive() != ServerHealth.State.DOWN;
    }

    private ServerHealth health(ServiceKey key, int server) {
        return rig.balancer.control().status(key).orElseThrow().realServers().stream()
                .filter(each ->
                        each.server().endpoint().address().toString().endsWith("." + server))
                .findFirst()
                .orElseThrow()
                .health();
    }

    /// A client's SYN as the server gets it whose turn it is; which one it is.
    private byte[] syn() {
        List<byte[]> frames = rig.connect(clientPort++);
        assertThat(frames).hasSize(1);
        return frames.getFirst();
    }

    private static int serverOf(byte[] frame) {
        return frame[33] & 0xFF;
    }

    private void answer(byte[] syn, int flags) {
        ByteBuffer frame = ByteBuffer.wrap(syn);
        rig.ask(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4("10.0.1." + serverOf(syn), ControlRig.LOCAL)
                        .tcp(frame.getShort(36) & 0xFFFF, frame.getShort(34) & 0xFFFF)
                        .sequence(5_000)
                        .acknowledgement(frame.getInt(38) + 1)
                        .flags(flags));
    }

    @Test
    void aServerThatRefusesConnectionsIsInhibited() {
        byte[] syn = syn();
        answer(syn, Tcp.RST | Tcp.ACK);
        seconds(0.2);

        int server = serverOf(syn);
        assertThat(isUp(WEB, server)).isFalse();
        assertThat(health(WEB, server).reason())
                .isEqualTo("passive: 1 connection refused or not answered");
        for (int i = 0; i < 4; i++) {
            assertThat(serverOf(syn())).isNotEqualTo(server);
        }
        seconds(6);
        assertThat(isUp(WEB, server)).isTrue();
    }

    @Test
    void aResetAfterAnAnswerSaysNothing() {
        byte[] syn = syn();
        answer(syn, Tcp.SYN | Tcp.ACK);
        answer(syn, Tcp.RST | Tcp.ACK);
        seconds(1);
        assertThat(isUp(WEB, serverOf(syn))).isTrue();
    }

    @Test
    void aResetOfTheClientSaysNothing() {
        byte[] syn = syn();
        rig.pass(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4("192.0.2.7", VIP)
                        .tcp(clientPort - 1, 80)
                        .sequence(1)
                        .flags(Tcp.RST));
        seconds(1);
        assertThat(isUp(WEB, serverOf(syn))).isTrue();
    }

    /// Anybody can send SYNs and not go on: that says nothing of the server, which has answered.
    @Test
    void aFloodOfHalfOpenConnectionsSaysNothing() {
        for (int i = 0; i < 20; i++) {
            answer(syn(), Tcp.SYN | Tcp.ACK);
        }
        while (!rig.connections().isEmpty()) {
            seconds(0.5);
            assertThat(isUp(WEB, 11) && isUp(WEB, 12)).isTrue();
        }
        seconds(0.2);
        assertThat(isUp(WEB, 11) && isUp(WEB, 12)).isTrue();
    }

    @Test
    void aServerThatDoesNotAnswerIsInhibitedWhenTheClientAsksAgain() {
        byte[] syn = syn();
        int port = clientPort - 1;
        seconds(1);
        rig.connect(port); // that may be a packet that was lost
        seconds(1);
        assertThat(isUp(WEB, serverOf(syn))).isTrue();
        seconds(1.5);
        rig.connect(port);
        seconds(0.2);
        assertThat(isUp(WEB, serverOf(syn))).isFalse();
    }

    /// The next SYN that a server gets; the other one answers its own.
    private byte[] synTo(int server) {
        byte[] syn = syn();
        while (serverOf(syn) != server) {
            answer(syn, Tcp.SYN | Tcp.ACK);
            syn = syn();
        }
        return syn;
    }

    @Test
    void aConnectionThatEndsUnansweredCounts() {
        synTo(11);
        int tenths = 0;
        while (isUp(WEB, 11)) {
            rig.pass(Duration.ofMillis(100));
            assertThat(++tenths).isLessThan(350);
        }
        assertThat(tenths).isGreaterThan(290);
        assertThat(isUp(WEB, 12)).isTrue();
    }

    @Test
    void aConnectionThatBeganBeforeTheServerCameBackSaysNothing() {
        synTo(11);
        seconds(10);
        answer(synTo(11), Tcp.RST | Tcp.ACK);
        seconds(0.2);
        assertThat(isUp(WEB, 11)).isFalse();
        seconds(6);
        assertThat(isUp(WEB, 11)).isTrue();
        for (int tenths = 0; tenths < 300; tenths++) { // the first one ends meanwhile
            rig.pass(Duration.ofMillis(100));
            assertThat(isUp(WEB, 11)).isTrue();
        }
    }

    private byte[] datagram(int port) {
        List<byte[]> frames =
                rig.pass(
                        PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                                .ipv4("192.0.2.7", VIP)
                                .udp(port, 53)
                                .payload(new byte[] {1}));
        assertThat(frames).hasSize(1);
        return frames.getFirst();
    }

    private void answerDatagram(byte[] received) {
        ByteBuffer frame = ByteBuffer.wrap(received);
        rig.ask(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4("10.0.1." + serverOf(received), ControlRig.LOCAL)
                        .udp(frame.getShort(36) & 0xFFFF, frame.getShort(34) & 0xFFFF)
                        .payload(new byte[] {2}));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void h10SilenceOfUdpCountsOnlyWhereItIsDeclaredTwoWay(boolean twoWay) {
        rig.apply(passive(DNS, PassiveCheck.DEFAULT.withUdpTwoWay(twoWay)));
        seconds(2);
        byte[] asked = datagram(3000);
        for (int second = 0; second < 400 && !rig.connections().isEmpty(); second++) {
            seconds(1);
        }
        assertThat(rig.connections()).isEmpty();
        seconds(0.2);
        assertThat(isUp(DNS, serverOf(asked))).isEqualTo(!twoWay);
    }

    /// A client that asks what is not answered takes no server away from others.
    @Test
    void h10SilenceDoesNotCountWhileOthersAreAnswered() {
        PassiveCheck check = PassiveCheck.DEFAULT.withUdpTwoWay(true);
        HealthPolicy policy = HealthPolicy.builder().passive(Optional.of(check)).build();
        rig.apply(
                new Change.SetPolicy(
                        DNS, ServicePolicy.DEFAULT.withHealth(policy).withTimeouts(Timeouts.DNS)));
        seconds(2);
        for (int turn = 0; turn < 30; turn++) {
            datagram(3000 + turn);
            datagram(3200 + turn);
            answerDatagram(datagram(3400 + turn));
            answerDatagram(datagram(3600 + turn));
            for (int tenth = 0; tenth < 20; tenth++) {
                seconds(0.1);
                assertThat(isUp(DNS, 11) && isUp(DNS, 12)).as("turn %s", turn).isTrue();
            }
        }
        int tenths = 0;
        while (isUp(DNS, 11)) { // now nobody is answered
            seconds(0.1);
            assertThat(++tenths).isLessThan(200);
        }
    }

    private void unreachable(byte[] received, int type, int code) {
        byte[] quoted = Arrays.copyOfRange(received, 14, received.length);
        rig.ask(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                        .ipv4("10.0.1." + serverOf(received), ControlRig.LOCAL)
                        .icmp(type, code, 0)
                        .payload(quoted));
        seconds(0.2);
    }

    @Test
    void anIcmpErrorThatSaysUnreachableCounts() {
        rig.apply(passive(DNS, PassiveCheck.DEFAULT)); // not declared two-way
        seconds(2);
        byte[] asked = datagram(3000);
        unreachable(asked, 11, 0); // time exceeded
        unreachable(asked, 3, 4); // fragmentation needed
        assertThat(isUp(DNS, serverOf(asked))).isTrue();
        unreachable(asked, 3, 3); // nobody listens
        assertThat(isUp(DNS, serverOf(asked))).isFalse();

        byte[] syn = syn();
        answer(syn, Tcp.SYN | Tcp.ACK);
        unreachable(syn, 3, 1);
        assertThat(isUp(WEB, serverOf(syn))).isTrue();
        byte[] unanswered = syn();
        unreachable(unanswered, 3, 1);
        assertThat(isUp(WEB, serverOf(unanswered))).isFalse();
    }

    @Test
    void theWeightThatIsEditedMeanwhileStays() {
        byte[] syn = syn();
        answer(syn, Tcp.RST | Tcp.ACK);
        seconds(0.2);
        RealServer server = serverOf(syn) == 11 ? SERVER : OTHER_SERVER;
        rig.apply(new Change.EditRealServer(WEB, server.withWeight(7)));
        assertThat(isUp(WEB, serverOf(syn))).isFalse();
        seconds(6);
        assertThat(isUp(WEB, serverOf(syn))).isTrue();
        assertThat(rig.service().realServers())
                .extracting(each -> each.server().weight())
                .containsExactlyInAnyOrder(1, 7);
    }

    @Test
    void aServiceWithoutPassiveCheckConcludesNothing() {
        rig.apply(new Change.SetPolicy(WEB, ServicePolicy.DEFAULT));
        for (int i = 0; i < 4; i++) {
            answer(syn(), Tcp.RST | Tcp.ACK);
        }
        seconds(1);
        assertThat(health(WEB, 11)).extracting(ServerHealth::up).isEqualTo(true);
        assertThat(health(WEB, 11).passive()).isEqualTo(ServerHealth.State.UNCHECKED);
    }

    @Test
    void anErrorOfIcmpv6Counts() {
        Site site = Site.IPV6;
        try (ControlRig other = ControlRig.ofOneWorker(builder -> builder)) {
            site.configure(other);
            ServiceKey key = ServiceKey.udp(site.vip, 53);
            other.apply(
                    new Change.AddService(site.service(key)), passive(key, PassiveCheck.DEFAULT));
            other.pass(Duration.ofSeconds(2));
            byte[] datagram =
                    other.pass(
                                    PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                                            .ipv6(site.client, site.vip)
                                            .udp(4000, 53)
                                            .payload(new byte[] {1}))
                            .getFirst();
            other.ask(
                    PacketBuilder.ethernet(SERVER_MAC, LAN_MAC)
                            .ipv6(site.server, site.local)
                            .icmp(1, 4, 0) // nobody listens
                            .payload(Arrays.copyOfRange(datagram, 14, datagram.length)));
            other.pass(Duration.ofMillis(200));

            assertThat(
                            other.balancer
                                    .control()
                                    .status(key)
                                    .orElseThrow()
                                    .realServers()
                                    .getFirst()
                                    .health()
                                    .passive())
                    .isEqualTo(ServerHealth.State.DOWN);
        }
    }
}
