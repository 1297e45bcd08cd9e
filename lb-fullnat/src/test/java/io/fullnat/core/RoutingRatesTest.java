// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT;
import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.GATEWAY;
import static io.fullnat.core.Rig.WAN_MAC;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who shares the rate of routing protocols on the way to the kernel: stations of the link, each
/// protocol with a part of its own.
class RoutingRatesTest {
    private static final int FLOOD = 1_000;
    private static final int A_FEW = 10;
    private static final String VRRP_GROUP = "01:00:5e:00:00:12";
    private static final String PEER = "fe80::c1";
    private static final String LINK_LOCAL = "fe80::ff:fe00:1";

    private final Rig rig =
            Rig.withKernel(
                    options -> options.punting(new PuntSettings(10_000, 1_000, 1_000, false)));
    private final InMemoryPuntPort kernel = rig.io.wire("wan").near().kernel();

    @BeforeEach
    void configure() {
        rig.configured();
        Rig6.configured(rig);
        kernel.listen(Set.of(MacAddress.parse(VRRP_GROUP), MacAddress.parse(groupMac("ff02::12"))));
        rig.pass(Duration.ofSeconds(1));
        rig.out();
        kernel.receiveAll();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static PacketBuilder from(String source) {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(source, "192.0.2.1");
    }

    private static PacketBuilder from6(String source) {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv6(source, Rig6.WAN);
    }

    private static PacketBuilder vrrp(int family) {
        PacketBuilder frame =
                family == 4
                        ? PacketBuilder.ethernet(CLIENT_MAC, VRRP_GROUP).ipv4(GATEWAY, "224.0.0.18")
                        : PacketBuilder.ethernet(CLIENT_MAC, groupMac("ff02::12"))
                                .ipv6(PEER, "ff02::12");
        return frame.timeToLive(255).protocol(112).payload("x");
    }

    private static PacketBuilder arp(String who) {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                .arp(2, CLIENT_MAC, who, WAN_MAC, "192.0.2.1");
    }

    /// How many of some frames reach the kernel.
    private int passed(int frames, PacketBuilder frame) {
        byte[] bytes = frame.toBytes();
        int passed = 0;
        for (int i = 0; i < frames; i++) {
            rig.client.send(bytes);
            rig.run();
            passed += kernel.receiveAll().size();
        }
        return passed;
    }

    private static PacketBuilder fromAfar(int family) {
        return family == 4 ? from(CLIENT) : from6(Rig6.CLIENT);
    }

    private static PacketBuilder fromTheLink(int family) {
        return family == 4 ? from(GATEWAY) : from6(Rig6.GATEWAY);
    }

    /// Anybody may send these to an interface address: they share the rate of what else is sent
    /// there.
    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aFloodFromAfarInTheWordsOfRoutingProtocolsIsNone(int family) {
        for (int protocol : new int[] {2, 88, 89, 103, 112}) {
            passed(FLOOD, fromAfar(family).timeToLive(1).protocol(protocol).payload("x"));
        }
        passed(FLOOD, fromAfar(family).tcp(40000, 179));
        passed(FLOOD, fromAfar(family).tcp(646, 40000));
        passed(FLOOD, fromAfar(family).udp(40000, 3784));

        assertThat(passed(A_FEW, vrrp(family))).isEqualTo(A_FEW);
        assertThat(passed(A_FEW, arp(GATEWAY))).isEqualTo(A_FEW);
        assertThat(passed(40, fromTheLink(family).tcp(179, 40000))).isEqualTo(40);
        assertThat(passed(40, fromAfar(family).timeToLive(255).tcp(179, 40000)))
                .as("what comes with 255 was not forwarded (RFC 5082)")
                .isEqualTo(40);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aStationOfTheLinkThatFloodsWithOneProtocolCostsTheOthersLittle(int family) {
        passed(FLOOD, fromTheLink(family).protocol(89).payload("x"));
        long limited = rig.count(Outcome.PUNT_LIMITED);
        assertThat(limited).isEqualTo(FLOOD - 20 - 250);

        assertThat(passed(A_FEW, vrrp(family))).isEqualTo(A_FEW);
        assertThat(passed(A_FEW, arp(GATEWAY))).isEqualTo(A_FEW);
        assertThat(passed(A_FEW, fromTheLink(family).tcp(179, 40000))).isEqualTo(A_FEW);
        assertThat(rig.count(Outcome.PUNT_LIMITED)).isEqualTo(limited);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aFloodOfArpCostsNoVrrp(int family) {
        passed(FLOOD, arp(GATEWAY));
        assertThat(passed(A_FEW, vrrp(family))).isEqualTo(A_FEW);
    }

    /// A bigger ping is answered by nobody: its first part does not reach the kernel, which may
    /// have the same address; without it the others are nothing.
    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aPingInPartsIsNotTheKernels(int family) {
        byte[] first = {8, 0, 0, 0, 0, 1, 0, 1};
        byte[] first6 = {(byte) 128, 0, 0, 0, 0, 1, 0, 1};
        byte[] answer = {0, 0, 0, 0, 0, 1, 0, 1};
        byte[] answer6 = {(byte) 129, 0, 0, 0, 0, 1, 0, 1};
        PacketBuilder ping =
                family == 4
                        ? from(GATEWAY).protocol(1).fragment(0, true).payload(first)
                        : from6(Rig6.GATEWAY)
                                .extension(Ipv6Extension.fragment(0, true, 7))
                                .protocol(58)
                                .payload(first6);
        PacketBuilder answered =
                family == 4
                        ? from(GATEWAY).protocol(1).fragment(0, true).payload(answer)
                        : from6(Rig6.GATEWAY)
                                .extension(Ipv6Extension.fragment(0, true, 7))
                                .protocol(58)
                                .payload(answer6);
        assertThat(rig.clientSends(ping)).isEmpty();
        assertThat(kernel.receiveAll()).isEmpty();
        assertThat(rig.count(Outcome.FRAGMENT)).isOne();
        assertThat(passed(1, answered)).as("of a ping of the kernel's").isOne();
        assertThat(rig.count(Outcome.FRAGMENT)).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {LINK_LOCAL, Rig6.WAN})
    void neighboursByLinkLocalAddressesAreOfTheLink(String to) {
        passed(FLOOD, from6(Rig6.CLIENT).tcp(40000, 179));
        PacketBuilder bgp =
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv6(PEER, to).tcp(40000, 179);
        assertThat(passed(A_FEW, bgp)).isEqualTo(A_FEW);
    }
}
