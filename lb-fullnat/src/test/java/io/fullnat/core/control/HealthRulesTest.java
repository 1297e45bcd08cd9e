// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// What is refused of a service's health, and in which words.
class HealthRulesTest {
    private static final HealthCheck TCP = HealthCheck.of(new TcpProbe());
    private static final HealthCheck FROM_IPV4 =
            HealthCheck.builder(new TcpProbe())
                    .source(Optional.of(IpAddress.parse("10.0.0.9")))
                    .build();

    private static RealServer server(String address) {
        return RealServer.of(Endpoint.of(address, 8080));
    }

    private static VirtualService service(HealthPolicy policy, RealServer... servers) {
        return VirtualService.of(ServiceKey.tcp("192.0.2.1", 80))
                .withRealServers(List.of(servers))
                .withPolicy(ServicePolicy.DEFAULT.withHealth(policy));
    }

    private static HealthPolicy checks(HealthCheck... checks) {
        return HealthPolicy.builder().checks(List.of(checks)).build();
    }

    private static RealServer own(RealServer server, HealthCheck... checks) {
        return server.toBuilder().checks(Optional.of(List.of(checks))).build();
    }

    private static HealthPolicy sorry(String address) {
        return HealthPolicy.builder().sorryServer(Endpoint.of(address, 8080)).build();
    }

    private static void passes(VirtualService service) {
        assertThatCode(() -> HealthRules.check(service)).doesNotThrowAnyException();
    }

    private static void refuses(VirtualService service, String why) {
        assertThatThrownBy(() -> HealthRules.check(service))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining(why);
    }

    @Test
    void theSorryServerIsNoneOfTheOthers() {
        passes(service(sorry("10.0.0.3"), server("10.0.0.1"), server("10.0.0.2")));
        refuses(
                service(sorry("10.0.0.2"), server("10.0.0.1"), server("10.0.0.2")),
                "sorry server 10.0.0.2:8080 of TCP 192.0.2.1:80 is one of its real servers, too");
    }

    /// A service without any local address gets them afterwards.
    @Test
    void theSorryServerIsReachedFromALocalAddress() {
        LocalAddress four = LocalAddress.of("10.0.0.100", "lan");
        LocalAddress six = LocalAddress.of("2001:db8::100", "lan");
        passes(service(sorry("2001:db8::3")));
        passes(service(sorry("2001:db8::3")).withLocalAddress(four).withLocalAddress(six));
        refuses(
                service(sorry("2001:db8::3")).withLocalAddress(four),
                "the service has no local address of IPv6 to speak to it from; add one");
        refuses(service(sorry("10.0.0.3")).withLocalAddress(six), "no local address of IPv4");
    }

    @Test
    void aCheckAsksServersOfTheFamilyOfItsSource() {
        passes(service(checks(FROM_IPV4), server("10.0.0.1")));
        refuses(
                service(checks(TCP, FROM_IPV4), server("10.0.0.1"), server("2001:db8::1")),
                "asks from 10.0.0.9, but real server [2001:db8::1]:8080 is of IPv6;"
                        + " give that server a check of its own");
    }

    /// A server's own checks stand in place of its service's.
    @Test
    void aServerWithChecksOfItsOwnIsAskedThoseAlone() {
        RealServer six = server("2001:db8::1");
        passes(service(checks(FROM_IPV4), own(six, TCP)));
        passes(service(checks(FROM_IPV4), own(six)));
        refuses(service(checks(TCP), own(six, FROM_IPV4)), "asks from 10.0.0.9");
    }

    @Test
    void aServerWithoutAPortIsAskedByOneThatSaysWhich() {
        RealServer every = RealServer.of(new Endpoint(IpAddress.parse("10.0.0.1"), 0));
        assertThat(every.isSamePort()).isTrue();
        passes(service(checks(HealthCheck.of(new PingProbe())), every));
        passes(
                service(
                        checks(
                                HealthCheck.builder(new TcpProbe())
                                        .port(OptionalInt.of(22))
                                        .build()),
                        every));
        refuses(
                service(checks(TCP), every),
                "real server 10.0.0.1 has no port of its own, so the check has to say which one");
    }
}
