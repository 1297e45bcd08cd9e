// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Connection ids of QUIC name servers: packets of a client that has moved go on to its server,
/// from a new connection of the balancer. The servers are four ports of one host.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class QuicTest {
    private static final int WORKERS = 4;
    private static final int FIRST_PORT = 4_433;
    private static final int SERVERS = 4;
    private static final String CONFIG = "config 1 server-id 2 nonce 4";

    /// Bytes behind an id, as a packet without them is none.
    private static final String REST = "00".repeat(24);

    private final FamilyPair families;
    private final Rig rig;
    private int port = 20_000;

    QuicTest(FamilyPair families) {
        this.families = families;
        rig = Rig.of(families, WORKERS, 1 << 12).configured();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private VirtualService service(String scheduler) {
        VirtualService service =
                VirtualService.of(rig.udp)
                        .withScheduler(scheduler)
                        .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"));
        for (int i = 0; i < SERVERS; i++) {
            service = service.withRealServer(server(i));
        }
        return service;
    }

    private RealServer server(int number) {
        return RealServer.of(families.servers().getFirst(), FIRST_PORT + number).toBuilder()
                .quicIds(List.of("ab%02x".formatted(number)))
                .build();
    }

    private static ServicePolicy policy(String line) {
        return ServicePolicy.DEFAULT.withQuic(QuicRouting.parse(List.of(line)));
    }

    private void with(UnaryOperator<VirtualService> edit) {
        rig.apply(new Change.ReplaceService(edit.apply(service("mh").withPolicy(policy(CONFIG)))));
    }

    private void withServer(int number, UnaryOperator<RealServer.Builder> edit) {
        with(service -> {
            List<RealServer> servers = new ArrayList<>(service.realServers());
            servers.set(number, edit.apply(servers.get(number).toBuilder()).build());
            return service.withRealServers(servers);
        });
    }

    /// The id of a server, other in each packet but for what names the server.
    private static String id(int number, int nonce) {
        return "2aab%02x%08x".formatted(number, nonce);
    }

    private static String shortPacket(String id) {
        return "40" + id + REST;
    }

    private static String longPacket(String head, String id) {
        return head + "%02x".formatted(id.length() / 2) + id + REST;
    }

    private byte[] send(PacketBuilder packet, int sourcePort, String payload) {
        List<byte[]> out =
                rig.clientSends(
                        packet.udp(sourcePort, 53).payload(HexFormat.of().parseHex(payload)));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    /// The server to which a packet from a new port goes.
    private int server(String payload) {
        port++;
        return IpFrame.destinationPort(send(rig.request(), port, payload)) - FIRST_PORT;
    }

    @Test
    void aShortHeaderFromANewPortGoesToTheServerThatItNames() {
        with(service -> service);
        for (int number = 0; number < SERVERS; number++) {
            for (int nonce = 0; nonce < 8; nonce++) {
                assertThat(server(shortPacket(id(number, nonce)))).isEqualTo(number);
            }
        }
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isEqualTo(8 * SERVERS);
        assertThat(rig.count(Counter.QUIC_IDS_UNKNOWN)).isZero();
        for (int worker = 0; worker < WORKERS; worker++) {
            assertThat(rig.balancer.counters().get(worker, Counter.QUIC_IDS_FOLLOWED))
                    .as("of worker %d", worker)
                    .isPositive();
        }
    }

    @Test
    void handshakePacketsOfBothVersionsGoThereToo() {
        with(service -> service);
        assertThat(server(longPacket("e000000001", id(2, 1)))).isEqualTo(2);
        assertThat(server(longPacket("f06b3343cf", id(3, 1)))).isEqualTo(3);
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isEqualTo(2);
    }

    private int lastByte() {
        return (int) IpAddress.parse(families.servers().getFirst()).low() & 0xFF;
    }

    /// DPVS's layout: the last byte of the address and the port.
    @Test
    void theLayoutOfDpvs() {
        with(service -> service.withPolicy(policy("dpvs")).withRealServers(withoutIds(service)));
        for (int number = 0; number < SERVERS; number++) {
            String address = "%02x".formatted(lastByte());
            String id = "a51" + address + "%04x".formatted(FIRST_PORT + number) + "123456789";
            assertThat(server(shortPacket(id))).isEqualTo(number);
            assertThat(server(longPacket("e000000001", id))).isEqualTo(number);
        }
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isEqualTo(2 * SERVERS);
    }

    /// S13: rebinding. Same id, other port: the same server by a new mapping; what that answers
    /// goes to the new port, what the old mapping gets still to the old one, until it has timed
    /// out.
    @Test
    void aClientThatMovesGetsItsAnswersAtTheNewPort() {
        with(service -> service);
        byte[] first = send(rig.request(), 5_001, longPacket("c000000001", "0011223344556677"));
        int number = IpFrame.destinationPort(first) - FIRST_PORT;
        byte[] moved = send(rig.request(), 5_002, shortPacket(id(number, 7)));
        String other = families.clients.stranger(77);
        byte[] away = send(rig.requestFrom(other), 5_003, shortPacket(id(number, 8)));

        assertThat(List.of(IpFrame.destinationPort(moved), IpFrame.destinationPort(away)))
                .containsOnly(FIRST_PORT + number);
        assertThat(IpFrame.sourcePort(moved)).isNotEqualTo(IpFrame.sourcePort(first));
        assertAnswered(moved, families.clients.client, 5_002);
        assertAnswered(first, families.clients.client, 5_001);
        assertAnswered(away, other, 5_003);
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(3);
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isEqualTo(2);

        rig.pass(Duration.ofHours(1));
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }

    private void assertAnswered(byte[] request, String client, int clientPort) {
        List<byte[]> answer =
                rig.serverSends(
                        rig.answer()
                                .udp(
                                        /* sourcePort= */ IpFrame.destinationPort(request),
                                        /* destinationPort= */ IpFrame.sourcePort(request)));
        assertThat(answer).hasSize(1);
        assertThat(IpFrame.destination(answer.getFirst())).isEqualTo(IpAddress.parse(client));
        assertThat(IpFrame.destinationPort(answer.getFirst())).isEqualTo(clientPort);
    }

    /// S14: what a router on the way to the client says of a packet of the server, in which no id
    /// of the server stands, reaches that server by the connection that it belongs to.
    @Test
    void aPacketThatWasTooBigIsReportedToItsServer() {
        with(service -> service);
        byte[] moved = send(rig.request(), 5_002, shortPacket(id(3, 7)));
        byte[] answer =
                rig.serverSends(
                                rig.answer()
                                        .udp(
                                                /* sourcePort= */ IpFrame.destinationPort(moved),
                                                /* destinationPort= */ IpFrame.sourcePort(moved))
                                        .payload(new byte[1_300]))
                        .getFirst();
        boolean ipv6 = IpFrame.isIpv6(answer);
        List<byte[]> out =
                rig.clientSends(
                        rig.request().icmp(ipv6 ? 2 : 3, ipv6 ? 0 : 4, 1_290).quoting(answer, 64));

        assertThat(out).hasSize(1);
        byte[] told = out.getFirst();
        assertThat(IpFrame.destination(told))
                .isEqualTo(IpAddress.parse(families.servers().getFirst()));
        int quoted = IpFrame.transport(told) + 8 + (IpFrame.isIpv6(told) ? 40 : 20);
        assertThat(ByteBuffer.wrap(told).getShort(quoted) & 0xFFFF)
                .as("the server's port")
                .isEqualTo(FIRST_PORT + 3);
        assertThat(ByteBuffer.wrap(told).getShort(quoted + 2) & 0xFFFF)
                .isEqualTo(IpFrame.sourcePort(moved));
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isOne();
    }

    /// S11: whatever the first byte is, whatever the id lacks, one server: the scheduler's.
    @Test
    void whatNamesNoServerGoesToOneServer() {
        with(service -> service);
        Set<Integer> chosen = new HashSet<>();
        for (int first = 0; first < 256; first++) {
            chosen.add(server("%02x".formatted(first) + "ff".repeat(30)));
            chosen.add(server("%02x".formatted(first)));
            chosen.add(server("%02x0000000100".formatted(first))); // zero-length
            chosen.add(server("%020x".formatted(0xE0_0000_0001L << 40 | first)));
        }
        chosen.add(server("")); // no payload
        chosen.add(server(shortPacket("e0ab00" + "00000000"))); // of no configuration
        chosen.add(server(longPacket("8000000000", "e0ab0000000000"))); // version negotiation
        assertThat(chosen).hasSize(1);
        assertThat(rig.count(Outcome.NO_REAL_SERVER)).isZero();
    }

    /// S12: an id that names no server, or one that is gone, is scheduled, and counted.
    @Test
    void unknownAndRemovedServersAreScheduledAndCounted() {
        with(service -> service);
        int fallback = server(shortPacket(id(200, 1)));
        assertThat(rig.count(Counter.QUIC_IDS_UNKNOWN)).isOne();
        int other = (fallback + 1) % SERVERS;
        assertThat(server(shortPacket(id(other, 1)))).isEqualTo(other);
        assertThat(rig.count(Counter.QUIC_IDS_UNKNOWN)).isOne();

        with(service ->
                service.withRealServers(
                        service.realServers().stream()
                                .filter(one -> !one.equals(server(other)))
                                .toList()));
        Set<Integer> chosen = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            chosen.add(server(shortPacket(id(other, i))));
        }
        assertThat(chosen).hasSize(1).doesNotContain(other);
        assertThat(rig.count(Counter.QUIC_IDS_UNKNOWN)).isEqualTo(9);
        assertThat(rig.count(Counter.QUIC_IDS_UNSERVED)).isZero();
    }

    /// A server with the weight 0 keeps its connections, also those that move; what a client may
    /// have made up gives it no new one.
    @Test
    void weight0KeepsClientsThatMoveAndGetsNoNewOnes() {
        with(service -> service);
        int fallback = server(longPacket("c000000001", "0011223344556677"));
        int quiet = (fallback + 1) % SERVERS;
        assertThat(server(longPacket("c000000001", id(quiet, 1)))).isEqualTo(quiet);

        withServer(quiet, server -> server.weight(0));
        assertThat(server(shortPacket(id(quiet, 2)))).isEqualTo(quiet);
        assertThat(server(longPacket("e000000001", id(quiet, 3)))).isEqualTo(quiet);
        assertThat(server(longPacket("c000000001", id(quiet, 4)))).isNotEqualTo(quiet);
        assertThat(rig.count(Counter.QUIC_IDS_UNSERVED)).isZero();

        with(service ->
                service.withPolicy(service.policy().withExpiresQuiescent(true))
                        .withRealServers(
                                service.realServers().stream()
                                        .map(one ->
                                                one.equals(server(quiet)) ? one.withWeight(0) : one)
                                        .toList()));
        assertThat(server(shortPacket(id(quiet, 5)))).isNotEqualTo(quiet);
        assertThat(rig.count(Counter.QUIC_IDS_UNSERVED)).isOne();
    }

    @Test
    void aServerThatIsDownGetsNobody() {
        with(service -> service);
        CompletableFuture<Void> down =
                rig.balancer
                        .control()
                        .reportHealth(rig.udp, server(2).endpoint(), false, "switched off", 1);
        rig.run();
        assertThat(down).isCompleted();

        assertThat(server(shortPacket(id(2, 1)))).isNotEqualTo(2);
        assertThat(server(longPacket("c000000001", id(2, 2)))).isNotEqualTo(2);
        assertThat(rig.count(Counter.QUIC_IDS_UNSERVED)).isOne();
    }

    /// A limit holds for those that move, too.
    @Test
    void aFullServerGetsNoMore() {
        with(service -> service);
        int full = (server(longPacket("c000000001", "0011223344556677")) + 1) % SERVERS;
        withServer(full, server -> server.maxConnections(3));
        for (int i = 0; i < 3; i++) {
            assertThat(server(shortPacket(id(full, i)))).isEqualTo(full);
        }
        assertThat(server(shortPacket(id(full, 4)))).isNotEqualTo(full);
        assertThat(rig.count(Counter.QUIC_IDS_UNSERVED)).isOne();
    }

    /// S09: persistence and hashing by address agree, also where an id has led a client elsewhere.
    @Test
    void persistenceYieldsToIdsAndKeepsItsTemplate() {
        with(service ->
                service.withPolicy(
                        service.policy()
                                .withPersistence(
                                        Optional.of(Persistence.of(Duration.ofMinutes(5))))));
        String first = longPacket("c000000001", "0011223344556677");
        int home = server(first);
        int other = (home + 1) % SERVERS;
        assertThat(server(shortPacket(id(other, 1)))).isEqualTo(other);
        assertThat(server(first)).isEqualTo(home);
        assertThat(server(longPacket("c000000001", "8899aabbccddeeff"))).isEqualTo(home);
        assertThat(rig.count(Counter.TEMPLATES_CREATED)).isOne();
    }

    /// A datagram whose UDP header says more than the packet has is none; of a fragment what is
    /// there is read.
    @Test
    void nothingIsReadBehindThePacket() {
        with(service -> service);
        for (int length = 0; length < 8; length++) {
            server(shortPacket(id(2, 1)).substring(0, 2 * length));
        }
        assertThat(rig.count(Counter.QUIC_IDS_FOLLOWED)).isZero();
        assertThat(server(shortPacket(id(2, 1)).substring(0, 16))).isEqualTo(2);
    }

    private void hashed(String options) {
        ServicePolicy policy =
                ServicePolicy.DEFAULT.withSchedulerOptions(
                        "".equals(options)
                                ? Map.of("hash", "quic")
                                : Map.of("hash", "quic", "id-bytes", options));
        VirtualService service = service("mh").withPolicy(policy);
        rig.apply(new Change.ReplaceService(service.withRealServers(withoutIds(service))));
    }

    /// Ids are for QUIC-LB alone.
    private static List<RealServer> withoutIds(VirtualService service) {
        return service.realServers().stream()
                .map(server -> server.toBuilder().quicIds(List.of()).build())
                .toList();
    }

    /// `hash=quic`: the id alone decides, wherever it stands, and from whatever address it comes.
    @Test
    void theSchedulerHashesConnectionIds() {
        hashed("");
        Set<Integer> used = new HashSet<>();
        for (int i = 0; i < 64; i++) {
            String id = "%016x".formatted(i * 0x9E37_79B9_7F4A_7C15L);
            int chosen = server(shortPacket(id));
            used.add(chosen);
            assertThat(server(longPacket("c000000001", id))).isEqualTo(chosen);
            assertThat(server(longPacket("d06b3343cf", id + "55"))).isEqualTo(chosen);
            byte[] other =
                    send(rig.requestFrom(families.clients.stranger(i)), 999, shortPacket(id));
            assertThat(IpFrame.destinationPort(other) - FIRST_PORT).isEqualTo(chosen);
        }
        assertThat(used).hasSize(SERVERS);
        assertThat(server("")).isEqualTo(server("")); // by address
        assertThat(rig.count(Counter.QUIC_IDS_UNKNOWN)).isZero();
    }

    @Test
    void asManyBytesAreHashedAsAreSaid() {
        hashed("4");
        Set<Integer> chosen = new HashSet<>();
        for (int i = 0; i < 32; i++) {
            chosen.add(server(shortPacket("01020304%08x".formatted(i * 0x1234567))));
        }
        assertThat(chosen).hasSize(1);
        hashed("20");
        for (int i = 0; i < 32; i++) {
            chosen.add(server(longPacket("c000000001", "00".repeat(18) + "%04x".formatted(i))));
        }
        assertThat(chosen).hasSize(SERVERS);
    }

    @Test
    void onlyServicesOfUdpHaveConnectionIds() {
        assertRefused(
                "only services of UDP",
                () -> VirtualService.of(rig.tcp).withPolicy(policy(CONFIG)));
        assertRefused(
                "has many packets",
                () -> VirtualService.of(rig.udp).withPolicy(policy(CONFIG).withOnePacket(true)));
        assertRefused(
                "is that of another",
                () ->
                        service("mh")
                                .withPolicy(policy(CONFIG))
                                .withRealServer(
                                        RealServer.of(families.servers().getFirst(), 9).toBuilder()
                                                .quicIds(List.of("ab00"))
                                                .build()));
        assertRefused(
                "is for services of UDP",
                () ->
                        applied(
                                new Change.ReplaceService(
                                        VirtualService.of(rig.tcp)
                                                .withScheduler("mh")
                                                .withPolicy(
                                                        ServicePolicy.DEFAULT.withSchedulerOptions(
                                                                Map.of("hash", "quic"))))));
    }

    private void applied(Change change) {
        try {
            rig.apply(change);
        } catch (CompletionException refused) {
            throw (BalancerException) refused.getCause();
        }
    }

    private static void assertRefused(String why, Runnable edit) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(edit::run)
                .matches(refusal -> refusal.code() == ErrorCode.INVALID_ARGUMENT)
                .withMessageContaining(why);
    }
}
