// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each service says itself what it has refused, over all workers, in all families.
@ParameterizedClass
@EnumSource(FamilyPair.class)
final class ServiceRefusalsTest {
    private static final int WORKERS = 4;

    private final Rig rig;

    ServiceRefusalsTest(FamilyPair families) {
        rig = Rig.of(families, WORKERS, 4096).configured().withStaticNeighbours();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ServiceStatus status(ServiceKey key) {
        return rig.balancer.control().status().services().stream()
                .filter(each -> each.service().key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    private Map<Outcome, Long> refused(ServiceKey key) {
        return status(key).refused();
    }

    private void limit(ServiceLimits limits) {
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withLimits(limits)));
    }

    private void syns(int count) {
        for (int port = 40_000; port < 40_000 + count; port++) {
            rig.clientSends(rig.request().tcp(port, 80).flags(Tcp.SYN));
        }
    }

    @Test
    void whoServesAllHasRefusedNothing() {
        syns(8);
        assertThat(refused(rig.tcp)).isEmpty();
        assertThat(status(rig.tcp).halfOpen()).as("not counted without a limit").isEmpty();
    }

    @Test
    void aFullServiceIsNotMixedUpWithAnother() {
        limit(ServiceLimits.NONE.withConnections(5));
        syns(40);
        assertThat(refused(rig.tcp)).containsExactly(Map.entry(Outcome.SERVICE_FULL, 35L));
        assertThat(rig.count(Outcome.SERVICE_FULL)).isEqualTo(35);
        assertThat(refused(rig.udp)).isEmpty();
    }

    @Test
    void eachReasonIsCountedForItself() {
        rig.apply(
                new Change.AddAccessRule(
                        rig.tcp, AccessRule.deny(rig.families.clients.client.toString())));
        syns(3);
        rig.apply(
                new Change.RemoveAccessRule(
                        rig.tcp, AccessRule.deny(rig.families.clients.client.toString())));
        for (RealServer server : status(rig.tcp).service().realServers()) {
            rig.apply(new Change.EditRealServer(rig.tcp, server.withWeight(0)));
        }
        syns(4);
        assertThat(refused(rig.tcp))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(Outcome.ACCESS_DENIED, 3L, Outcome.NO_REAL_SERVER, 4L));
    }

    @Test
    void zeroedCountsBeginAnew() {
        limit(ServiceLimits.NONE.withConnections(1));
        syns(9);
        assertThat(refused(rig.tcp)).containsEntry(Outcome.SERVICE_FULL, 8L);
        rig.apply(new Change.ZeroCounters(Optional.of(rig.tcp)));
        assertThat(refused(rig.tcp)).isEmpty();
        syns(3);
        assertThat(refused(rig.tcp)).containsEntry(Outcome.SERVICE_FULL, 2L);
    }

    /// One that comes back as its former connections end begins anew, one that is edited does not.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServiceThatComesBackHasRefusedNothing(boolean endConnections) {
        limit(ServiceLimits.NONE.withConnections(1));
        syns(9);
        VirtualService service = status(rig.tcp).service();
        rig.apply(new Change.EditService(rig.tcp, "wrr", Optional.empty()));
        assertThat(refused(rig.tcp)).containsEntry(Outcome.SERVICE_FULL, 8L);

        rig.apply(new Change.RemoveService(rig.tcp, endConnections));
        rig.apply(new Change.AddService(service));
        assertThat(refused(rig.tcp)).isEmpty();
        limit(ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse("0.001,1"))));
        for (int port = 50_000; port < 50_004; port++) {
            rig.clientSends(rig.request().tcp(port, 80).flags(Tcp.SYN));
        }
        assertThat(refused(rig.tcp)).containsExactly(Map.entry(Outcome.RATE_LIMITED, 3L));
    }

    /// What has come too far for anybody is refused by nobody.
    @Test
    void whatIsLostOnTheWayIsNoRefusal() {
        rig.clientSends(rig.request().timeToLive(1).tcp(40_000, 80).flags(Tcp.SYN));
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(refused(rig.tcp)).isEmpty();
    }

    @Test
    void oneWorkerSaysWhatItRefusedItself() {
        limit(ServiceLimits.NONE.withConnections(1));
        syns(30);
        long sum = 0;
        for (int worker = 0; worker < WORKERS; worker++) {
            sum +=
                    rig.balancer.control().status(worker).services().stream()
                            .filter(each -> each.service().key().equals(rig.tcp))
                            .mapToLong(
                                    each -> each.refused().getOrDefault(Outcome.SERVICE_FULL, 0L))
                            .sum();
        }
        assertThat(sum).isEqualTo(29);
    }

    @Test
    void halfOpenOnesAreSaidWhereTheyAreLimited() {
        limit(ServiceLimits.NONE.withHalfOpen(100));
        syns(7);
        assertThat(status(rig.tcp).halfOpen()).hasValue(7);
    }

    /// Also packets of connections that are there.
    @Test
    void whatLimitsOfPacketsKeepBackIsItsOwn() {
        TcpFlow flow = TcpFlow.established(rig, 41_000);
        limit(
                ServiceLimits.NONE.withPackets(
                        Optional.of(TrafficLimit.parse(TrafficLimit.Unit.PACKETS, "1,3"))));
        for (int i = 0; i < 10; i++) {
            rig.clientSends(flow.clientSegment(Tcp.ACK));
        }
        assertThat(refused(rig.tcp)).containsExactly(Map.entry(Outcome.PACKETS_LIMITED, 7L));
        assertThat(rig.count(Outcome.PACKETS_LIMITED)).isEqualTo(7);
    }

    /// Whichever packet of a SYN proxy's two handshakes a limit keeps back: those that were
    /// received are refused, the balancer's own, as its acknowledgement of the server, are not.
    @Test
    void packetsOfTheBalancersOwnAreNoRefusals() {
        boolean ownKeptBack = false;
        for (int burst = 1; burst < 8; burst++) {
            try (Rig own = Rig.of(rig.families, 1, 64).configured().withStaticNeighbours()) {
                own.apply(
                        new Change.SetPolicy(
                                own.tcp,
                                ServicePolicy.DEFAULT
                                        .withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))
                                        .withLimits(
                                                ServiceLimits.NONE.withPackets(
                                                        Optional.of(
                                                                TrafficLimit.parse(
                                                                        TrafficLimit.Unit.PACKETS,
                                                                        "1," + burst))))));
                ownKeptBack |= isAcknowledgementKeptBack(own);
            } // which compares what services have counted
        }
        assertThat(ownKeptBack).as("met").isTrue();
    }

    private static boolean isAcknowledgementKeptBack(Rig rig) {
        CookieClient client = new CookieClient(rig, 42_000);
        List<byte[]> answer = rig.clientSends(client.syn());
        if (answer.size() != 1) {
            return false;
        }
        client.answered(answer.getFirst());
        List<byte[]> syn = rig.clientSends(client.acknowledgement());
        if (syn.size() != 1) {
            return false;
        }
        long before = rig.count(Outcome.PACKETS_LIMITED);
        List<byte[]> out =
                rig.serverSends(
                        rig.answer()
                                .tcp(8080, IpFrame.sourcePort(syn.getFirst()))
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(1)
                                .acknowledgement(CookieClient.number(syn.getFirst(), 4) + 1));
        assertThat(rig.count(Outcome.PACKETS_LIMITED)).isEqualTo(before);
        return out.isEmpty();
    }
}
