// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import org.junit.jupiter.api.Test;

/// Which policies have nothing done where a connection begins, so that nothing is looked at there.
class BeginningsTest {
    private static final ServicePolicy PLAIN = ServicePolicy.DEFAULT;

    private static ServicePolicy limited(ServiceLimits limits) {
        return PLAIN.withLimits(limits);
    }

    private static ServicePolicy tcp(TcpPolicy policy) {
        return PLAIN.withTcp(policy);
    }

    @Test
    void theUsualPolicyWantsNothing() {
        assertThat(Beginnings.arePlain(PLAIN)).isTrue();
        assertThat(Beginnings.arePlain(PLAIN.withRefusal(ServicePolicy.Refusal.REJECT))).isTrue();
        assertThat(Beginnings.tellServers(PLAIN)).isFalse();
    }

    @Test
    void aLimitIsLookedAt() {
        assertThat(Beginnings.arePlain(limited(ServiceLimits.NONE.withConnections(1)))).isFalse();
        assertThat(Beginnings.arePlain(limited(ServiceLimits.NONE.withPerClient(1)))).isFalse();
        assertThat(Beginnings.arePlain(limited(ServiceLimits.NONE.withProportion(99)))).isFalse();
        assertThat(Beginnings.arePlain(limited(ServiceLimits.NONE.withHalfOpen(1)))).isFalse();
    }

    @Test
    void soIsWhatIsDoneToSegments() {
        assertThat(Beginnings.arePlain(tcp(TcpPolicy.KEEP.withFreshIsn(true)))).isFalse();
        assertThat(Beginnings.arePlain(tcp(TcpPolicy.KEEP.withMss(1400)))).isFalse();
        assertThat(Beginnings.arePlain(tcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))))
                .isFalse();
        assertThat(Beginnings.arePlain(PLAIN.withOutOfWindow(OutOfWindow.COUNT))).isFalse();
    }

    @Test
    void eachWayToTellServersOfClientsCounts() {
        assertThat(Beginnings.tellServers(PLAIN.withProxyProtocol(ProxyProtocol.V1))).isTrue();
        assertThat(
                        Beginnings.tellServers(
                                PLAIN.withDisclosure(ClientDisclosure.NONE.withToa(true))))
                .isTrue();
        assertThat(
                        Beginnings.tellServers(
                                PLAIN.withDisclosure(
                                        ClientDisclosure.NONE.withUoa(ClientDisclosure.Uoa.OPP))))
                .isTrue();
    }
}
