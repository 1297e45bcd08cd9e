// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// A [Rig] with both families on both sides, whose services have their real servers in the other
/// family.
final class FamilyRig implements AutoCloseable {
    /// Which way packets of clients are translated.
    enum Way {
        /// Clients of IPv6, servers of IPv4.
        TO_4,
        /// Clients of IPv4, servers of IPv6.
        TO_6
    }

    static final String LOCAL6 = "fd00:1::100";
    static final String SERVER6 = "fd00:1::11";
    static final String VIP6 = "2001:db8:1::80";
    static final String CLIENT6 = "2001:db8:c::7";
    static final String GATEWAY6 = "2001:db8:1::fe";
    static final int CLIENT_PORT = 40_000;

    final Rig rig;
    final boolean to4;

    FamilyRig(Way way) {
        this(way, new Rig());
    }

    FamilyRig(Way way, Rig rig) {
        this(way, rig, true);
    }

    /// @param inside6 whether the servers' link has IPv6, which it cannot if its MTU is below 1280
    FamilyRig(Way way, Rig rig, boolean inside6) {
        this.rig = rig;
        to4 = way == Way.TO_4;
        network(rig, inside6);
        rig.apply(
                new Change.AddService(service(tcp(), 8080)),
                new Change.AddService(service(udp(), 5353)));
        rig.pass(Duration.ofSeconds(1)); // local addresses, too
        rig.pass(Duration.ofSeconds(1));
        rig.out();
    }

    /// Addresses, routes and neighbours of both families.
    private static void network(Rig rig, boolean inside6) {
        rig.apply(
                Arrays.stream(addresses())
                        .filter(change -> inside6 || !isInside6(change))
                        .toArray(Change[]::new));
        for (int second = 0; second < 8; second++) {
            rig.pass(Duration.ofSeconds(1)); // addresses are checked and announced
        }
        rig.apply(
                Arrays.stream(neighbours())
                        .filter(change -> inside6 || !isInside6(change))
                        .toArray(Change[]::new));
        rig.out();
    }

    private static boolean isInside6(Change change) {
        return change.toString().contains("fd00:1:");
    }

    static Change[] addresses() {
        return new Change[] {
            new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
            new Change.AddAddress(InterfaceAddress.of(Rig.VIP + "/32", "wan")),
            new Change.AddAddress(InterfaceAddress.of("2001:db8:1::1/64", "wan")),
            new Change.AddAddress(InterfaceAddress.of(VIP6 + "/128", "wan")),
            new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
            new Change.AddAddress(InterfaceAddress.of("fd00:1::1/64", "lan")),
            new Change.AddRoute(Route.via("0.0.0.0/0", Rig.GATEWAY, "wan")),
            new Change.AddRoute(Route.via("::/0", GATEWAY6, "wan"))
        };
    }

    static Change[] neighbours() {
        return new Change[] {
            Rig.neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan"),
            Rig.neighbour(GATEWAY6, Rig.CLIENT_MAC, "wan"),
            Rig.neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan"),
            Rig.neighbour(SERVER6, Rig.SERVER_MAC, "lan")
        };
    }

    ServiceKey tcp() {
        return ServiceKey.tcp(to4 ? VIP6 : Rig.VIP, 80);
    }

    ServiceKey udp() {
        return ServiceKey.udp(to4 ? VIP6 : Rig.VIP, 53);
    }

    VirtualService service(ServiceKey key, int port) {
        return service(key, port, to4);
    }

    static VirtualService service(ServiceKey key, int port, boolean to4) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(to4 ? Rig.SERVER : SERVER6, port))
                .withLocalAddress(LocalAddress.of(to4 ? Rig.LOCAL : LOCAL6, "lan"));
    }

    /// As a client sends it.
    PacketBuilder fromClient() {
        return fromClient(to4);
    }

    static PacketBuilder fromClient(boolean to4) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
        return to4 ? frame.ipv6(CLIENT6, VIP6) : frame.ipv4(Rig.CLIENT, Rig.VIP).dontFragment();
    }

    /// As the real server is to get it.
    PacketBuilder toServer() {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC);
        return (to4 ? frame.ipv4(Rig.LOCAL, Rig.SERVER) : frame.ipv6(LOCAL6, SERVER6))
                .timeToLive(63);
    }

    /// As the real server sends it.
    PacketBuilder fromServer() {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC);
        return to4 ? frame.ipv4(Rig.SERVER, Rig.LOCAL).dontFragment() : frame.ipv6(SERVER6, LOCAL6);
    }

    /// As the client is to get it.
    PacketBuilder toClient() {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC);
        return (to4 ? frame.ipv6(VIP6, CLIENT6) : frame.ipv4(Rig.VIP, Rig.CLIENT)).timeToLive(63);
    }

    List<byte[]> clientSends(PacketBuilder frame) {
        return rig.clientSends(frame);
    }

    List<byte[]> serverSends(PacketBuilder frame) {
        return rig.serverSends(frame);
    }

    /// Opens a connection of UDP.
    ///
    /// @return its local port
    int connect() {
        byte[] frame = clientSends(fromClient().udp(CLIENT_PORT, 53).payload("first")).getFirst();
        return sourcePort(frame);
    }

    /// The source port of a frame without options or extension headers.
    static int sourcePort(byte[] frame) {
        int at = ipv6(frame) ? 54 : 34;
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    /// Frames are these, in this order, as short ones are sent on Ethernet. Identifications of IPv4
    /// are the balancer's choice, so they and the header's checksum are not compared.
    static void assertSent(List<byte[]> frames, PacketBuilder... expected) {
        assertThat(frames.stream().map(FamilyRig::shown).toList())
                .isEqualTo(Stream.of(expected).map(packet -> shown(packet.toBytes())).toList());
    }

    private static String shown(byte[] frame) {
        byte[] bytes = Arrays.copyOf(frame, Math.max(60, frame.length));
        if (!ipv6(frame)) {
            bytes[18] = 0;
            bytes[19] = 0;
            bytes[24] = 0;
            bytes[25] = 0;
        }
        return HexFormat.of().formatHex(bytes);
    }

    static boolean ipv6(byte[] frame) {
        return (frame[12] & 0xFF) == 0x86;
    }

    @Override
    public void close() {
        rig.close();
    }
}
