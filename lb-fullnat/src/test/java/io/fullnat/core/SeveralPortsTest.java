// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Services of all ports and of ranges of ports: which service a connection gets, and to which port
/// of the real server it goes, byte by byte.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class SeveralPortsTest {
    private static final int CLIENT_PORT = 40_000;

    private final FamilyPair families;
    private final Rig rig;
    private int client = CLIENT_PORT;

    SeveralPortsTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families, 2, 4096).configured();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ServiceKey key(Protocol protocol, String ports) {
        return ServiceKey.parse(
                protocol,
                new Endpoint(rig.tcp.endpoint().address(), 1)
                        .toString()
                        .replaceAll(":1$", ":" + ports));
    }

    private ServiceKey tcp(String ports) {
        return key(Protocol.TCP, ports);
    }

    private VirtualService service(ServiceKey key, int serverPort) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(server(serverPort))
                .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"));
    }

    private RealServer server(int port) {
        return RealServer.of(families.servers().getFirst(), port);
    }

    private void add(String ports, int serverPort) {
        rig.apply(new Change.AddService(service(tcp(ports), serverPort)));
    }

    private PacketBuilder toServer(int localPort, int port) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC);
        return families.servers
                .packet(frame, families.locals().getFirst(), families.servers().getFirst())
                .timeToLive(63)
                .tcp(localPort, port)
                .flags(Tcp.SYN)
                .sequence(1000);
    }

    private List<byte[]> connect(int port) {
        return rig.clientSends(rig.request().tcp(client++, port).flags(Tcp.SYN).sequence(1000));
    }

    /// The port of the server that a connection to a port of the service gets.
    private int serverPort(int port) {
        List<byte[]> out = connect(port);
        assertThat(out).hasSize(1);
        return IpFrame.destinationPort(out.getFirst());
    }

    private void assertRefused(int port) {
        List<byte[]> out = connect(port);
        assertThat(out).hasSize(1);
        assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.RST | Tcp.ACK);
        assertThat(IpFrame.sourcePort(out.getFirst())).isEqualTo(port);
    }

    private void refuses(ErrorCode code, String text, Change change) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> {
                    try {
                        rig.apply(change);
                    } catch (CompletionException wrapped) {
                        throw wrapped.getCause();
                    }
                })
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(code);
                    assertThat(refused).hasMessageContaining(text);
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 21, 79, 81, 8080, 65_534, 65_535})
    void aConnectionGoesToThePortThatTheClientAskedForAndBack(int port) {
        add("0", 0);
        List<byte[]> out = connect(port);
        assertThat(out).hasSize(1);
        int local = IpFrame.sourcePort(out.getFirst());
        assertThat(out).hasSize(1);
        assertSentTo(out, toServer(local, port));

        List<byte[]> answer =
                rig.serverSends(
                        rig.answer()
                                .tcp(port, local)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(5000)
                                .acknowledgement(1001));
        PacketBuilder expected =
                families.clients
                        .packet(
                                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC),
                                families.vip(),
                                families.clients.client)
                        .timeToLive(63)
                        .tcp(port, CLIENT_PORT)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(5000)
                        .acknowledgement(1001);
        assertSentTo(answer, expected);
        assertThat(connectAgain(port)).as("sent again").isEqualTo(local);
    }

    /// Frames as [FamilyRig] compares them.
    private static void assertSentTo(List<byte[]> frames, PacketBuilder expected) {
        assertSent(frames.stream().map(SeveralPortsTest::withoutDontFragment).toList(), expected);
    }

    /// Whether IPv4 has the flag that no router fragments it is a matter of the family before.
    private static byte[] withoutDontFragment(byte[] frame) {
        byte[] bytes = frame.clone();
        if (!IpFrame.isIpv6(bytes)) {
            bytes[20] &= ~0x40;
        }
        return bytes;
    }

    private int connectAgain(int port) {
        List<byte[]> out =
                rig.clientSends(rig.request().tcp(CLIENT_PORT, port).flags(Tcp.SYN).sequence(1000));
        assertThat(out).hasSize(1);
        return IpFrame.sourcePort(out.getFirst());
    }

    @Test
    void datagramsGoToThePortThatTheClientAskedForAndBack() {
        rig.apply(new Change.AddService(service(key(Protocol.UDP, "0"), 0)));
        for (int port : new int[] {1, 52, 54, 5000, 65_535}) {
            byte[] sent = rig.clientSends(rig.request().udp(client, port).payload("q")).getFirst();
            assertThat(IpFrame.destinationPort(sent)).isEqualTo(port);
            byte[] back =
                    rig.serverSends(rig.answer().udp(port, IpFrame.sourcePort(sent)).payload("a"))
                            .getFirst();
            assertThat(IpFrame.sourcePort(back)).isEqualTo(port);
            assertThat(IpFrame.destinationPort(back)).isEqualTo(client);
        }
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(5);
    }

    /// P07: VIP:0 and VIP:80. P15: ranges within one another are legal, the narrowest is meant.
    @Test
    void thePortComesBeforeTheRangeAndTheNarrowerRangeBeforeTheWider() {
        add("0", 1);
        add("1-1000", 2);
        add("100-200", 3);
        add("100-150", 4);
        add("1000-1000", 5); // one port, said as a range

        assertThat(serverPort(80)).isEqualTo(8080); // of the rig
        assertThat(List.of(serverPort(1), serverPort(79), serverPort(81), serverPort(99)))
                .containsOnly(2);
        assertThat(List.of(serverPort(100), serverPort(150))).containsOnly(4);
        assertThat(List.of(serverPort(151), serverPort(200))).containsOnly(3);
        assertThat(List.of(serverPort(201), serverPort(999))).containsOnly(2);
        assertThat(serverPort(1000)).isEqualTo(5);
        assertThat(List.of(serverPort(1001), serverPort(65_535))).containsOnly(1);
    }

    @Test
    void portsThatNoServiceHasAreRefusedAsEver() {
        add("1000-2000", 0);

        for (int port : new int[] {0, 1, 999, 2001, 65_535}) {
            assertRefused(port);
        }
        assertThat(rig.count(Outcome.NO_SERVICE)).isEqualTo(5);
        assertThat(serverPort(1000)).isEqualTo(1000);
        assertThat(serverPort(2000)).isEqualTo(2000);
        rig.apply(new Change.RemoveService(tcp("1000-2000")));
        assertRefused(1500);
    }

    @Test
    void noPortIsNotAmongAllPorts() {
        add("0", 0);
        assertRefused(0);
    }

    /// P15.
    @Test
    void whatNobodyCouldTellApartIsRefusedNamingTheOther() {
        add("1-1000", 0);
        add("0", 0);

        refuses(
                ErrorCode.SERVICE_EXISTS,
                "service " + tcp("1-1000") + " already exists",
                new Change.AddService(service(tcp("1-1000"), 0)));
        refuses(
                ErrorCode.SERVICE_EXISTS,
                tcp("500-1500") + ": its ports overlap those of " + tcp("1-1000"),
                new Change.AddService(service(tcp("500-1500"), 0)));
        refuses(
                ErrorCode.SERVICE_EXISTS,
                tcp("1-65535") + ": the same ports are those of " + tcp("0"),
                new Change.AddService(service(tcp("1-65535"), 0)));
        rig.apply(
                new Change.AddService(service(key(Protocol.UDP, "500-1500"), 0)),
                new Change.AddService(service(tcp("1001-1500"), 0)));
    }

    @Test
    void aServerOfOnePortGetsAllPorts() {
        add("0", 9000);
        assertThat(List.of(serverPort(1), serverPort(5000), serverPort(65_535))).containsOnly(9000);
    }

    /// FTP: control and data connections of a client go to one server.
    @Test
    void aClientStaysWithItsServerOverAllPorts() {
        VirtualService service =
                service(tcp("0"), 0)
                        .withRealServers(List.of(server(0), server(9001), server(9002)));
        rig.apply(
                new Change.AddService(
                        service.withPolicy(
                                service.policy()
                                        .withPersistence(
                                                Optional.of(
                                                        Persistence.of(Duration.ofMinutes(5)))))));
        Set<Boolean> ofEach = new HashSet<>();
        for (int number = 1; number <= 9; number++) {
            String stranger = families.clients.stranger(number);
            Set<Integer> ports = new HashSet<>();
            for (int port : new int[] {21, 20, 40_000, 50_123}) {
                byte[] out =
                        rig.clientSends(
                                        rig.requestFrom(stranger)
                                                .tcp(client++, port)
                                                .flags(Tcp.SYN)
                                                .sequence(1))
                                .getFirst();
                ports.add(IpFrame.destinationPort(out));
            }
            boolean same = ports.equals(Set.of(21, 20, 40_000, 50_123));
            assertThat(same || ports.equals(Set.of(9001)) || ports.equals(Set.of(9002)))
                    .as("ports %s of one client", ports)
                    .isTrue();
            ofEach.add(same);
        }
        assertThat(ofEach).containsOnly(true, false);
        assertThat(rig.count(Counter.TEMPLATES_CREATED)).isEqualTo(9);
    }

    /// A client that tries all ports takes one local port each, and no more memory than that.
    @Test
    void aScanOfPortsNeverGivesATupleTwice() {
        add("0", 0);
        Set<List<Integer>> tuples = new HashSet<>();
        for (int port = 1; port <= 2000; port++) {
            if (port != 80) {
                byte[] out = connect(port).getFirst();
                assertThat(IpFrame.destinationPort(out)).isEqualTo(port);
                assertThat(tuples.add(List.of(IpFrame.sourcePort(out), port))).isTrue();
            }
        }
        assertThat(tuples.stream().map(List::getFirst).distinct()).as("local ports").hasSize(1999);
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(1999);
    }

    /// The tuple may be that of a connection of another service to that very port of the server.
    @Test
    void aTupleOfAServiceOfThatPortIsNotGivenAgain() {
        add("0", 0);
        Set<Integer> locals = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            byte[] exact = connect(80).getFirst(); // to port 8080 of the server, by the rig's
            byte[] same = connect(8080).getFirst();
            assertThat(IpFrame.destinationPort(exact)).isEqualTo(8080);
            assertThat(IpFrame.destinationPort(same)).isEqualTo(8080);
            assertThat(locals.add(IpFrame.sourcePort(exact))).isTrue();
            assertThat(locals.add(IpFrame.sourcePort(same))).isTrue();
        }
    }

    /// A connection that gives way gives its port back while another one is being opened.
    @Test
    void aFullTableMakesRoomForEachAndAnswersComeBack() {
        try (Rig small = Rig.of(families, 1, 256).configured().withStaticNeighbours()) {
            small.apply(new Change.AddService(service(tcp("0"), 0)));
            for (int i = 1; i <= 1500; i++) {
                int port = 1000 + i % 50;
                String stranger = families.clients.stranger(i);
                List<byte[]> out =
                        small.clientSends(small.requestFrom(stranger).tcp(i, port).flags(Tcp.SYN));
                assertThat(out).as("connection %d", i).hasSize(1);
                assertThat(IpFrame.destinationPort(out.getFirst())).isEqualTo(port);
                List<byte[]> answer =
                        small.serverSends(
                                small.answer()
                                        .tcp(port, IpFrame.sourcePort(out.getFirst()))
                                        .flags(Tcp.SYN | Tcp.ACK)
                                        .acknowledgement(1));
                assertThat(answer).as("answer %d", i).hasSize(1);
                assertThat(IpFrame.destination(answer.getFirst()))
                        .isEqualTo(IpAddress.parse(stranger));
            }
            assertThat(small.count(Counter.CONNECTIONS)).isLessThanOrEqualTo(256);
            small.apply(new Change.RemoveService(tcp("0"), true));
            assertThat(small.count(Counter.CONNECTIONS)).isZero();
        }
    }

    @Test
    void connectionsEndByServiceAndByPortOfTheServer() {
        add("0", 0);
        serverPort(80);
        serverPort(81);
        serverPort(82);
        serverPort(83);

        String host = families.servers().getFirst();
        rig.apply(
                new Change.EndConnections(ConnectionFilter.ALL.withServer(Endpoint.of(host, 81))));
        assertThat(virtualPorts(ConnectionFilter.ALL)).containsExactlyInAnyOrder(80, 82, 83);

        assertThat(virtualPorts(ConnectionFilter.of(rig.tcp))).containsExactly(80);
        assertThat(virtualPorts(ConnectionFilter.of(tcp("0")))).containsExactlyInAnyOrder(82, 83);
        rig.apply(new Change.EndConnections(ConnectionFilter.of(tcp("0"))));
        assertThat(virtualPorts(ConnectionFilter.ALL)).containsExactly(80);
    }

    private List<Integer> virtualPorts(ConnectionFilter filter) {
        List<Integer> ports = new ArrayList<>();
        rig.balancer
                .control()
                .connections(filter, connection -> ports.add(connection.virtual().port()));
        return ports;
    }

    /// What came under a wider service goes on when the port gets a service of its own.
    @Test
    void aServiceOfAPortTakesNoConnectionsOfTheRange() {
        add("1-1000", 0);
        int port = 90;
        int local = IpFrame.sourcePort(connect(port).getFirst());
        add("90", 9090);

        assertThat(IpFrame.sourcePort(again(port))).isEqualTo(local);
        assertThat(IpFrame.destinationPort(again(port))).isEqualTo(90);
        assertThat(serverPort(port)).isEqualTo(9090);
        assertThat(virtualPorts(ConnectionFilter.of(tcp("1-1000")))).containsExactly(90);
        assertThat(virtualPorts(ConnectionFilter.of(tcp("90")))).containsExactly(90);
        rig.apply(new Change.RemoveService(tcp("1-1000"), true));
        assertThat(virtualPorts(ConnectionFilter.ALL)).containsExactly(90);
    }

    private byte[] again(int port) {
        return rig.clientSends(rig.request().tcp(CLIENT_PORT, port).flags(Tcp.SYN).sequence(1000))
                .getFirst();
    }

    /// P06: the last server goes, and the datagrams of a fixed tuple are refused at once.
    @Test
    void datagramsOfARangeEndWithTheLastServer() {
        ServiceKey key = key(Protocol.UDP, "1000-2000");
        VirtualService service = service(key, 0).withRealServer(server(9001));
        rig.apply(
                new Change.AddService(
                        service.withPolicy(
                                service.policy().withRemoval(ServicePolicy.Removal.END))));
        rig.clientSends(rig.request().udp(client, 1000));
        rig.clientSends(rig.request().udp(client, 2000));
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(2);

        rig.apply(
                new Change.RemoveRealServer(key, server(0).endpoint()),
                new Change.RemoveRealServer(key, server(9001).endpoint()));

        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        rig.clientSends(rig.request().udp(client, 1000));
        assertThat(rig.count(Outcome.NO_REAL_SERVER)).isOne();
    }

    @Test
    void eachDatagramOfOnePacketSchedulingKeepsItsPort() {
        ServiceKey key = key(Protocol.UDP, "0");
        VirtualService service = service(key, 0).withRealServer(server(9001));
        rig.apply(new Change.AddService(service.withPolicy(service.policy().withOnePacket(true))));
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            byte[] sent = rig.clientSends(rig.request().udp(client, 7000)).getFirst();
            int server = IpFrame.destinationPort(sent);
            ports.add(server);
            int local = IpFrame.sourcePort(sent);
            byte[] back = rig.serverSends(rig.answer().udp(server, local)).getFirst();
            assertThat(IpFrame.sourcePort(back)).isEqualTo(7000);
        }
        assertThat(ports).containsOnly(7000, 9001);
    }

    @Test
    void aLimitOfTheServiceHoldsOverAllItsPorts() {
        VirtualService service = service(tcp("1000-2000"), 0);
        rig.apply(
                new Change.AddService(
                        service.withPolicy(
                                service.policy()
                                        .withLimits(
                                                service.policy().limits().withConnections(3)))));
        for (int i = 0; i < 3; i++) {
            assertThat(serverPort(1000 + i)).isEqualTo(1000 + i);
        }
        assertRefused(1003);
        assertThat(rig.count(Outcome.SERVICE_FULL)).isOne();
    }

    @Test
    void anErrorOfTheServerReachesTheClient() {
        rig.apply(new Change.AddService(service(key(Protocol.UDP, "0"), 0)));
        byte[] sent = rig.clientSends(rig.request().udp(client, 7000).payload("q")).getFirst();
        byte[] error =
                rig.serverSends(
                                families.servers
                                        .portUnreachable(rig.answer())
                                        .payload(Arrays.copyOfRange(sent, 14, sent.length)))
                        .getFirst();
        int quoted = IpFrame.transport(error) + 8;
        byte[] inner = new byte[14 + error.length - quoted];
        System.arraycopy(error, quoted, inner, 14, error.length - quoted);
        assertThat(IpFrame.destinationPort(inner)).isEqualTo(7000);
        assertThat(IpFrame.sourcePort(inner)).isEqualTo(client);
    }

    @Test
    void aCheckOfAServerWithoutAPortHasToSayWhichOne() {
        HealthCheck check = HealthCheck.builder(new TcpProbe()).build();
        HealthPolicy health = HealthPolicy.builder().checks(List.of(check)).build();
        VirtualService service = service(tcp("0"), 0);
        VirtualService checked = service.withPolicy(service.policy().withHealth(health));
        refuses(
                ErrorCode.INVALID_ARGUMENT,
                "has no port of its own",
                new Change.AddService(checked));
    }
}
