// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/// The same clients, service and servers in IPv4 and in IPv6, for tests that hold for both.
@SuppressWarnings("ImmutableEnumChecker") // a key never changes
enum Site {
    IPV4("192.0.2.", "10.0.1.", "/24", "/32"),
    IPV6("2001:db8::", "fd00:1::", "/64", "/128");

    final ServiceKey web;
    final ServiceKey tls;
    final ServiceKey nowhere;
    final String vip;
    final String local;
    final String otherLocal;
    final String whole;
    final String network;
    final String client;
    final String server;
    private final String wan;
    private final String lan;

    Site(String outside, String inside, String network, String whole) {
        this.network = network;
        this.whole = whole;
        vip = outside + "80";
        client = outside + "7";
        wan = outside + "1";
        lan = inside + "1";
        server = inside + "11";
        local = inside + "100";
        otherLocal = inside + "101";
        web = ServiceKey.tcp(vip, 80);
        tls = ServiceKey.tcp(vip, 443);
        nowhere = ServiceKey.tcp(outside + "99", 80);
    }

    /// Addresses, neighbours, and the service [#web] of one server and one local address.
    void configure(ControlRig rig) {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of(wan + network, "wan")),
                new Change.AddAddress(InterfaceAddress.of(vip + whole, "wan")),
                new Change.AddAddress(InterfaceAddress.of(lan + network, "lan")),
                neighbour(server, ControlRig.SERVER_MAC, "lan"),
                neighbour(client, ControlRig.CLIENT_MAC, "wan"),
                new Change.AddService(service(web)));
        settle(rig);
    }

    /// Addresses of IPv6 are used once nobody else has claimed them.
    void settle(ControlRig rig) {
        for (int second = 0; this == IPV6 && second < 3; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
    }

    private static Change neighbour(String address, String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device));
    }

    VirtualService service(ServiceKey key) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(server, 8080))
                .withLocalAddress(LocalAddress.of(local, "lan"));
    }

    /// A SYN of a client to [#web].
    PacketBuilder toWeb(int clientPort) {
        PacketBuilder frame = PacketBuilder.ethernet(ControlRig.CLIENT_MAC, ControlRig.WAN_MAC);
        return (this == IPV4 ? frame.ipv4(client, vip) : frame.ipv6(client, vip))
                .tcp(clientPort, 80);
    }

    /// Where the source port of a TCP frame without options stands.
    int sourcePort() {
        return 14 + (this == IPV4 ? 20 : 40);
    }

    /// A question of the server who has an address.
    PacketBuilder whoHas(String address) {
        if (this == IPV4) {
            return PacketBuilder.ethernet(ControlRig.SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                    .arp(1, ControlRig.SERVER_MAC, server, "00:00:00:00:00:00", address);
        }
        IpAddress target = IpAddress.parse(address);
        byte[] options =
                HexFormat.of()
                        .parseHex(
                                "%016x%016x".formatted(target.high(), target.low())
                                        + "0101"
                                        + ControlRig.SERVER_MAC.replace(":", ""));
        int last = (int) target.low() & 0xFF_FFFF;
        String group = "ff02::1:ff%02x:%x".formatted(last >>> 16, last & 0xFFFF);
        String mac =
                "33:33:ff:%02x:%02x:%02x".formatted(last >>> 16, (last >>> 8) & 0xFF, last & 0xFF);
        return PacketBuilder.ethernet(ControlRig.SERVER_MAC, mac)
                .ipv6(server, group)
                .timeToLive(255)
                .icmp(135, 0, 0)
                .payload(options);
    }

    /// Whether frames hold the answer to [#whoHas], and no answer of another kind.
    boolean isAnswered(List<byte[]> frames) {
        if (this == IPV4) {
            assertThat(frames)
                    .allMatch(frame -> frame[12] == 8 && frame[13] == 6 && frame[21] == 2);
            return !frames.isEmpty();
        }
        return frames.stream().anyMatch(frame -> frame[20] == 58 && (frame[54] & 0xFF) == 136);
    }
}
