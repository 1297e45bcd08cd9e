// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// How many connections begin a second is limited over all workers, of a service and of a network.
class NewConnectionRateTest {
    private static final int WORKERS = 4;

    private int port = 10_000;

    private static Rig rig(FamilyPair families) {
        return Rig.of(families, WORKERS, 1024).configured().withStaticNeighbours();
    }

    private static void limit(Rig rig, ServiceLimits limits) {
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withLimits(limits)));
    }

    private static ServiceLimits rate(String words) {
        return ServiceLimits.NONE.withRate(Optional.of(ConnectionRate.parse(words)));
    }

    private static ServiceLimits ratePerNetwork(String words) {
        return ServiceLimits.NONE.withRatePerNetwork(Optional.of(ConnectionRate.parse(words)));
    }

    private void syns(Rig rig, String client, int count) {
        for (int i = 0; i < count; i++) {
            rig.client.send(rig.requestFrom(client).tcp(port++, 80).flags(Tcp.SYN).toBytes());
        }
        rig.run();
        rig.out();
    }

    private static long opened(Rig rig) {
        return rig.balancer.control().counters(rig.tcp).connections();
    }

    private static Stream<Arguments> fractions() {
        return Stream.of(FamilyPair.values())
                .flatMap(families ->
                        Stream.of("0.5,1", "1,1", "5,1", "9,1")
                                .flatMap(words ->
                                        Stream.of(false, true)
                                                .map(network ->
                                                        Arguments.of(families, words, network))));
    }

    /// P10: asked three times every 100 ms, of a service and of a network.
    @ParameterizedTest
    @MethodSource("fractions")
    void fractionsAreNotRoundedToTicks(FamilyPair families, String words, boolean network) {
        try (Rig rig = rig(families)) {
            limit(rig, network ? ratePerNetwork(words) : rate(words));
            for (int tick = 0; tick < 200; tick++) { // 20 s
                syns(rig, rig.families.clients.client, 3);
                rig.clock.advance(Duration.ofMillis(100));
            }
            double fair = 20 * Double.parseDouble(words.substring(0, words.indexOf(',')));
            assertThat((double) opened(rig)).isBetween(fair * 0.98, fair * 1.02 + 1);
            Outcome refused = network ? Outcome.NETWORK_RATE_LIMITED : Outcome.RATE_LIMITED;
            assertThat(rig.count(refused)).isEqualTo(600 - opened(rig));
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachNetworkHasItsOwn(FamilyPair families) {
        try (Rig rig = rig(families)) {
            boolean ipv6 = families.clients == FamilyPair.Side.V6;
            limit(rig, ratePerNetwork("2,4"));
            syns(rig, ipv6 ? "2001:db8:5:6::1" : "203.0.113.1", 10);
            assertThat(opened(rig)).isEqualTo(4);
            syns(rig, ipv6 ? "2001:db8:5:6:7::1" : "203.0.113.99", 10);
            assertThat(opened(rig)).as("the same network").isEqualTo(4);
            assertThat(rig.count(Outcome.NETWORK_RATE_LIMITED)).isEqualTo(16);
            syns(rig, ipv6 ? "2001:db8:5:7::1" : "203.0.112.1", 10);
            assertThat(opened(rig)).isEqualTo(8);
            rig.pass(Duration.ofSeconds(1));
            syns(rig, ipv6 ? "2001:db8:5:6::1" : "203.0.113.1", 10);
            assertThat(opened(rig)).isEqualTo(10);
        }
    }

    @Test
    void anEditHoldsAtOnceAndWhatOtherLimitsRefuseTakesNoToken() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            limit(rig, rate("1,5"));
            syns(rig, Rig.CLIENT, 10);
            assertThat(opened(rig)).isEqualTo(5);
            limit(rig, ServiceLimits.NONE);
            syns(rig, Rig.CLIENT, 10);
            assertThat(opened(rig)).isEqualTo(15);
            rig.pass(Duration.ofSeconds(10));
            limit(rig, rate("1,5").withPerClient(16));
            syns(rig, Rig.CLIENT, 10);
            assertThat(opened(rig)).isEqualTo(16);
            syns(rig, "203.0.113.1", 10);
            assertThat(opened(rig)).as("the other four tokens").isEqualTo(20);
        }
    }

    @Test
    void aSynUnderThePortsOfAConnectionThatIsOverTakesAToken() {
        try (Rig rig = new Rig(1, 1024).configured().withStaticNeighbours()) {
            limit(rig, rate("0.01,1"));
            TcpFlow flow = TcpFlow.established(rig, 40_000);
            flow.clientCloses();
            flow.serverCloses();
            rig.clientSends(
                    rig.request()
                            .tcp(40_000, 80)
                            .flags(Tcp.SYN)
                            .sequence(flow.clientNext + 100_000));
            assertThat(rig.count(Outcome.RATE_LIMITED)).isOne();
            rig.pass(Duration.ofSeconds(100));
            rig.clientSends(
                    rig.request()
                            .tcp(40_000, 80)
                            .flags(Tcp.SYN)
                            .sequence(flow.clientNext + 100_000));
            assertThat(rig.count(Outcome.RATE_LIMITED)).isOne();
        }
    }

    /// Buckets are of slots; what the former service of one took is nothing to the next.
    @Test
    void aServiceInTheSlotOfAFormerOneBeginsFull() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4)) {
            TrafficLimit packets = TrafficLimit.parse(TrafficLimit.Unit.PACKETS, "1,10");
            for (ServiceLimits limits :
                    new ServiceLimits[] {
                        rate("0.01,5"),
                        ratePerNetwork("0.01,5"),
                        ServiceLimits.NONE.withPackets(Optional.of(packets))
                    }) {
                limit(rig, limits);
                long before = rig.balancer.control().counters(rig.tcp).connections();
                syns(rig, rig.families.clients.client, 20);
                long burst = opened(rig) - before;
                assertThat(burst).isIn(5L, 10L);
                VirtualService service = rig.balancer.control().desired().service(rig.tcp);
                rig.apply(new Change.RemoveService(rig.tcp, true));
                rig.pass(Duration.ofSeconds(2)); // the slot is nobody's then
                ServiceKey other = ServiceKey.tcp(rig.tcp.endpoint().address().toString(), 81);
                rig.apply(
                        new Change.AddService(
                                VirtualService.of(other)
                                        .withRealServers(service.realServers())
                                        .withLocalAddresses(service.localAddresses())
                                        .withPolicy(service.policy())));
                for (int i = 0; i < 20; i++) {
                    rig.client.send(rig.request().tcp(port++, 81).flags(Tcp.SYN));
                }
                rig.run();
                rig.out();
                assertThat(rig.balancer.control().counters(other).connections())
                        .as("%s", limits)
                        .isEqualTo(burst);
                rig.apply(new Change.RemoveService(other, true), new Change.AddService(service));
            }
        }
    }
}
