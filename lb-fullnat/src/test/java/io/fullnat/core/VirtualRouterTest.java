// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT;
import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.VIP;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets to the MAC address of a virtual router that the kernel is now (VRRP, RFC 9568 §7.3):
/// those to virtual addresses are balanced, all others are the kernel's (X09, X10).
class VirtualRouterTest {
    private static final String ROUTER = "00:00:5e:00:01:33";

    private final Rig rig = Rig.withKernel(options -> options.punting(PuntSettings.DEFAULT));
    private final InMemoryPuntPort kernel = rig.io.wire("wan").near().kernel();

    @BeforeEach
    void configure() {
        rig.configured();
        kernel.receiveAll();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void listen(String... addresses) {
        kernel.listen(Arrays.stream(addresses).map(MacAddress::parse).collect(Collectors.toSet()));
        rig.pass(Duration.ofMillis(100));
    }

    private static PacketBuilder syn(String mac, String address, int port) {
        return PacketBuilder.ethernet(CLIENT_MAC, mac)
                .ipv4(CLIENT, address)
                .tcp(40000, port)
                .flags(Tcp.SYN);
    }

    @ParameterizedTest
    @ValueSource(strings = {ROUTER, "00:00:5e:00:02:01"})
    void packetsToAVirtualAddressAreBalanced(String router) {
        listen(router);
        assertThat(rig.clientSends(syn(router, VIP, 80))).hasSize(1);
        assertThat(rig.clientSends(syn(router, VIP, 80).vlan(0))).hasSize(1); // priority alone
        assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2);
        assertThat(kernel.receiveAll()).isEmpty();

        assertThat(rig.clientSends(syn(router, VIP, 9))).as("a reset").hasSize(1);
        assertThat(kernel.receiveAll()).isEmpty();
    }

    @Test
    void allOthersAreTheKernels() {
        listen(ROUTER);
        assertThat(rig.clientSends(syn(ROUTER, "192.0.2.1", 80))).isEmpty();
        assertThat(rig.clientSends(syn(ROUTER, "203.0.113.7", 80))).isEmpty();
        assertThat(
                        rig.clientSends(
                                PacketBuilder.ethernet(CLIENT_MAC, ROUTER)
                                        .arp(1, CLIENT_MAC, CLIENT, ROUTER, VIP)))
                .isEmpty();
        assertThat(kernel.receiveAll()).hasSize(3);
        assertThat(rig.count(Outcome.FORWARDED_IN)).isZero();
    }

    @Test
    void aRouterThatIsElsewhereIsNobodyHere() {
        assertThat(rig.clientSends(syn(ROUTER, VIP, 80))).isEmpty();
        assertThat(rig.count(Outcome.OTHER_HOST)).isOne();
        listen(ROUTER);
        listen();
        assertThat(rig.clientSends(syn(ROUTER, VIP, 80))).isEmpty();
        assertThat(rig.count(Outcome.OTHER_HOST)).isEqualTo(2);
        assertThat(kernel.receiveAll()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:00:5e:00:03:33", "02:00:00:00:00:77", "00:01:5e:00:01:33"})
    void anotherStationOfTheKernelsIsNoRouter(String station) {
        listen(station);
        assertThat(rig.clientSends(syn(station, VIP, 80))).isEmpty();
        assertThat(rig.count(Outcome.FORWARDED_IN)).isZero();
    }
}
