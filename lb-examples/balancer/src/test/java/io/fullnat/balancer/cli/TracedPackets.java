// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Packets of clients, of servers and of strangers, one after the other: those that begin
/// connections, those of them, and those that no connection takes.
final class TracedPackets {
    /// What an id of QUIC has of a server, by its number.
    static final String QUIC_ID = "ab%02x";

    static final int PORT = 40_000;
    static final String VIP6 = "2001:db8:1::80";
    private static final String CLIENT = "198.51.100.7";
    private static final String CLIENT6 = "2001:db8:9::7";
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";

    /// A packet, made when its turn has come.
    ///
    /// @param make makes it of what the balancer last sent to a server, for those that answer that
    record Packet(String what, String port, Function<Optional<byte[]>, Optional<byte[]>> make) {}

    private TracedPackets() {}

    private static PacketBuilder wan() {
        return PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC);
    }

    private static PacketBuilder from(String client) {
        return wan().ipv4(client, CommandRig.VIP);
    }

    private static PacketBuilder from6(String client) {
        return wan().ipv6(client, VIP6);
    }

    private static PacketBuilder to(String address) {
        return wan().ipv4(CLIENT, address);
    }

    private static PacketBuilder syn(PacketBuilder ip, int port, int to) {
        return ip.tcp(port, to).flags(Tcp.SYN).sequence(700).window(65_535);
    }

    private static PacketBuilder ack(PacketBuilder ip, int port, int to) {
        return ip.tcp(port, to).flags(Tcp.ACK).sequence(701).acknowledgement(901).window(65_535);
    }

    private static PacketBuilder far(PacketBuilder ip) {
        return ip.tcp(PORT, 80)
                .flags(Tcp.ACK)
                .sequence(701 + 1_000_000_000)
                .acknowledgement(901)
                .payload("GET /");
    }

    private static Packet of(String what, PacketBuilder frame) {
        byte[] bytes = frame.toBytes();
        return new Packet(what, "wan", last -> Optional.of(bytes));
    }

    private static Packet back(String what, Function<byte[], byte[]> make) {
        return new Packet(what, "lan", last -> last.map(make));
    }

    private static PacketBuilder answer(byte[] sent) {
        FrameHeaders headers = new FrameHeaders(sent);
        PacketBuilder frame = PacketBuilder.ethernet(CommandRig.SERVER_MAC, CommandRig.LAN_MAC);
        String from = headers.destination().toString();
        String to = headers.source().toString();
        return headers.type() == FrameHeaders.TYPE_IPV4
                ? frame.ipv4(from, to)
                : frame.ipv6(from, to);
    }

    private static byte[] segment(byte[] sent, int flags, int sequence, int acknowledgement) {
        FrameHeaders headers = new FrameHeaders(sent);
        if (headers.protocol() == FrameHeaders.UDP) {
            return answer(sent)
                    .udp(
                            /* sourcePort= */ headers.destinationPort(),
                            /* destinationPort= */ headers.sourcePort())
                    .payload("answer")
                    .toBytes();
        }
        return answer(sent)
                .tcp(
                        /* sourcePort= */ headers.destinationPort(),
                        /* destinationPort= */ headers.sourcePort())
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(65_535)
                .toBytes();
    }

    private static byte[] unreachable(byte[] sent) {
        boolean ipv4 = new FrameHeaders(sent).type() == FrameHeaders.TYPE_IPV4;
        return answer(sent).icmp(ipv4 ? 3 : 1, 1, 0).quoting(sent, 8).toBytes();
    }

    private static List<Packet> conversation(String name, Function<String, PacketBuilder> vip) {
        String client = name.equals("6") ? CLIENT6 : CLIENT;
        List<Packet> all = new ArrayList<>();
        all.add(of("ACK of none " + name, ack(vip.apply(client), 39_999, 80)));
        all.add(of("SYN " + name, syn(vip.apply(client), PORT, 80)));
        all.add(of("SYN again " + name, syn(vip.apply(client), PORT, 80)));
        all.add(back("error of a router " + name, TracedPackets::unreachable));
        all.add(back("SYN ACK " + name, sent -> segment(sent, Tcp.SYN | Tcp.ACK, 900, 701)));
        all.add(of("ACK " + name, ack(vip.apply(client), PORT, 80)));
        all.add(of("data " + name, ack(vip.apply(client), PORT, 80).payload("GET /")));
        all.add(of("data far away " + name, far(vip.apply(client))));
        all.add(of("TTL 1 of it " + name, ack(vip.apply(client).timeToLive(1), PORT, 80)));
        all.add(
                back(
                        "FIN of the server " + name,
                        sent -> segment(sent, Tcp.FIN | Tcp.ACK, 901, 706)));
        all.add(
                of(
                        "FIN of the client " + name,
                        vip.apply(client)
                                .tcp(PORT, 80)
                                .flags(Tcp.FIN | Tcp.ACK)
                                .sequence(706)
                                .acknowledgement(902)));
        all.add(of("SYN anew " + name, syn(vip.apply(client), PORT, 80)));
        all.add(of("SYN of another " + name, syn(vip.apply(client + "7"), 41_000, 80)));
        all.add(back("RST of the server " + name, sent -> segment(sent, Tcp.RST, 0, 0)));
        all.add(of("datagram " + name, vip.apply(client).udp(PORT, 53).payload("question")));
        all.add(back("its answer " + name, sent -> segment(sent, 0, 0, 0)));
        all.add(of("datagram again " + name, vip.apply(client).udp(PORT, 53).payload("more")));
        all.add(of("SYN at the end " + name, syn(vip.apply(client), 42_000, 80)));
        return all;
    }

    private static Packet quic(String what, int port, String payload) {
        return of(what, from(CLIENT).udp(port, 53).payload(HexFormat.of().parseHex(payload)));
    }

    /// A datagram of QUIC with an id in clear that names a server.
    ///
    /// @param server its number, as in [#QUIC_ID]
    static Packet named(int server, int port) {
        return quic(
                "datagram to " + server + " from " + port,
                port,
                "402a" + QUIC_ID.formatted(server) + "11223344" + "00".repeat(24));
    }

    /// Clients of QUIC: one that has a tuple, and others.
    static List<Packet> quic() {
        return List.of(
                named(1, PORT),
                named(1, PORT),
                named(0, PORT),
                named(0, PORT + 1),
                named(1, PORT + 2),
                named(1, PORT + 2),
                named(0, PORT + 2),
                named(7, PORT + 3),
                quic("too short", PORT + 4, "40"),
                quic(
                        "first of a connection",
                        PORT + 5,
                        "c000000001" + "08" + "0011223344556677" + "00".repeat(24)));
    }

    /// Clients that begin, and nothing more.
    static List<Packet> openings() {
        List<Packet> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int port = PORT + i;
            String client = i == 3 ? "198.51.100.77" : CLIENT;
            all.add(of("SYN " + i, syn(from(client), port, 80)));
        }
        all.add(of("ACK", ack(from(CLIENT), PORT, 80)));
        all.add(of("datagram", from(CLIENT).udp(PORT, 53).payload("question")));
        return all;
    }

    /// A client and its server, over IPv4.
    static List<Packet> conversation() {
        return conversation("", TracedPackets::from);
    }

    /// The same over IPv6.
    static List<Packet> conversation6() {
        return conversation("6", TracedPackets::from6);
    }

    /// Packets that begin no connection.
    static List<Packet> strangers() {
        return List.of(
                of("unused port", syn(from(CLIENT), PORT, 81)),
                of("unused port of UDP", from(CLIENT).udp(PORT, 81).payload("x")),
                of("ssh to the machine", syn(to("192.0.2.1"), PORT, 22)),
                of("UDP to the machine", to("192.0.2.1").udp(PORT, 123).payload("x")),
                of("strange address", syn(to("192.0.2.99"), PORT, 80)),
                of("local address", syn(to("10.0.1.100"), PORT, 80)),
                of("ping", from(CLIENT).echoRequest(1, 1)),
                of(
                        "ping with a wrong checksum",
                        from(CLIENT).echoRequest(1, 1).badTransportChecksum()),
                of("answer to a ping", from(CLIENT).echoReply(1, 1)),
                of("error of nothing", from(CLIENT).icmp(3, 1, 0).payload("x".repeat(40))),
                of("TTL 1", syn(from(CLIENT).timeToLive(1), 39_998, 80)),
                of("bad checksum", syn(from(CLIENT), PORT, 80).badIpChecksum()),
                of("fragment", from(CLIENT).fragment(64, true).payload("x".repeat(64))),
                of("source of a group", syn(from("224.0.0.1"), PORT, 80)),
                of("own source", syn(from("192.0.2.1"), PORT, 80)),
                of("source of the servers", syn(from("10.0.1.77"), PORT, 80)),
                of(
                        "another station's",
                        syn(
                                PacketBuilder.ethernet(CommandRig.CLIENT_MAC, "02:00:00:00:00:77")
                                        .ipv4(CLIENT, CommandRig.VIP),
                                PORT,
                                80)),
                of("VLAN", syn(wan().vlan(9).ipv4(CLIENT, CommandRig.VIP), PORT, 80)),
                of("unknown type", wan().type(0x88B5).payload("x".repeat(46))),
                of("unknown protocol", from(CLIENT).protocol(89).payload("x")),
                of("GRE", from(CLIENT).protocol(47).payload("x")),
                of("cut off", syn(from(CLIENT), PORT, 80).truncate(40)),
                of("wrong length", syn(from(CLIENT), PORT, 80).totalLength(1000)),
                of("wrong header", syn(from(CLIENT), PORT, 80).versionAndHeaderLength(0x42)),
                of("RST of none", from(CLIENT).tcp(39_997, 80).flags(Tcp.RST)),
                of(
                        "ARP for the virtual address",
                        PacketBuilder.ethernet(CommandRig.CLIENT_MAC, BROADCAST)
                                .arp(
                                        1,
                                        CommandRig.CLIENT_MAC,
                                        "192.0.2.254",
                                        "00:00:00:00:00:00",
                                        CommandRig.VIP)),
                of("no checksum of UDP 6", from6(CLIENT6).udp(1, 53).noUdpChecksum()),
                of("unused port 6", syn(from6(CLIENT6), PORT, 81)),
                of("ping 6", from6(CLIENT6).echoRequest(1, 1)),
                of("strange address 6", syn(wan().ipv6(CLIENT6, "2001:db8:1::99"), PORT, 80)));
    }
}
