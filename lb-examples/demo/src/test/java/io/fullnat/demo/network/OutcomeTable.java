// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static io.fullnat.demo.network.OutcomeBench.CLIENT;
import static io.fullnat.demo.network.OutcomeBench.CLIENT_MAC;
import static io.fullnat.demo.network.OutcomeBench.LAN_MAC;
import static io.fullnat.demo.network.OutcomeBench.LOCAL;
import static io.fullnat.demo.network.OutcomeBench.SERVER;
import static io.fullnat.demo.network.OutcomeBench.SERVER_MAC;
import static io.fullnat.demo.network.OutcomeBench.TCP;
import static io.fullnat.demo.network.OutcomeBench.UDP;
import static io.fullnat.demo.network.OutcomeBench.VIP;
import static io.fullnat.demo.network.OutcomeBench.WAN_MAC;
import static io.fullnat.demo.network.OutcomeBench.fromClient;
import static io.fullnat.demo.network.OutcomeBench.fromServer;
import static io.fullnat.demo.network.OutcomeCase.question;
import static io.fullnat.demo.network.OutcomeCase.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The table of outcomes: for each one a frame that ends so, and the frames that leave for it, byte
/// by byte. It is played in memory and over ports of the kernel.
final class OutcomeTable {
    /// What the first packet gets that a balancer cuts.
    private static final int FIRST_OF_OUR_OWN = 0x0100;

    private static final OutcomeBench.Settings USUAL = OutcomeBench.Settings.USUAL;
    private static final byte[] NO_OPERATION = {1, 1, 1, 1};
    private static final byte[] MAXIMUM_SEGMENT_SIZE = {2, 4, 5, (byte) 0xB4};

    private OutcomeTable() {}

    private static PacketBuilder lan() {
        return PacketBuilder.ethernet(LAN_MAC, SERVER_MAC).ipv4(LOCAL, SERVER);
    }

    private static PacketBuilder toServer(int localPort) {
        return lan().timeToLive(63).udp(localPort, 5353);
    }

    private static PacketBuilder firstSegment(PacketBuilder packet, int from, int to) {
        return packet.typeOfService(0x48)
                .identification(0x1234)
                .dontFragment()
                .tcp(from, to)
                .flags(Tcp.SYN)
                .sequence(0xFFFF_FFFF)
                .window(29_200)
                .tcpOptions(MAXIMUM_SEGMENT_SIZE);
    }

    private static PacketBuilder secondSegment(PacketBuilder packet, int from, int to) {
        return packet.dontFragment()
                .tcp(from, to)
                .flags(Tcp.SYN | Tcp.ACK)
                .sequence(7)
                .acknowledgement(0)
                .tcpOptions(MAXIMUM_SEGMENT_SIZE);
    }

    private static PacketBuilder toClient() {
        return PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC).ipv4(VIP, CLIENT);
    }

    private static PacketBuilder wan(String source, String destination) {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(source, destination);
    }

    private static PacketBuilder unreachable(PacketBuilder about, int code, int length) {
        return toClient().dontFragment().icmp(3, code, 0).quoting(about.toBytes(), length);
    }

    private static PacketBuilder answer(int localPort) {
        return fromServer().udp(5353, localPort).payload("answer");
    }

    private static List<OutcomeCase> forwarded() {
        return List.of(
                row(Outcome.FORWARDED_IN, "the first datagram of a flow")
                        .client(question())
                        .out(port -> toServer(port).payload("question"))
                        .counts(Counter.CONNECTIONS_CREATED, Counter.CONNECTIONS, Counter.SENT),
                row(Outcome.FORWARDED_IN, "a further one")
                        .connected()
                        .client(fromClient().udp(40000, 53).payload("more"))
                        .out(port -> toServer(port).payload("more"))
                        .counts(Counter.SENT),
                row(Outcome.FORWARDED_OUT, "the server's answer")
                        .connected()
                        .server(OutcomeTable::answer)
                        .out(port -> toClient().timeToLive(63).udp(53, 40000).payload("answer"))
                        .counts(Counter.SENT),
                row(Outcome.FORWARDED_IN, "a datagram as large as the links take")
                        .client(fromClient().udp(40000, 53).payload(Noise.of(1472)))
                        .out(port -> toServer(port).payload(Noise.of(1472))),
                row(Outcome.FORWARDED_IN, "a datagram without a checksum")
                        .client(fromClient().udp(40000, 53).noUdpChecksum().payload("odd"))
                        .out(port -> toServer(port).noUdpChecksum().payload("odd")),
                row(Outcome.FORWARDED_IN, "a datagram with IP options")
                        .client(fromClient().ipOptions(NO_OPERATION).udp(40000, 53))
                        .out(port -> toServer(port).ipOptions(NO_OPERATION)),
                row(Outcome.FORWARDED_IN, "a SYN with options")
                        .client(firstSegment(fromClient(), 40000, 80))
                        .out(port -> firstSegment(lan().timeToLive(63), port, 8080))
                        .counts(Counter.CONNECTIONS_CREATED, Counter.CONNECTIONS, Counter.SENT),
                row(Outcome.FORWARDED_OUT, "what answers a SYN")
                        .connected(firstSegment(fromClient(), 40000, 80))
                        .server(port -> secondSegment(fromServer(), 8080, port))
                        .out(port -> secondSegment(toClient().timeToLive(63), 80, 40000)),
                row(Outcome.FORWARDED_ICMP, "port unreachable, from the server")
                        .connected()
                        .server(port ->
                                fromServer()
                                        .icmp(3, 3, 0)
                                        .quoting(toServer(port).payload("question").toBytes(), 16))
                        .out(port ->
                                toClient()
                                        .timeToLive(63)
                                        .icmp(3, 3, 0)
                                        .quoting(question().timeToLive(63).toBytes(), 16))
                        .counts(Counter.SENT));
    }

    private static List<OutcomeCase> consumed() {
        return List.of(
                row(Outcome.ARP, "a request for an own address")
                        .server(port ->
                                PacketBuilder.ethernet(SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                                        .arp(1, SERVER_MAC, SERVER, "00:00:00:00:00:00", LOCAL))
                        .out(port ->
                                PacketBuilder.ethernet(LAN_MAC, SERVER_MAC)
                                        .arp(2, LAN_MAC, LOCAL, SERVER_MAC, SERVER))
                        .counts(Counter.ARP_REPLIES, Counter.SENT),
                row(Outcome.ARP, "a request for another's")
                        .server(port ->
                                PacketBuilder.ethernet(SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                                        .arp(
                                                1,
                                                SERVER_MAC,
                                                SERVER,
                                                "00:00:00:00:00:00",
                                                "10.0.1.77")),
                row(Outcome.ECHO_ANSWERED, "a ping to the virtual address")
                        .client(fromClient().echoRequest(7, 9).payload("ping"))
                        .out(port -> toClient().echoReply(7, 9).payload("ping")),
                row(Outcome.ICMP_IGNORED, "an echo reply that nobody asked for")
                        .client(fromClient().echoReply(7, 9)));
    }

    private static PacketBuilder wan6() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv6("2001:db8:c::7", "2001:db8:1::80");
    }

    private static List<OutcomeCase> refusedFrames6() {
        Ipv6Extension padding = Ipv6Extension.destination();
        return List.of(
                row(Outcome.EXTENSION_HEADERS, "hop-by-hop options behind others")
                        .client(
                                wan6().extension(padding)
                                        .extension(Ipv6Extension.hopByHop())
                                        .udp(40000, 53)),
                row(Outcome.SOURCE_ROUTED, "by one more station")
                        .client(
                                wan6().extension(Ipv6Extension.routing(0, 1, "2001:db8::9"))
                                        .udp(40000, 53)),
                row(Outcome.NO_UDP_CHECKSUM, "behind destination options")
                        .client(wan6().extension(padding).udp(40000, 53).noUdpChecksum()),
                row(Outcome.NO_UDP_CHECKSUM, "in a plain datagram")
                        .client(wan6().udp(40000, 53).noUdpChecksum()));
    }

    private static List<OutcomeCase> refusedFrames() {
        return List.of(
                row(Outcome.TRUNCATED, "half an IP header").client(question().truncate(30)),
                row(Outcome.MALFORMED, "version 6 in an IPv4 frame")
                        .client(question().versionAndHeaderLength(0x65)),
                row(Outcome.BAD_IP_CHECKSUM, "of a datagram").client(question().badIpChecksum()),
                row(Outcome.BAD_ICMP_CHECKSUM, "of a ping")
                        .client(fromClient().echoRequest(1, 1).badTransportChecksum()),
                row(Outcome.UNKNOWN_ETHERTYPE, "LLDP")
                        .client(
                                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                                        .type(0x88CC)
                                        .payload(new byte[46])),
                row(Outcome.OTHER_HOST, "to another MAC address")
                        .client(
                                PacketBuilder.ethernet(CLIENT_MAC, "02:00:00:00:00:99")
                                        .ipv4(CLIENT, VIP)
                                        .udp(40000, 53)),
                row(Outcome.UNKNOWN_VLAN, "that no address uses")
                        .client(
                                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                                        .vlan(99)
                                        .ipv4(CLIENT, VIP)
                                        .udp(40000, 53)),
                row(Outcome.UNKNOWN_PROTOCOL, "SCTP")
                        .client(fromClient().protocol(132))
                        .out(port -> unreachable(fromClient().protocol(132), 2, 14))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.FRAGMENT, "the first of a SYN")
                        .client(
                                fromClient()
                                        .fragment(0, true)
                                        .tcp(40000, 80)
                                        .flags(Tcp.SYN)
                                        .payload("data")),
                row(Outcome.BAD_SOURCE, "a broadcast address")
                        .client(wan("192.0.2.255", VIP).udp(40000, 53)),
                row(Outcome.REVERSE_PATH, "a server's address from the clients' side")
                        .with(USUAL.with(o -> o.reversePath("wan", ReversePath.STRICT)))
                        .client(wan("10.0.1.7", VIP).udp(40000, 53)),
                row(Outcome.NOT_LOCAL, "to an address behind us")
                        .client(wan(CLIENT, SERVER).udp(40000, 53)),
                row(Outcome.NOT_LOCAL, "a client's to a local address")
                        .client(wan(CLIENT, LOCAL).udp(40000, 50000)));
    }

    private static List<OutcomeCase> refusedConnections() {
        PacketBuilder closed = fromClient().udp(40000, 9).payload("closed");
        return List.of(
                row(Outcome.NO_SERVICE, "a datagram to a closed port")
                        .client(closed)
                        .out(port -> unreachable(closed, 3, 14))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.NO_SERVICE, "a SYN to a closed port")
                        .client(fromClient().tcp(40000, 9).flags(Tcp.SYN).sequence(5))
                        .out(port ->
                                toClient()
                                        .dontFragment()
                                        .tcp(9, 40000)
                                        .flags(Tcp.RST | Tcp.ACK)
                                        .acknowledgement(6)
                                        .window(0)
                                        .padding(6))
                        .counts(Counter.TCP_RESETS),
                row(Outcome.NO_CONNECTION, "a segment of a connection that is not there")
                        .client(
                                fromClient()
                                        .tcp(40000, 80)
                                        .flags(Tcp.ACK)
                                        .sequence(5)
                                        .acknowledgement(99))
                        .out(port ->
                                toClient()
                                        .dontFragment()
                                        .tcp(80, 40000)
                                        .flags(Tcp.RST)
                                        .sequence(99)
                                        .window(0)
                                        .padding(6))
                        .counts(Counter.TCP_RESETS));
    }

    private static List<OutcomeCase> unservedConnections() {
        return List.of(
                row(Outcome.ACCESS_DENIED, "from a client that is kept out")
                        .given(bench ->
                                bench.apply(
                                        new Change.AddAccessRule(
                                                UDP, AccessRule.deny("198.51.100.0/24"))))
                        .client(question())
                        .out(port -> unreachable(question(), 13, 16))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.NO_REAL_SERVER, "all are gone")
                        .given(bench ->
                                bench.apply(
                                        new Change.RemoveRealServer(
                                                UDP, Endpoint.of(SERVER, 5353))))
                        .client(question())
                        .out(port -> unreachable(question(), 3, 16))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.NO_REAL_SERVER, "for a SYN: all are gone")
                        .given(bench ->
                                bench.apply(
                                        new Change.RemoveRealServer(
                                                TCP, Endpoint.of(SERVER, 8080))))
                        .client(syn())
                        .out(port -> reset())
                        .counts(Counter.TCP_RESETS),
                row(Outcome.NO_LOCAL_ADDRESS, "all are gone")
                        .given(bench ->
                                bench.apply(
                                        new Change.RemoveLocalAddress(
                                                UDP, IpAddress.parse(LOCAL), true)))
                        .client(question())
                        .out(port -> unreachable(question(), 3, 16))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.NO_LOCAL_ADDRESS, "for a SYN: all are gone")
                        .given(bench ->
                                bench.apply(
                                        new Change.RemoveLocalAddress(
                                                TCP, IpAddress.parse(LOCAL), true)))
                        .client(syn())
                        .out(port -> reset())
                        .counts(Counter.TCP_RESETS),
                row(Outcome.TABLE_FULL, "with established connections")
                        .with(USUAL.withConnections(4))
                        .given(OutcomeTable::fillTable)
                        .client(syn())
                        .out(port -> reset())
                        .counts(Counter.TCP_RESETS),
                row(Outcome.TABLE_FULL, "for a datagram: with some that go on")
                        .with(USUAL.withConnections(4))
                        .given(OutcomeTable::fillTableWithDatagrams)
                        .client(question())
                        .out(port -> unreachable(question(), 3, 16))
                        .counts(Counter.ICMP_ERRORS));
    }

    private static PacketBuilder syn() {
        return fromClient().tcp(41000, 80).flags(Tcp.SYN).sequence(0xFFFF_FFFF);
    }

    /// What answers it.
    private static PacketBuilder reset() {
        return toClient()
                .dontFragment()
                .tcp(80, 41000)
                .flags(Tcp.RST | Tcp.ACK)
                .acknowledgement(0)
                .window(0)
                .padding(6);
    }

    private static void fillTable(OutcomeBench bench) {
        for (int port = 40000; port < 40004; port++) {
            List<byte[]> syn = bench.clientSends(fromClient().tcp(port, 80).flags(Tcp.SYN));
            if (bench.count(Outcome.TABLE_FULL) > 0) {
                return;
            }
            bench.serverSends(
                    fromServer()
                            .tcp(8080, OutcomeCase.sourcePort(syn.getLast()))
                            .flags(Tcp.SYN | Tcp.ACK)
                            .acknowledgement(1));
            bench.clientSends(
                    fromClient().tcp(port, 80).flags(Tcp.ACK).sequence(1).acknowledgement(1));
        }
    }

    private static void fillTableWithDatagrams(OutcomeBench bench) {
        for (int port = 41000; port < 41003; port++) {
            PacketBuilder again = fromClient().udp(port, 53);
            int local = OutcomeCase.sourcePort(bench.clientSends(again).getLast());
            bench.serverSends(answer(local));
            bench.clientSends(again);
        }
    }

    /// Some bytes of the datagram that is too large, as a fragment (RFC 791 §3.2), with an
    /// identification that the balancer chose (RFC 6864).
    private static byte[] piece(int localPort, int offset, int length) {
        byte[] whole = toServer(localPort).payload(new byte[1373]).toBytes();
        byte[] payload = Arrays.copyOfRange(whole, 34 + offset, 34 + offset + length);
        return lan().timeToLive(63)
                .identification(FIRST_OF_OUR_OWN)
                .protocol(17)
                .fragment(offset, 34 + offset + length < whole.length)
                .payload(payload)
                .padding(Math.max(0, 60 - 34 - length))
                .toBytes();
    }

    private static List<OutcomeCase> refusedSending() {
        PacketBuilder old = question().timeToLive(1);
        PacketBuilder large = fromClient().dontFragment().udp(40000, 53).payload(new byte[1373]);
        return List.of(
                row(Outcome.NO_ROUTE, "back to the client")
                        .connected()
                        .given(bench ->
                                bench.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0"))))
                        .server(OutcomeTable::answer)
                        .out(port ->
                                lan().dontFragment()
                                        .icmp(3, 1, 0)
                                        .quoting(answer(port).toBytes(), 14))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.TTL_EXPIRED, "of a known flow")
                        .connected()
                        .client(old)
                        .out(port ->
                                toClient().dontFragment().icmp(11, 0, 0).quoting(old.toBytes(), 16))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.TOO_BIG, "for the servers' link")
                        .with(USUAL.withLanMtu(1400))
                        .client(large)
                        .out(port ->
                                toClient()
                                        .dontFragment()
                                        .icmp(3, 4, 1400)
                                        .quoting(large.toBytes(), 576 - 20 - 8 - 20))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.FORWARDED_IN, "in two fragments")
                        .with(USUAL.withLanMtu(1400))
                        .client(fromClient().udp(40000, 53).payload(new byte[1373]))
                        .outBytes(port -> piece(port, 0, 1376))
                        .outBytes(port -> piece(port, 1376, 5))
                        .counts(Counter.FRAGMENTED),
                row(Outcome.NEIGHBOUR_UNREACHABLE, "no station answers")
                        .given(OutcomeTable::serverWithoutStation)
                        .client(question())
                        .then(bench -> bench.pass(Duration.ofSeconds(5)))
                        .out(port -> request())
                        .out(port -> unreachable(question(), 1, 16)) // what comes to the client
                        .out(port -> request()) // what comes to the server
                        .out(port -> request())
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.SHUTDOWN, "the balancer ends while it waits")
                        .given(OutcomeTable::serverWithoutStation)
                        .client(question())
                        .then(OutcomeBench::stop)
                        .out(port -> request())
                        .counts(Counter.ARP_REQUESTS),
                row(Outcome.LINK_DOWN, "of the clients' port")
                        .connected()
                        .given(OutcomeBench::cutClients)
                        .server(OutcomeTable::answer),
                row(Outcome.NEIGHBOUR_QUEUE_FULL, "behind 128 that wait")
                        .given(bench -> {
                            serverWithoutStation(bench);
                            assertThat(bench.clientSends(question())).as("requests").hasSize(1);
                            assertThat(bench.count(Counter.ARP_REQUESTS)).isOne();
                            for (int i = 1; i < 128; i++) {
                                bench.clientSends(question());
                            }
                        })
                        .client(question()));
    }

    private static void serverWithoutStation(OutcomeBench bench) {
        bench.apply(
                new Change.RemoveRealServer(UDP, Endpoint.of(SERVER, 5353)),
                new Change.AddRealServer(UDP, RealServer.of("10.0.1.66", 5353)));
    }

    /// The question for its station.
    private static PacketBuilder request() {
        return PacketBuilder.ethernet(LAN_MAC, "ff:ff:ff:ff:ff:ff")
                .arp(1, LAN_MAC, "10.0.1.1", "00:00:00:00:00:00", "10.0.1.66")
                .padding(18);
    }

    /// All rows.
    static Stream<OutcomeCase> rows() {
        List<OutcomeCase> all = new ArrayList<>();
        all.addAll(forwarded());
        all.addAll(consumed());
        all.addAll(refusedFrames());
        all.addAll(refusedFrames6());
        all.addAll(refusedConnections());
        all.addAll(unservedConnections());
        all.addAll(refusedSending());
        return all.stream();
    }
}
