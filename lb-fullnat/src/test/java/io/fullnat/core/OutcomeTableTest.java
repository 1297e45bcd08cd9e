package io.fullnat.core;

import static io.fullnat.core.OutcomeCase.question;
import static io.fullnat.core.OutcomeCase.row;
import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of outcomes: for each one a frame that ends so, and the frames that leave for it.
class OutcomeTableTest {
    /// What is shown elsewhere, since one frame of one balancer does not bring it about.
    private static final Map<String, String> ELSEWHERE =
            Map.ofEntries(
                    Map.entry("HANDED_OVER", "WorkersTest#eachAnswerFindsItsConnection"),
                    Map.entry("HAND_OFF_FULL", "worker.HandOffTest"),
                    Map.entry("NEIGHBOUR_UNREACHABLE", "StackTest#tellsTheClientWhen..."),
                    Map.entry("TRANSMIT_FULL", "port.TransmitterTest"),
                    Map.entry("LINK_DOWN", "port.TransmitterTest, LinkLossTest"),
                    Map.entry("TRANSMIT_REFUSED", "port.TransmitterTest"),
                    Map.entry("SHUTDOWN", "port.TransmitterTest"),
                    Map.entry("FAULT", "FaultTest"),
                    Map.entry("FAULTS", "FaultTest"),
                    Map.entry("TAKEN_OVER", "WorkersTest, Rig#assertAllCounted"),
                    Map.entry("WAITING", "StackTest"),
                    Map.entry("CONNECTIONS_PURGED", "control.AccessRuleTest"),
                    Map.entry("ARP_ANNOUNCEMENTS", "StackTest"),
                    Map.entry("NEIGHBOUR_MOVES", "StackTest"),
                    Map.entry("ERRORS_SUPPRESSED", "StackTest#errorsAreRateLimited"),
                    Map.entry("STEERED_ADDRESSES", "control.FlowSteeringTest"),
                    Map.entry("FLOW_RULES_REFUSED", "control.FlowSteeringTest"),
                    Map.entry("NEIGHBOUR_TABLE_FULL", "the neighbours' tests"),
                    Map.entry("NEIGHBOURS", "the neighbours' tests"),
                    Map.entry("NEIGHBOURS_EVICTED", "the neighbours' tests"),
                    Map.entry("NEIGHBOUR_MOVES_REFUSED", "the neighbours' tests"),
                    Map.entry("ARP_REQUESTS_SUPPRESSED", "the neighbours' tests"),
                    Map.entry("ADDRESS_CONFLICTS", "the neighbours' tests"),
                    Map.entry("PORTS_RECLAIMED", "the ports' tests"));

    private static PacketBuilder toServer(int localPort) {
        return PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                .ipv4(Rig.LOCAL, Rig.SERVER)
                .timeToLive(63)
                .udp(localPort, 5353);
    }

    private static PacketBuilder toClient() {
        return PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC).ipv4(Rig.VIP, Rig.CLIENT);
    }

    private static PacketBuilder wan(String source, String destination) {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv4(source, destination);
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
                        .server(OutcomeTableTest::answer)
                        .out(port -> toClient().timeToLive(63).udp(53, 40000).payload("answer"))
                        .counts(Counter.SENT),
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
                                PacketBuilder.ethernet(Rig.SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                                        .arp(
                                                1,
                                                Rig.SERVER_MAC,
                                                Rig.SERVER,
                                                "00:00:00:00:00:00",
                                                Rig.LOCAL))
                        .out(port ->
                                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                                        .arp(2, Rig.LAN_MAC, Rig.LOCAL, Rig.SERVER_MAC, Rig.SERVER))
                        .counts(Counter.ARP_REPLIES, Counter.SENT),
                row(Outcome.ARP, "a request for another's")
                        .server(port ->
                                PacketBuilder.ethernet(Rig.SERVER_MAC, "ff:ff:ff:ff:ff:ff")
                                        .arp(
                                                1,
                                                Rig.SERVER_MAC,
                                                Rig.SERVER,
                                                "00:00:00:00:00:00",
                                                "10.0.1.77")),
                row(Outcome.ECHO_ANSWERED, "a ping to the virtual address")
                        .client(fromClient().echoRequest(7, 9).payload("ping"))
                        .out(port -> toClient().echoReply(7, 9).payload("ping")),
                row(Outcome.ICMP_IGNORED, "an echo reply that nobody asked for")
                        .client(fromClient().echoReply(7, 9)));
    }

    private static List<OutcomeCase> refusedFrames() {
        return List.of(
                row(Outcome.TRUNCATED, "half an IP header").client(question().truncate(30)),
                row(Outcome.MALFORMED, "version 6 in an IPv4 frame")
                        .client(question().versionAndHeaderLength(0x65)),
                row(Outcome.BAD_IP_CHECKSUM, "of a datagram").client(question().badIpChecksum()),
                row(Outcome.BAD_ICMP_CHECKSUM, "of a ping")
                        .client(fromClient().echoRequest(1, 1).badTransportChecksum()),
                row(Outcome.UNKNOWN_ETHERTYPE, "IPv6")
                        .client(
                                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                                        .type(0x86DD)
                                        .payload(new byte[46])),
                row(Outcome.OTHER_HOST, "to another MAC address")
                        .client(
                                PacketBuilder.ethernet(Rig.CLIENT_MAC, "02:00:00:00:00:99")
                                        .ipv4(Rig.CLIENT, Rig.VIP)
                                        .udp(40000, 53)),
                row(Outcome.UNKNOWN_VLAN, "that no address uses")
                        .client(
                                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                                        .vlan(99)
                                        .ipv4(Rig.CLIENT, Rig.VIP)
                                        .udp(40000, 53)),
                row(Outcome.UNKNOWN_PROTOCOL, "SCTP")
                        .client(fromClient().protocol(132))
                        .out(port -> unreachable(fromClient().protocol(132), 2, 14))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.FRAGMENT, "the first of some")
                        .client(fromClient().fragment(0, true).udp(40000, 53)),
                row(Outcome.BAD_SOURCE, "a broadcast address")
                        .client(wan("192.0.2.255", Rig.VIP).udp(40000, 53)),
                row(Outcome.REVERSE_PATH, "a server's address from the clients' side")
                        .in(() ->
                                Rig.with(o -> o.reversePath("wan", ReversePath.STRICT))
                                        .configured())
                        .client(wan("10.0.1.7", Rig.VIP).udp(40000, 53)),
                row(Outcome.NOT_LOCAL, "to an address behind us")
                        .client(wan(Rig.CLIENT, Rig.SERVER).udp(40000, 53)),
                row(Outcome.NOT_LOCAL, "a client's to a local address")
                        .client(wan(Rig.CLIENT, Rig.LOCAL).udp(40000, 50000)));
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
                        .counts(Counter.TCP_RESETS),
                row(Outcome.ACCESS_DENIED, "from a client that is kept out")
                        .given(rig ->
                                rig.apply(
                                        new Change.AddAccessRule(
                                                Rig.UDP, AccessRule.deny("198.51.100.0/24"))))
                        .client(question())
                        .out(port -> unreachable(question(), 13, 16))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.NO_REAL_SERVER, "all are gone")
                        .given(rig ->
                                rig.apply(
                                        new Change.RemoveRealServer(
                                                Rig.UDP, Endpoint.of(Rig.SERVER, 5353))))
                        .client(question())
                        .anyAnswer(),
                row(Outcome.NO_LOCAL_ADDRESS, "all are gone")
                        .given(rig ->
                                rig.apply(
                                        new Change.RemoveLocalAddress(
                                                Rig.UDP, IpAddress.parse(Rig.LOCAL), true)))
                        .client(question())
                        .anyAnswer(),
                row(Outcome.TABLE_FULL, "with established connections")
                        .in(() -> new Rig(1, 4).configured())
                        .given(OutcomeTableTest::fillTable)
                        .client(fromClient().tcp(41000, 80).flags(Tcp.SYN))
                        .anyAnswer());
    }

    private static void fillTable(Rig rig) {
        for (int port = 40000; port < 40004; port++) {
            List<byte[]> syn = rig.clientSends(fromClient().tcp(port, 80).flags(Tcp.SYN));
            if (rig.count(Outcome.TABLE_FULL) > 0) {
                return;
            }
            rig.serverSends(
                    fromServer()
                            .tcp(8080, OutcomeCase.sourcePort(syn.getLast()))
                            .flags(Tcp.SYN | Tcp.ACK)
                            .acknowledgement(1));
            rig.clientSends(
                    fromClient().tcp(port, 80).flags(Tcp.ACK).sequence(1).acknowledgement(1));
        }
    }

    private static List<OutcomeCase> refusedSending() {
        PacketBuilder old = question().timeToLive(1);
        PacketBuilder large = fromClient().dontFragment().udp(40000, 53).payload(new byte[1373]);
        return List.of(
                row(Outcome.NO_ROUTE, "back to the client")
                        .connected()
                        .given(rig ->
                                rig.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0"))))
                        .server(OutcomeTableTest::answer)
                        .out(port ->
                                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                                        .ipv4(Rig.LOCAL, Rig.SERVER)
                                        .dontFragment()
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
                        .in(() -> Rig.withMtus(1500, 1400).configured())
                        .client(large)
                        .out(port ->
                                toClient()
                                        .dontFragment()
                                        .icmp(3, 4, 1400)
                                        .quoting(large.toBytes(), 576 - 20 - 8 - 20))
                        .counts(Counter.ICMP_ERRORS),
                row(Outcome.FORWARDED_IN, "in fragments: their bytes are FragmentTest's")
                        .in(() -> Rig.withMtus(1500, 1400).configured())
                        .client(fromClient().udp(40000, 53).payload(new byte[1373]))
                        .anyAnswer()
                        .counts(Counter.FRAGMENTED),
                row(Outcome.NEIGHBOUR_QUEUE_FULL, "behind 128 that wait")
                        .given(rig -> {
                            rig.apply(
                                    new Change.RemoveRealServer(
                                            Rig.UDP, Endpoint.of(Rig.SERVER, 5353)),
                                    new Change.AddRealServer(
                                            Rig.UDP, RealServer.of("10.0.1.66", 5353)));
                            assertThat(rig.clientSends(question())).as("requests").hasSize(1);
                            assertThat(rig.count(Counter.ARP_REQUESTS)).isOne();
                            for (int i = 1; i < 128; i++) {
                                rig.clientSends(question());
                            }
                        })
                        .client(question()));
    }

    private static Stream<OutcomeCase> table() {
        List<OutcomeCase> all = new ArrayList<>();
        all.addAll(forwarded());
        all.addAll(consumed());
        all.addAll(refusedFrames());
        all.addAll(refusedConnections());
        all.addAll(refusedSending());
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("table")
    void aFrameEndsAsTheTableSays(OutcomeCase row) {
        row.play();
    }

    /// Fragments need buffers; with none left the packet is dropped whole.
    @Test
    void withoutBuffersNothingIsSentInPart() {
        try (Rig rig = Rig.withMtus(1500, 1400).configured()) {
            rig.clientSends(question());
            rig.client.send(fromClient().udp(40000, 53).payload(new byte[1373]));
            PacketBurst rest = new PacketBurst(8192);
            while (!rest.isFull() && rig.io.buffers().allocate(rest)) {
                assertThat(rest.size()).isPositive();
            }
            rig.io.buffers().free(rest.buffer(rest.size() - 1)); // one is too few for two fragments
            rest.resize(rest.size() - 1);

            rig.run();

            assertThat(rig.count(Outcome.NO_BUFFER)).isOne();
            assertThat(rig.out()).isEmpty();
            rig.io.buffers().freeAll(rest);
        }
    }

    /// Towards one real server and port a local address has 64,511 ports.
    @Test
    void withoutAPortLeftAConnectionIsRefused() {
        try (Rig rig = new Rig(1, 1 << 17).configured()) {
            for (int i = 0; i < 64_511; i++) {
                int port = 1 + (i & 0x7FFF);
                String client = "198.51.100." + (10 + (i >> 15));
                byte[] sent = rig.clientSends(wan(client, Rig.VIP).udp(port, 53)).getFirst();
                rig.serverSends(fromServer().udp(5353, OutcomeCase.sourcePort(sent)));
                rig.clientSends(wan(client, Rig.VIP).udp(port, 53));
                rig.serverSends(fromServer().udp(5353, OutcomeCase.sourcePort(sent)));
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(64_511);

            rig.clientSends(question());

            assertThat(rig.count(Outcome.NO_LOCAL_PORT)).isOne();
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2 * 64_511);
        }
    }

    @Test
    void aFlowThatRestsExpires() {
        try (Rig rig = new Rig().configured()) {
            rig.clientSends(question());
            for (int i = 0; i < 1000 && rig.count(Counter.CONNECTIONS) == 1; i++) {
                rig.pass(Duration.ofSeconds(10));
                rig.out();
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.count(Counter.CONNECTIONS_EXPIRED)).isOne();
        }
    }

    @Test
    void flowsWithoutAnswerGiveWay() {
        try (Rig rig = new Rig(1, 4).configured()) {
            for (int port = 40000; port < 40010; port++) {
                assertThat(rig.clientSends(fromClient().udp(port, 53))).hasSize(1);
            }
            long left = rig.count(Counter.CONNECTIONS);
            assertThat(left).isBetween(1L, 4L);
            assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isEqualTo(10 - left);
        }
    }

    @Test
    void everyOutcomeAndCounterHasACase() {
        Set<String> shown = new HashSet<>(ELSEWHERE.keySet());
        table().forEach(row -> {
            shown.add(row.outcome.name());
            row.counters.forEach(counter -> shown.add(counter.name()));
        });
        // Those of the tests above, and what each row looks at.
        Stream.of(Outcome.NO_BUFFER, Outcome.NO_LOCAL_PORT).forEach(o -> shown.add(o.name()));
        Stream.of(
                        Counter.CONNECTIONS_EXPIRED,
                        Counter.CONNECTIONS_EVICTED,
                        Counter.RECEIVED,
                        Counter.ARP_REQUESTS)
                .forEach(counter -> shown.add(counter.name()));

        assertThat(Stream.of(Outcome.values()).map(Outcome::name)).allMatch(shown::contains);
        assertThat(Stream.of(Counter.values()).map(Counter::name)).allMatch(shown::contains);
    }
}
