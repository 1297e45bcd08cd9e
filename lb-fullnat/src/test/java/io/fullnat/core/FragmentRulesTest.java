// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Fragments and all else that a packet may meet: neighbours that are asked first, hop limits,
/// links that are too narrow, policies of services, the end.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class FragmentRulesTest {
    private static final int PORT = 40_000;
    private static final int PART = 1_000;

    private final FamilyPair families;
    private final Rig rig;

    FragmentRulesTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families).configured();
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private List<byte[]> question(int identification) {
        return Parts.cut(
                rig.request().udp(PORT, 53).payload(new byte[2_500]).toBytes(),
                identification,
                PART);
    }

    private List<byte[]> segment(int identification, int flags) {
        return Parts.cut(
                rig.request()
                        .tcp(PORT, 80)
                        .flags(flags)
                        .sequence(2)
                        .acknowledgement(1)
                        .payload(new byte[2_500])
                        .toBytes(),
                identification,
                PART);
    }

    private List<byte[]> send(List<byte[]> frames) {
        frames.forEach(rig.client::send);
        rig.run();
        return rig.out();
    }

    private static int destinationPort(byte[] first) {
        int at = first[14] >>> 4 == 6 ? 64 : 36;
        return (first[at] & 0xFF) << 8 | (first[at + 1] & 0xFF);
    }

    /// Fragments wait for a neighbour as whole packets do, and keep their order.
    @Test
    void fragmentsWaitForTheNeighbour() {
        try (Rig asking = Rig.of(families)) {
            asking.configureWithoutNeighbours();
            byte[] whole = asking.request().udp(PORT, 53).payload(Parts.noise(2_500)).toBytes();
            Parts.cut(whole, 7, PART).forEach(asking.client::send);
            asking.run();
            assertThat(asking.count(Outcome.FORWARDED_IN)).isZero();
            asking.out();
            asking.apply(families.neighbours().toArray(Change[]::new));
            List<byte[]> out = asking.out();
            assertThat(out).extracting(Parts::offset).containsExactly(0, PART, 2 * PART);
            byte[] joined = Parts.joined(out);
            int port = IpFrame.sourcePort(joined);
            assertThat(joined)
                    .isEqualTo(
                            asking.forwarded()
                                    .udp(port, 5353)
                                    .payload(Parts.noise(2_500))
                                    .toBytes());
            assertThat(asking.count(Outcome.FORWARDED_IN)).isEqualTo(3);
        }
    }

    @Test
    void eachFragmentCountsForItsService() {
        assertThat(send(question(7))).hasSize(3);
        TrafficCounts traffic = rig.balancer.control().status(rig.udp).orElseThrow().traffic();
        assertThat(traffic.connections()).isOne();
        assertThat(traffic.inPackets()).isEqualTo(3);
        int headers = families.clients == FamilyPair.Side.V6 ? 48 : 20;
        assertThat(traffic.inBytes()).isEqualTo(2_508 + 3L * headers);
    }

    /// One-packet scheduling: a datagram has one turn, with all its fragments.
    @Test
    void allFragmentsOfADatagramGoToOneServer() {
        String host = families.servers().getFirst();
        rig.apply(
                new Change.ReplaceService(
                        VirtualService.of(rig.udp)
                                .withScheduler("rr")
                                .withPolicy(ServicePolicy.DEFAULT.withOnePacket(true))
                                .withRealServer(RealServer.of(host, 5353))
                                .withRealServer(RealServer.of(host, 5354))
                                .withLocalAddress(
                                        LocalAddress.of(families.locals().getFirst(), "lan"))));
        Set<Integer> servers = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            List<byte[]> parts = new ArrayList<>(question(i));
            if (i % 2 == 0) {
                parts.addFirst(parts.removeLast());
            }
            List<byte[]> out = send(parts);
            assertThat(out).hasSize(3);
            servers.add(destinationPort(out.getFirst()));
            assertThat(Parts.joined(out)).hasSizeGreaterThan(2_500);
        }
        assertThat(servers).containsExactlyInAnyOrder(5353, 5354);
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(4);
    }

    /// A header in front of the payload would move what is behind.
    @Test
    void whatAModifierMakesLongerIsDropped() {
        rig.apply(
                new Change.SetPolicy(
                        rig.udp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2)));
        assertThat(send(question(7))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(3);
        assertThat(rig.count(Counter.CONNECTIONS)).as("none is opened for nothing").isZero();
    }

    @Test
    void segmentsWhoseWindowsAreCheckedAreDropped() {
        rig.apply(
                new Change.SetPolicy(
                        rig.tcp, ServicePolicy.DEFAULT.withOutOfWindow(OutOfWindow.DROP)));
        rig.clientSends(rig.request().tcp(PORT, 80).flags(Tcp.SYN).sequence(1));
        assertThat(send(segment(7, Tcp.ACK))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(3);
    }

    @Test
    void noFragmentAcknowledgesACookieOrBeginsAConnection() {
        rig.apply(
                new Change.SetPolicy(
                        rig.tcp,
                        ServicePolicy.DEFAULT.withTcp(
                                TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))));
        assertThat(send(segment(7, Tcp.SYN))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(3);
        assertThat(send(segment(8, Tcp.ACK))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(6);
        assertThat(rig.count(Counter.WAITING)).isZero();
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }

    /// A SYN with the identification of a datagram that is under way, or whose other fragments
    /// wait.
    @Test
    void aFirstFragmentThatIsRefusedEndsThePacket() {
        rig.clientSends(rig.request().tcp(PORT, 80).flags(Tcp.SYN).sequence(1));
        List<byte[]> plain = segment(7, Tcp.ACK);
        List<byte[]> syn = segment(7, Tcp.SYN);
        assertThat(send(plain.subList(0, 2))).hasSize(2);
        assertThat(send(List.of(syn.getFirst(), plain.get(2)))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2);
        List<byte[]> early = segment(8, Tcp.SYN);
        assertThat(send(early.subList(1, 3))).isEmpty();
        assertThat(rig.count(Counter.WAITING)).isEqualTo(2);
        assertThat(send(early.subList(0, 1))).isEmpty();
        assertThat(rig.count(Counter.WAITING)).isZero();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(5);
    }

    /// A segment of no connection is reset once, by its first fragment.
    @Test
    void aSegmentOfNoConnectionIsReset() {
        assertThat(send(segment(7, Tcp.ACK))).hasSize(1);
        assertThat(rig.count(Outcome.NO_CONNECTION)).isOne();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2);
    }

    /// Of a datagram whose hops end here only the first fragment is answered (RFC 1812 §4.3.2.7).
    @Test
    void onlyAFirstFragmentIsAnswered() {
        send(question(7));
        byte[] whole = rig.request().timeToLive(1).udp(PORT, 53).payload(new byte[2_500]).toBytes();
        assertThat(send(Parts.cut(whole, 8, PART))).hasSize(1);
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2);
    }

    /// An error about a first fragment quotes its ports and finds the connection; one about another
    /// fragment quotes data, and is about nothing.
    @Test
    void errorsAboutFirstFragmentsReachTheClient() {
        List<byte[]> out = send(question(7));
        assertThat(rig.serverSends(error(out.get(0)))).hasSize(1);
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isOne();
        assertThat(rig.serverSends(error(out.get(1)))).isEmpty();
        assertThat(rig.count(Outcome.ICMP_IGNORED)).isOne();
    }

    private PacketBuilder error(byte[] fragment) {
        return families.servers.portUnreachable(rig.answer()).quoting(fragment, 64);
    }

    /// A connection that is over is not kept by fragments that say nothing of it.
    @Test
    void fragmentsKeepNoConnectionThatIsOver() {
        rig.withStaticNeighbours();
        rig.clientSends(rig.request().tcp(PORT, 80).flags(Tcp.SYN).sequence(1));
        List<byte[]> parts = segment(7, Tcp.ACK);
        assertThat(send(parts)).hasSize(3);
        rig.clientSends(rig.request().tcp(PORT, 80).flags(Tcp.RST | Tcp.ACK).sequence(2_502));
        int seconds = 0;
        for (int i = 8;
                rig.count(Counter.CONNECTIONS_EXPIRED) == 0 && seconds < 60;
                i++, seconds++) {
            send(segment(i, Tcp.ACK));
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(seconds).isBetween(1, 59);
    }

    /// What is known of a packet is its ports: another connection may have them by then, whose
    /// datagrams get a header in front.
    @Test
    void aLaterFragmentDoesNotJoinAConnectionThatIsModified() {
        List<byte[]> parts = question(7);
        assertThat(send(parts.subList(0, 1))).hasSize(1);
        rig.apply(
                new Change.EndConnections(ConnectionFilter.ALL),
                new Change.SetPolicy(
                        rig.udp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2)));
        assertThat(rig.clientSends(rig.request().udp(PORT, 53).payload("whole"))).hasSize(1);
        assertThat(send(parts.subList(1, 3))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(2);
    }

    /// A first fragment that comes twice does not make its packet look as if all of it had come.
    @Test
    void aPacketIsNotDoneWithWhenItsFirstFragmentComesTwice() {
        List<byte[]> parts = question(7);
        byte[] first = parts.get(0);
        assertThat(send(List.of(first, first, first, parts.get(2)))).hasSize(4);
        rig.pass(Duration.ofMillis(1_500));
        assertThat(send(List.of(parts.get(1)))).hasSize(1);
    }

    /// One who sends fragments without a first one takes no other's place.
    @Test
    void whatIsHeldGivesWayToOtherSources() {
        byte[] whole = rig.request().udp(PORT, 53).payload(new byte[2_500]).toBytes();
        byte[] noise =
                rig.requestFrom(families.clients.stranger(1))
                        .udp(PORT, 53)
                        .payload(new byte[2_500])
                        .toBytes();
        for (int i = 0; i < 64; i++) {
            rig.client.send(Parts.cut(noise, i, PART).get(1));
        }
        rig.run();
        assertThat(rig.count(Counter.WAITING)).isEqualTo(64);
        List<byte[]> parts = Parts.cut(whole, 7, PART);
        assertThat(send(parts.subList(1, 3))).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).as("of who has most").isEqualTo(2);
        for (int i = 64; i < 200; i++) {
            rig.client.send(Parts.cut(noise, i, PART).get(1));
        }
        rig.run();
        assertThat(rig.count(Counter.WAITING)).isEqualTo(64);
        assertThat(send(parts.subList(0, 1))).hasSize(3);
        assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(3);
    }

    /// What is held when the balancer ends is dropped and counted.
    @Test
    void whatIsHeldAtTheEndIsCounted() {
        Rig ending = Rig.of(families).configured();
        question(7).subList(1, 3).forEach(ending.client::send);
        ending.run();
        assertThat(ending.count(Counter.WAITING)).isEqualTo(2);
        ending.close();
        assertThat(ending.count(Outcome.SHUTDOWN)).isEqualTo(2);
    }
}
