// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Protocol;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What would be without effect is refused.
final class ServiceRulesTest {
    private static final ServicePolicy IPO =
            ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withUoa(Uoa.IPO));

    private static VirtualService group(ServicePolicy policy, String... frontends) {
        return VirtualService.of(ServiceKey.group(Protocol.UDP, "names"))
                .withPolicy(policy)
                .withFrontends(Stream.of(frontends).map(Frontend::parse).toList());
    }

    private static void refused(VirtualService service, String... words) {
        assertThatThrownBy(() -> ServiceRules.check(service))
                .isInstanceOf(BalancerException.class)
                .hasMessageContainingAll(words);
    }

    private static void accepted(VirtualService service) {
        assertThatCode(() -> ServiceRules.check(service)).doesNotThrowAnyException();
    }

    @Test
    void anOptionOfIpv4IsForGroupsOfIpv4() {
        accepted(group(IPO));
        accepted(group(IPO, "192.0.2.1:53", "192.0.2.2:53"));
        refused(
                group(IPO, "192.0.2.1:53", "[2001:db8::1]:53"),
                "2001:db8::1",
                "it is an option of IPv4");
        accepted(group(ServicePolicy.DEFAULT, "192.0.2.1:53", "[2001:db8::1]:53"));
        refused(
                group(
                        IPO.withHealth(
                                HealthPolicy.builder()
                                        .sorryServer(RealServer.of("2001:db8::9", 53).endpoint())
                                        .build()),
                        "192.0.2.1:53"),
                "2001:db8::9");
    }

    private static VirtualService quic(ServiceKey key, List<String> quic, String... ids) {
        return VirtualService.of(key)
                .withPolicy(ServicePolicy.DEFAULT.withQuic(QuicRouting.parse(quic)))
                .withRealServer(
                        RealServer.of("10.0.1.11", 443).toBuilder().quicIds(List.of(ids)).build());
    }

    @Test
    void anIdNeedsAConfigurationOfItsLength() {
        ServiceKey udp = ServiceKey.udp("192.0.2.1", 443);
        List<String> configs =
                List.of("config 0 server-id 3 nonce 4", "config 1 server-id 1 nonce 8");
        accepted(quic(udp, configs, "0a0b0c", "07", "08"));
        accepted(quic(udp, configs));
        accepted(quic(udp, List.of()));
        accepted(quic(udp, List.of("dpvs")));
        refused(
                quic(udp, configs, "07", "0a0b"),
                "quic-id 0a0b of 10.0.1.11:443",
                "of that length");
        refused(quic(udp, List.of(), "07"), "quic-id 07 of 10.0.1.11:443", "no configuration");
        refused(quic(udp, List.of("dpvs"), "07"), "quic-id 07", "no configuration");
        refused(quic(ServiceKey.tcp("192.0.2.1", 443), List.of(), "07"), "no configuration");
    }
}
