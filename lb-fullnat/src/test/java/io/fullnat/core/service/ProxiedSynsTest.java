// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// What a service with a SYN proxy offers, of its options and of all else that it does to SYNs.
class ProxiedSynsTest {
    private static final int MTU = 1500;

    private static VirtualService service(
            SynProxy proxy, UnaryOperator<ServicePolicy> more, String... servers) {
        ServicePolicy policy =
                more.apply(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(proxy)));
        return VirtualService.of(ServiceKey.tcp("192.0.2.1", 80))
                .withRealServers(
                        List.of(servers).stream()
                                .map(server -> RealServer.of(Endpoint.of(server, 8080)))
                                .toList())
                .withPolicy(policy);
    }

    private static ProxiedSyns of(
            SynProxy proxy, UnaryOperator<ServicePolicy> more, String... servers) {
        return requireNonNull(ProxiedSyns.of(service(proxy, more, servers)));
    }

    private static ProxiedSyns of(SynProxy proxy) {
        return of(proxy, policy -> policy, "10.0.0.1");
    }

    private static UnaryOperator<ServicePolicy> tcp(UnaryOperator<TcpPolicy> change) {
        return policy -> policy.withTcp(change.apply(policy.tcp()));
    }

    @Test
    void aServiceWithoutOneHasNone() {
        assertThat(ProxiedSyns.of(service(SynProxy.OFF, policy -> policy))).isNull();
    }

    @Test
    void isAlwaysOnOrFromTheLowerOfBothNumbersOn() {
        assertThat(of(SynProxy.ALWAYS).isAlways()).isTrue();
        assertThat(of(SynProxy.ALWAYS).from()).isZero();
        assertThat(of(SynProxy.from(20)).isAlways()).isFalse();
        assertThat(of(SynProxy.from(20)).from()).isEqualTo(20);
        assertThat(fromWithLimit(5)).isEqualTo(5);
        assertThat(fromWithLimit(50)).isEqualTo(20);
    }

    private static int fromWithLimit(int halfOpen) {
        return of(
                        SynProxy.from(20),
                        policy -> policy.withLimits(ServiceLimits.NONE.withHalfOpen(halfOpen)),
                        "10.0.0.1")
                .from();
    }

    @Test
    void segmentsAreAsLongAsTheLinkCarries() {
        ProxiedSyns plain = of(SynProxy.ALWAYS);
        assertThat(plain.segmentSize(false, MTU)).isEqualTo(1460);
        assertThat(plain.segmentSize(true, MTU)).isEqualTo(1440);
        assertThat(plain.segmentSize(false, 9000)).isEqualTo(8960);
        assertThat(plain.segmentSize(false, 40)).as("never nothing").isEqualTo(64);
    }

    @Test
    void andNoLongerThanTheServiceOrItsProxySays() {
        assertThat(of(SynProxy.ALWAYS.withSegmentSize(1400)).segmentSize(false, MTU))
                .isEqualTo(1400);
        assertThat(of(SynProxy.ALWAYS.withSegmentSize(1400)).segmentSize(false, 1000))
                .isEqualTo(960);
        ProxiedSyns clamped = of(SynProxy.ALWAYS, tcp(policy -> policy.withMss(1300)), "10.0.0.1");
        assertThat(clamped.segmentSize(false, MTU)).isEqualTo(1300);
        ProxiedSyns both =
                of(
                        SynProxy.ALWAYS.withSegmentSize(1400),
                        tcp(policy -> policy.withMss(1300)),
                        "10.0.0.1");
        assertThat(both.segmentSize(false, MTU)).isEqualTo(1300);
    }

    /// An option tells the client's address: 8 bytes of IPv4, 20 of IPv6.
    @Test
    void whatIsPutInOnTheWayHasRoom() {
        UnaryOperator<ServicePolicy> toa =
                policy -> policy.withDisclosure(ClientDisclosure.NONE.withToa(true));
        assertThat(of(SynProxy.ALWAYS, toa, "10.0.0.1").segmentSize(false, MTU)).isEqualTo(1452);
        assertThat(of(SynProxy.ALWAYS, toa, "10.0.0.1").segmentSize(true, MTU)).isEqualTo(1420);
        assertThat(of(SynProxy.ALWAYS, toa, "10.0.0.1", "2001:db8::1").segmentSize(false, MTU))
                .isEqualTo(1432);
    }

    /// A header of IPv6 is 20 bytes longer: of clients of IPv4, wherever one server may need it.
    @Test
    void oneServerOfIpv6MakesTheHeaderLonger() {
        ProxiedSyns mixed = of(SynProxy.ALWAYS, policy -> policy, "10.0.0.1", "2001:db8::1");
        assertThat(mixed.segmentSize(false, MTU)).isEqualTo(1440);
        assertThat(mixed.segmentSize(true, MTU)).isEqualTo(1440);
    }

    @Test
    void offersWhatIsSaidAndNoTimestampsThatAreStripped() {
        assertThat(of(SynProxy.ALWAYS).offer().timestamps()).isTrue();
        assertThat(of(SynProxy.ALWAYS).offer().scale()).isEqualTo(SynProxy.USUAL_SCALE);
        assertThat(of(SynProxy.ALWAYS.withScale(9)).offer().scale()).isEqualTo(9);
        assertThat(of(SynProxy.ALWAYS.withSelective(false)).offer().selective()).isFalse();
        assertThat(of(SynProxy.ALWAYS.withTimestamps(false)).offer().timestamps()).isFalse();
        assertThat(
                        of(
                                        SynProxy.ALWAYS,
                                        tcp(policy -> policy.withStripsTimestamps(true)),
                                        "10.0.0.1")
                                .offer()
                                .timestamps())
                .isFalse();
    }
}
