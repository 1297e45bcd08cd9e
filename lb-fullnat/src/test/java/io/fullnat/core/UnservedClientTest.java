// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a client hears, byte by byte, that a service cannot serve: a reset, or an ICMP error (RFC
/// 1812 §5.2.7.1), unless the service is to say nothing. Each for a packet that the fast path
/// prepares and for one with IP options, which takes the slow path.
class UnservedClientTest {
    private static final byte[] NO_OPERATION = {1, 1, 1, 1};
    private static final int SEQUENCE = 0xFFFF_FFFE;

    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    /// Why a client is not served, how that comes, and the code of the ICMP error.
    enum Reason {
        ACCESS_DENIED(Outcome.ACCESS_DENIED, Icmp.CODE_ADMINISTRATIVELY_PROHIBITED) {
            @Override
            Stream<Change> changes(ServiceKey key, Endpoint server) {
                return Stream.of(
                        new Change.AddAccessRule(
                                key,
                                new AccessRule(
                                        AccessRule.Action.DENY,
                                        IpPrefix.parse("198.51.100.0/24"))));
            }
        },
        SERVER_REMOVED(Outcome.NO_REAL_SERVER, Icmp.CODE_PORT_UNREACHABLE) {
            @Override
            Stream<Change> changes(ServiceKey key, Endpoint server) {
                return Stream.of(new Change.RemoveRealServer(key, server));
            }
        },
        SERVER_OF_NO_WEIGHT(Outcome.NO_REAL_SERVER, Icmp.CODE_PORT_UNREACHABLE) {
            @Override
            Stream<Change> changes(ServiceKey key, Endpoint server) {
                return Stream.of(
                        new Change.EditRealServer(key, RealServer.of(server).withWeight(0)));
            }
        },
        LOCAL_ADDRESS_REMOVED(Outcome.NO_LOCAL_ADDRESS, Icmp.CODE_PORT_UNREACHABLE) {
            @Override
            Stream<Change> changes(ServiceKey key, Endpoint server) {
                return Stream.of(
                        new Change.RemoveLocalAddress(key, IpAddress.parse(Rig.LOCAL), false));
            }
        },
        NO_ROUTE(Outcome.NO_ROUTE, Icmp.CODE_HOST_UNREACHABLE) {
            @Override
            Stream<Change> changes(ServiceKey key, Endpoint server) {
                return Stream.of(
                        new Change.RemoveRealServer(key, server),
                        new Change.AddRealServer(key, RealServer.of("172.16.0.9", 80)));
            }
        };

        final Outcome outcome;
        final int code;

        Reason(Outcome outcome, int code) {
            this.outcome = outcome;
            this.code = code;
        }

        abstract Stream<Change> changes(ServiceKey key, Endpoint server);
    }

    private void cause(Reason reason) {
        rig.configured();
        if (reason == Reason.NO_ROUTE) {
            rig.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0")));
        }
        Stream.of(Rig.TCP, Rig.UDP)
                .flatMap(key -> reason.changes(key, server(key)))
                .forEach(rig::apply);
        rig.out();
    }

    private static Endpoint server(ServiceKey key) {
        return Endpoint.of(Rig.SERVER, key.equals(Rig.TCP) ? 8080 : 5353);
    }

    private static Stream<Arguments> reasonsBothWays() {
        return Arrays.stream(Reason.values())
                .flatMap(reason ->
                        Stream.of(Arguments.of(reason, true), Arguments.of(reason, false)));
    }

    private static PacketBuilder packet(boolean plain) {
        return plain ? fromClient() : fromClient().ipOptions(NO_OPERATION);
    }

    private static byte[] resetOf(int port, int acknowledgement) {
        return padded(
                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                        .ipv4(Rig.VIP, Rig.CLIENT)
                        .dontFragment()
                        .tcp(port, 40000)
                        .flags(Tcp.RST | Tcp.ACK)
                        .sequence(0)
                        .acknowledgement(acknowledgement)
                        .window(0));
    }

    private static byte[] errorAbout(byte[] packet, int code) {
        return padded(
                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                        .ipv4(Rig.VIP, Rig.CLIENT)
                        .dontFragment()
                        .icmp(Icmp.TYPE_DESTINATION_UNREACHABLE, code, 0)
                        .quoting(packet, packet.length));
    }

    private static byte[] padded(PacketBuilder frame) {
        byte[] bytes = frame.toBytes();
        return Arrays.copyOf(bytes, Math.max(60, bytes.length));
    }

    @ParameterizedTest
    @MethodSource("reasonsBothWays")
    void aSynIsReset(Reason reason, boolean plain) {
        cause(reason);

        List<byte[]> answers =
                rig.clientSends(packet(plain).tcp(40000, 80).flags(Tcp.SYN).sequence(SEQUENCE));

        // RFC 9293 3.10.7.1: sequence 0, the segment's length acknowledged, SYN counted.
        assertThat(answers).containsExactly(resetOf(80, SEQUENCE + 1));
        assertThat(rig.count(reason.outcome)).isOne();
        assertThat(rig.count(Counter.TCP_RESETS)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isZero();
    }

    @ParameterizedTest
    @MethodSource("reasonsBothWays")
    void aSynWithDataIsResetWithAllOfItAcknowledged(Reason reason, boolean plain) {
        cause(reason);

        List<byte[]> answers =
                rig.clientSends(
                        packet(plain)
                                .tcp(40000, 80)
                                .flags(Tcp.SYN | Tcp.PSH)
                                .sequence(SEQUENCE)
                                .tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 0xB4)
                                .payload("early")
                                .padding(2));

        assertThat(answers).containsExactly(resetOf(80, SEQUENCE + 6));
    }

    @ParameterizedTest
    @MethodSource("reasonsBothWays")
    void aDatagramIsAnsweredByAnIcmpError(Reason reason, boolean plain) {
        cause(reason);
        byte[] packet = packet(plain).udp(40000, 53).payload("who is there?").toBytes();

        rig.client.send(packet);
        rig.run();

        assertThat(rig.out()).containsExactly(errorAbout(packet, reason.code));
        assertThat(rig.count(reason.outcome)).isOne();
        assertThat(rig.count(Counter.ICMP_ERRORS)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isZero();
    }

    @ParameterizedTest
    @MethodSource("reasonsBothWays")
    void aServiceThatDropsSaysNothing(Reason reason, boolean plain) {
        cause(reason);
        for (ServiceKey key : List.of(Rig.TCP, Rig.UDP)) {
            rig.apply(
                    new Change.SetPolicy(
                            key, ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.DROP)));
        }

        assertThat(rig.clientSends(packet(plain).tcp(40000, 80).flags(Tcp.SYN))).isEmpty();
        assertThat(rig.clientSends(packet(plain).udp(40000, 53))).isEmpty();

        assertThat(rig.count(reason.outcome)).isEqualTo(2);
        assertThat(rig.count(Counter.ERRORS_SUPPRESSED)).isZero();

        rig.apply(new Change.SetPolicy(Rig.TCP, ServicePolicy.DEFAULT));
        assertThat(rig.clientSends(packet(plain).tcp(40000, 80).flags(Tcp.SYN))).hasSize(1);
    }

    /// Limits of one connection, or of one that begins.
    enum Limit {
        SERVICE(Outcome.SERVICE_FULL),
        CLIENT(Outcome.CLIENT_FULL),
        NETWORK(Outcome.NETWORK_FULL),
        RATE(Outcome.RATE_LIMITED),
        NETWORK_RATE(Outcome.NETWORK_RATE_LIMITED),
        SERVERS(Outcome.SERVERS_FULL);

        final Outcome outcome;

        Limit(Outcome outcome) {
            this.outcome = outcome;
        }

        ServiceLimits limits() {
            Optional<ConnectionRate> one = Optional.of(ConnectionRate.parse("1,1"));
            return switch (this) {
                case SERVICE -> ServiceLimits.NONE.withConnections(1);
                case CLIENT -> ServiceLimits.NONE.withPerClient(1);
                case NETWORK -> ServiceLimits.NONE.withPerNetwork(1);
                case RATE -> ServiceLimits.NONE.withRate(one);
                case NETWORK_RATE -> ServiceLimits.NONE.withRatePerNetwork(one);
                case SERVERS -> ServiceLimits.NONE;
            };
        }
    }

    private void limit(Limit limit) {
        rig.configured();
        for (ServiceKey key : List.of(Rig.TCP, Rig.UDP)) {
            rig.apply(new Change.SetPolicy(key, ServicePolicy.DEFAULT.withLimits(limit.limits())));
            if (limit == Limit.SERVERS) {
                rig.apply(
                        new Change.EditRealServer(
                                key,
                                RealServer.of(server(key)).toBuilder().maxConnections(1).build()));
            }
        }
        rig.out();
    }

    /// The connection that has the place goes on, its first segment said again included.
    @ParameterizedTest
    @EnumSource(Limit.class)
    void aSynBeyondALimitIsResetHoweverOften(Limit limit) {
        limit(limit);
        PacketBuilder first = fromClient().tcp(41000, 80).flags(Tcp.SYN).sequence(1);
        PacketBuilder second = fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(SEQUENCE);
        rig.client.send(first);
        rig.run();
        assertThat(rig.server.receiveAll()).hasSize(1);

        for (int time = 1; time <= 2; time++) {
            assertThat(rig.clientSends(second)).containsExactly(resetOf(80, SEQUENCE + 1));
            assertThat(rig.count(limit.outcome)).isEqualTo(time);
        }
        rig.client.send(first);
        rig.run();
        assertThat(rig.server.receiveAll()).hasSize(1);
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
    }

    @ParameterizedTest
    @EnumSource(Limit.class)
    void aDatagramBeyondALimitIsAnsweredByAnIcmpError(Limit limit) {
        limit(limit);
        byte[] packet = fromClient().udp(40000, 53).payload("x").toBytes();
        rig.client.send(fromClient().udp(41000, 53));
        rig.run();
        assertThat(rig.server.receiveAll()).hasSize(1);

        rig.client.send(packet);
        rig.run();

        assertThat(rig.out()).containsExactly(errorAbout(packet, Icmp.CODE_PORT_UNREACHABLE));
        assertThat(rig.count(limit.outcome)).isOne();
    }

    /// Answers keep the order of the burst and leave the others in it alone.
    @Test
    void othersOfTheSameBurstAreForwarded() {
        cause(Reason.SERVER_REMOVED);
        rig.apply(new Change.AddRealServer(Rig.UDP, RealServer.of(Rig.SERVER, 5353)));

        for (int i = 0; i < 10; i++) {
            rig.client.send(fromClient().udp(41000 + i, 53).payload("served"));
            rig.client.send(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(SEQUENCE));
        }
        rig.run();

        assertThat(rig.server.receiveAll()).hasSize(10);
        assertThat(rig.client.receiveAll())
                .hasSize(10)
                .allSatisfy(reset -> assertThat(reset).isEqualTo(resetOf(80, SEQUENCE + 1)));
    }

    /// Both services' connections are in use, so that none gives way.
    @Test
    void aFullTableIsTold() {
        rig.close();
        rig = new Rig(1, 8).configured();
        for (int i = 0; i < 8; i++) {
            converseOverUdp(41000 + i);
            connect(41000 + i);
        }
        long refused = rig.count(Outcome.TABLE_FULL);
        assertThat(refused).as("beyond a table of 8").isGreaterThanOrEqualTo(8);

        assertThat(rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(SEQUENCE)))
                .containsExactly(resetOf(80, SEQUENCE + 1));
        byte[] packet = fromClient().udp(40000, 53).payload("x").toBytes();
        rig.client.send(packet);
        rig.run();
        assertThat(rig.out()).containsExactly(errorAbout(packet, Icmp.CODE_PORT_UNREACHABLE));
        assertThat(rig.count(Outcome.TABLE_FULL)).isEqualTo(refused + 2);
    }

    /// A client that goes on after the server's answer, if its question came so far.
    private void converseOverUdp(int port) {
        rig.client.send(fromClient().udp(port, 53));
        rig.run();
        for (byte[] question : rig.server.receiveAll()) {
            rig.server.send(Rig.fromServer().udp(5353, sourcePort(question)));
            rig.run();
            rig.client.send(fromClient().udp(port, 53));
            rig.run();
        }
        rig.out();
    }

    /// A handshake, if its first segment came so far.
    private void connect(int port) {
        rig.client.send(fromClient().tcp(port, 80).flags(Tcp.SYN).sequence(1));
        rig.run();
        for (byte[] syn : rig.server.receiveAll()) {
            int sequence = ByteBuffer.wrap(syn).getInt(38);
            rig.server.send(
                    Rig.fromServer()
                            .tcp(8080, sourcePort(syn))
                            .flags(Tcp.SYN | Tcp.ACK)
                            .sequence(99)
                            .acknowledgement(sequence + 1));
            rig.run();
            rig.client.send(
                    fromClient().tcp(port, 80).flags(Tcp.ACK).sequence(2).acknowledgement(100));
            rig.run();
        }
        rig.out();
    }

    private static int sourcePort(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(34) & 0xFFFF;
    }

    @Test
    void usedUpLocalPortsAreTold() {
        rig.close();
        rig = new Rig(1, 1 << 17).configured();
        for (int port = 1024; rig.count(Outcome.NO_LOCAL_PORT) == 0; port++) {
            assertThat(port).isLessThan(65_536);
            converseOverUdp(port);
        }
        byte[] packet = fromClient().udp(700, 53).payload("x").toBytes();
        rig.client.send(packet);
        rig.run();

        assertThat(rig.out()).containsExactly(errorAbout(packet, Icmp.CODE_PORT_UNREACHABLE));
    }

    @ParameterizedTest
    @EnumSource(ServicePolicy.Refusal.class)
    void unusedPortsAreRefusedOrSilent(ServicePolicy.Refusal refusal) {
        rig.close();
        rig = Rig.with(options -> options.unusedPorts(refusal)).configured();
        byte[] datagram = fromClient().udp(40000, 54).toBytes();
        byte[] sctp = fromClient().protocol(132).payload("0123456789abcdef").toBytes();

        List<byte[]> reset =
                rig.clientSends(fromClient().tcp(40000, 81).flags(Tcp.SYN).sequence(SEQUENCE));
        rig.client.send(datagram);
        rig.client.send(sctp);
        rig.run();
        List<byte[]> errors = rig.out();

        assertThat(rig.count(Outcome.NO_SERVICE)).isEqualTo(2);
        assertThat(rig.count(Outcome.UNKNOWN_PROTOCOL)).isOne();
        if (refusal == ServicePolicy.Refusal.DROP) {
            assertThat(reset).isEmpty();
            assertThat(errors).isEmpty();
        } else {
            assertThat(reset).containsExactly(resetOf(81, SEQUENCE + 1));
            assertThat(errors)
                    .containsExactly(
                            errorAbout(datagram, Icmp.CODE_PORT_UNREACHABLE),
                            errorAbout(sctp, Icmp.CODE_PROTOCOL_UNREACHABLE));
        }
        assertThat(rig.clientSends(fromClient().udp(40000, 53))).as("a used port").hasSize(1);
    }

    @Test
    void otherHostsAreNotSpokenFor() {
        rig.configured();

        assertThat(
                        rig.clientSends(
                                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                                        .ipv4(Rig.CLIENT, "192.0.2.77")
                                        .protocol(132)
                                        .payload("0123456789abcdef")))
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("timesToLive")
    void aPacketWhoseTimeIsUpOpensNoConnection(int timeToLive, boolean plain, boolean tcp) {
        rig.configured();
        PacketBuilder builder = packet(plain).timeToLive(timeToLive);
        byte[] packet =
                (tcp ? builder.tcp(40000, 80).flags(Tcp.SYN) : builder.udp(40000, 53)).toBytes();

        rig.client.send(packet);
        rig.run();

        assertThat(rig.out())
                .containsExactly(
                        padded(
                                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                        .ipv4(Rig.VIP, Rig.CLIENT)
                                        .dontFragment()
                                        .icmp(11, 0, 0)
                                        .quoting(packet, packet.length)));
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isZero();
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }

    private static Stream<Arguments> timesToLive() {
        return Stream.of(0, 1)
                .flatMap(time ->
                        Stream.of(true, false)
                                .flatMap(plain ->
                                        Stream.of(true, false)
                                                .map(tcp -> Arguments.of(time, plain, tcp))));
    }

    /// A SYN on a closing connection begins a new one, unless its time is up.
    @Test
    void aPacketWhoseTimeIsUpEndsNoConnection() {
        rig.configured();
        rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(1));
        rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.RST).sequence(2));
        rig.apply(
                new Change.EditRealServer(Rig.TCP, RealServer.of(Rig.SERVER, 8080).withWeight(0)));
        long connections = rig.count(Counter.CONNECTIONS);
        assertThat(connections).isOne();

        rig.clientSends(fromClient().timeToLive(1).tcp(40000, 80).flags(Tcp.SYN).sequence(9));

        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(connections);
    }
}
