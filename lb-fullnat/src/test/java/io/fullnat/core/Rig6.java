// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;

/// The [Rig] as it is when clients and real servers speak IPv6: the same stations under other
/// addresses.
final class Rig6 {
    static final String CLIENT = "2001:db8:c::7";
    static final String GATEWAY = "2001:db8:1::fe";
    static final String WAN = "2001:db8:1::1";
    static final String VIP = "2001:db8:1::80";
    static final String LAN = "fd00:1::1";
    static final String LOCAL = "fd00:1::100";
    static final String SERVER = "fd00:1::11";
    static final ServiceKey TCP = ServiceKey.tcp(VIP, 80);
    static final ServiceKey UDP = ServiceKey.udp(VIP, 53);

    private Rig6() {}

    /// Addresses, a default route through the clients' gateway, a TCP and a UDP service with one
    /// server each; neighbours are configured.
    static Rig configured(Rig rig) {
        configure(rig, "wan", true);
        return rig;
    }

    /// @param wan the clients' device
    /// @param neighbours whether gateway and server are configured
    static void configure(Rig rig, String wan, boolean neighbours) {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of(WAN + "/64", wan)),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/128", wan)),
                new Change.AddAddress(InterfaceAddress.of(LAN + "/64", "lan")),
                new Change.AddRoute(Route.via("::/0", GATEWAY, wan)),
                new Change.AddService(service(TCP, 8080)),
                new Change.AddService(service(UDP, 5353)));
        for (int second = 0; second < 8; second++) {
            rig.pass(Duration.ofSeconds(1)); // addresses are checked, announced, reported
        }
        if (neighbours) {
            rig.apply(
                    Rig.neighbour(GATEWAY, Rig.CLIENT_MAC, wan),
                    Rig.neighbour(SERVER, Rig.SERVER_MAC, "lan"));
        }
        rig.out();
    }

    static VirtualService service(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(SERVER, port))
                .withLocalAddress(LocalAddress.of(LOCAL, "lan"));
    }

    static PacketBuilder fromClient() {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv6(CLIENT, VIP);
    }

    static PacketBuilder fromServer() {
        return PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC).ipv6(SERVER, LOCAL);
    }
}
