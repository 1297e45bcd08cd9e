// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections to servers of IPv6 are opened from local addresses that are known to be the
/// balancer's alone (RFC 4862 §5.4), whatever family their clients are of.
class LocalAddressReadyTest {
    private static final String SECOND = "fd00:1::200";
    private static final String STRANGER_MAC = "02:00:00:00:00:77";

    private final Rig rig = new Rig();
    private int client = 40_000;

    @AfterEach
    void close() {
        rig.close();
    }

    /// @param family the client's
    private static ServiceKey key(int family) {
        return family == 4 ? ServiceKey.tcp(Rig.VIP, 80) : Rig6.TCP;
    }

    private void configure(int family) {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig.VIP + "/32", "wan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", Rig.GATEWAY, "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig6.WAN + "/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig6.VIP + "/128", "wan")),
                new Change.AddAddress(InterfaceAddress.of(Rig6.LAN + "/64", "lan")),
                new Change.AddRoute(Route.via("::/0", Rig6.GATEWAY, "wan")),
                Rig.neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan"),
                Rig.neighbour(Rig6.GATEWAY, Rig.CLIENT_MAC, "wan"),
                Rig.neighbour(Rig6.SERVER, Rig.SERVER_MAC, "lan"));
        wait(5);
        rig.apply(
                new Change.AddService(
                        VirtualService.of(key(family))
                                .withScheduler("rr")
                                .withRealServer(RealServer.of(Rig6.SERVER, 8080))
                                .withLocalAddress(LocalAddress.of(Rig6.LOCAL, "lan"))));
        rig.out();
    }

    private void wait(int seconds) {
        for (int second = 0; second < seconds; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
    }

    /// Sources of the SYNs that reach the server, of some new clients.
    private Set<String> sources(int family, int clients) {
        rig.out();
        Set<String> sources = new HashSet<>();
        for (int i = 0; i < clients; i++) {
            PacketBuilder from = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
            PacketBuilder packet =
                    family == 4 ? from.ipv4(Rig.CLIENT, Rig.VIP) : from.ipv6(Rig6.CLIENT, Rig6.VIP);
            for (byte[] frame : rig.clientSends(packet.tcp(client++, 80).flags(2))) {
                assertThat(frame[12]).as("of IPv6: no refusal").isEqualTo((byte) 0x86);
                if (frame[20] == 6) {
                    sources.add(HexFormat.of().formatHex(frame, 22, 38));
                }
            }
        }
        return sources;
    }

    private static String hex(String address) {
        return HexFormat.of().formatHex(InetAddress.ofLiteral(address).getAddress());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void noneIsOpenedWhileTheOnlyOneIsTentative(int family) {
        configure(family);
        assertThat(sources(family, 3)).isEmpty();
        assertThat(rig.count(Outcome.LOCAL_ADDRESS_NOT_READY)).isEqualTo(3);

        wait(3);
        assertThat(sources(family, 3)).containsExactly(hex(Rig6.LOCAL));
        assertThat(rig.count(Outcome.LOCAL_ADDRESS_NOT_READY)).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void othersAreUsedMeanwhile(int family) {
        configure(family);
        wait(3);
        addSecond(family);
        assertThat(sources(family, 8)).containsExactly(hex(Rig6.LOCAL));

        wait(3);
        assertThat(sources(family, 8)).containsExactlyInAnyOrder(hex(Rig6.LOCAL), hex(SECOND));
        assertThat(rig.count(Outcome.LOCAL_ADDRESS_NOT_READY)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void aDuplicateIsNotUsed(int family) {
        configure(family);
        wait(3);
        addSecond(family);
        rig.pass(Duration.ofMillis(100));
        rig.server.send(
                NdFrames.advertisement(
                        STRANGER_MAC,
                        SECOND,
                        groupMac(ALL),
                        ALL,
                        0x20,
                        SECOND,
                        option(2, STRANGER_MAC)));
        rig.run();
        wait(5);
        assertThat(sources(family, 8)).containsExactly(hex(Rig6.LOCAL));

        wait(15); // it is asked for again, and nobody has it any more
        assertThat(sources(family, 8)).containsExactlyInAnyOrder(hex(Rig6.LOCAL), hex(SECOND));
    }

    private void addSecond(int family) {
        rig.apply(new Change.AddLocalAddress(key(family), LocalAddress.of(SECOND, "lan")));
    }
}
