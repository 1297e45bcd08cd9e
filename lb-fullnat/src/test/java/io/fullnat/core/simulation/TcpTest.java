// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Connections from opening to end.
@ParameterizedClass
@EnumSource(HostFamily.class)
class TcpTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final HostFamily family;
    private final Endpoint serverEndpoint;
    private final TwoHosts hosts = TwoHosts.onGoodWire();

    TcpTest(HostFamily family) {
        this.family = family;
        serverEndpoint = family.server(80);
    }

    @AfterEach
    void close() {
        try (hosts) {
            hosts.assertClean();
        }
    }

    /// Writes down what it is told.
    private static final class Recorder implements TcpApplication {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final List<String> events = new ArrayList<>();

        @Override
        public void onOpen(TcpConnection connection) {
            events.add("open");
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            bytes.writeBytes(data);
        }

        @Override
        public void onPeerClosed(TcpConnection connection) {
            events.add("peer closed");
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd end) {
            events.add(end.toString());
        }
    }

    @Test
    void bytesGoThereAndBack() {
        Recorder recorder = new Recorder();
        hosts.server.tcp().listen(80, EchoApplication::new);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, recorder);
        byte[] bytes = Body.of(Seed.value(), 1_000_000);
        connection.send(bytes);
        connection.close();
        assertThatIllegalStateException().isThrownBy(() -> connection.send(new byte[1]));
        hosts.runUntil(() -> recorder.events.contains("ORDERLY"), MINUTE);
        assertThat(recorder.bytes.toByteArray()).isEqualTo(bytes);
        assertThat(connection.unacknowledgedBytes()).isZero();
    }

    @Test
    void theServerMayCloseFirst() {
        Recorder atServer = new Recorder();
        Recorder atClient = new Recorder();
        hosts.server.tcp().listen(80, () -> atServer);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, atClient);
        hosts.runUntil(() -> atServer.events.contains("open"), MINUTE);
        hosts.server.tcp().connections().getFirst().close();
        hosts.runUntil(() -> atClient.events.contains("peer closed"), MINUTE);
        assertThat(connection.state()).isEqualTo(TcpState.CLOSE_WAIT);
        connection.send("still here".getBytes(UTF_8));
        connection.close();
        hosts.run(MINUTE);
        assertThat(atServer.bytes.toString(UTF_8)).isEqualTo("still here");
        assertThat(atServer.events).containsExactly("open", "peer closed", "ORDERLY");
        assertThat(atClient.events).containsExactly("open", "peer closed", "ORDERLY");
        assertNoConnections();
    }

    @Test
    void bothMayCloseAtOnce() {
        try (TwoHosts far =
                TwoHosts.onBadWire(Seed.value(), wire -> wire.withDelay(10_000_000, 10_000_000))) {
            bothCloseAtOnce(far);
            far.assertClean();
        }
    }

    private void bothCloseAtOnce(TwoHosts hosts) {
        Recorder atServer = new Recorder();
        Recorder atClient = new Recorder();
        hosts.server.tcp().listen(80, () -> atServer);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, atClient);
        hosts.runUntil(() -> atServer.events.contains("open"), MINUTE);
        connection.close();
        TcpConnection other = hosts.server.tcp().connections().getFirst();
        other.close();
        hosts.runUntil(() -> connection.state() == TcpState.CLOSING, MINUTE);
        assertThat(other.state()).isEqualTo(TcpState.CLOSING);
        hosts.run(MINUTE);
        assertThat(atClient.events).containsExactly("open", "peer closed", "ORDERLY");
        assertThat(atServer.events).containsExactly("open", "peer closed", "ORDERLY");
        assertThat(hosts.client.tcp().connections()).isEmpty();
        assertThat(hosts.server.tcp().connections()).isEmpty();
    }

    @Test
    void aConnectionToNobodyIsReset() {
        Recorder recorder = new Recorder();
        hosts.client.tcp().connect(serverEndpoint, recorder);
        hosts.run(MINUTE);
        assertThat(recorder.events).containsExactly("RESET");
        assertThat(hosts.server.tcp().resetsSent()).isEqualTo(1);
        assertThat(hosts.client.tcp().resetsReceived()).isEqualTo(1);
        assertNoConnections();
    }

    @Test
    void anAbortResetsThePeer() {
        Recorder atServer = new Recorder();
        Recorder atClient = new Recorder();
        hosts.server.tcp().listen(80, () -> atServer);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, atClient);
        hosts.runUntil(() -> atServer.events.contains("open"), MINUTE);
        connection.abort();
        hosts.run(MINUTE);
        assertThat(atClient.events).containsExactly("open", "ABORTED");
        assertThat(atServer.events).containsExactly("open", "RESET");
        assertNoConnections();
    }

    @Test
    void aSilentPeerIsGivenUp() {
        Recorder recorder = new Recorder();
        hosts.server.tcp().listen(80, EchoApplication::new);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, recorder);
        hosts.runUntil(() -> recorder.events.contains("open"), MINUTE);
        hosts.io.wire("client").link(false);
        connection.send(new byte[1]);
        hosts.run(Duration.ofMinutes(2));
        assertThat(recorder.events).containsExactly("open", "TIMED_OUT");
        hosts.io.wire("client").link(true);
    }

    @Test
    void aTransferOutlivesAnOutage() {
        Recorder recorder = new Recorder();
        hosts.server.tcp().listen(80, EchoApplication::new);
        TcpConnection connection = hosts.client.tcp().connect(serverEndpoint, recorder);
        byte[] bytes = Body.of(Seed.value(), 300_000);
        connection.send(bytes);
        connection.close();
        hosts.runUntil(() -> recorder.bytes.size() > 0, MINUTE);
        hosts.io.wire("client").link(false);
        hosts.run(Duration.ofSeconds(5));
        hosts.io.wire("client").link(true);
        hosts.runUntil(() -> recorder.events.contains("ORDERLY"), MINUTE);
        assertThat(recorder.bytes.toByteArray()).isEqualTo(bytes);
        assertThat(hosts.client.counters().retransmissions()).isPositive();
    }

    @Test
    void portsInTimeWaitMayBeUsedAgain() {
        hosts.server.tcp().listen(80, Recorder::new);
        hosts.client.tcp().connect(40000, serverEndpoint, new Recorder());
        hosts.run(Duration.ofMillis(10));
        hosts.server.tcp().connections().getFirst().close();
        hosts.client.tcp().connections().getFirst().close();
        hosts.runUntil(() -> hosts.client.tcp().connections().isEmpty(), Duration.ofSeconds(3));

        boolean replaced = false;
        for (int attempt = 0; attempt < 8 && !replaced; attempt++) {
            Recorder recorder = new Recorder();
            hosts.client.tcp().connect(40000, serverEndpoint, recorder);
            hosts.run(Duration.ofMillis(10));
            replaced = recorder.events.contains("open");
            hosts.client.tcp().connections().forEach(TcpConnection::abort);
            hosts.run(Duration.ofMillis(10));
        }
        assertThat(replaced).as("a SYN with a later number opens a new connection").isTrue();
    }

    @Test
    void theServerSeesWhoConnects() {
        hosts.server.tcp().listen(80, EchoApplication::new);
        hosts.client.tcp().connect(40001, serverEndpoint, new Recorder());
        hosts.client.tcp().connect(40002, serverEndpoint, new Recorder());
        hosts.run(Duration.ofMillis(10));
        assertThat(hosts.server.tcp().peers())
                .containsExactly(family.client(40001), family.client(40002));
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> hosts.client.tcp().connect(40001, serverEndpoint, new Recorder()));
    }

    @Test
    void theServerReadsTheClientFromAnOption() {
        byte[] option = {(byte) 254, 8, (byte) 0x9C, 0x41, (byte) 192, 0, 2, 9};
        fromClient(toServer().flags(Tcp.ACK).tcpOptions(option));
        assertThat(hosts.server.tcp().announcedClients())
                .containsExactly(Endpoint.of("192.0.2.9", 40001));
    }

    @Test
    void theServerReadsAClientOfIpv6FromAnOption() {
        byte[] option = new byte[20];
        System.arraycopy(new byte[] {(byte) 254, 20, (byte) 0x9C, 0x41, 0x20, 1}, 0, option, 0, 6);
        option[19] = 9;
        fromClient(toServer().flags(Tcp.ACK).tcpOptions(option));
        assertThat(hosts.server.tcp().announcedClients())
                .containsExactly(Endpoint.of("2001::9", 40001));
    }

    @Test
    void brokenOptionsAreNoHarm() {
        fromClient(toServer().flags(Tcp.SYN).tcpOptions((byte) 2, (byte) 0, (byte) 5, (byte) 1));
        fromClient(toServer().flags(Tcp.SYN).tcpOptions((byte) 1, (byte) 1, (byte) 1, (byte) 254));
        fromClient(toServer().flags(Tcp.SYN).tcpOptions((byte) 254, (byte) 8, (byte) 1, (byte) 1));
        assertThat(hosts.server.tcp().announcedClients()).isEmpty();
    }

    @Test
    void aSmallerPathMtuIsLearnt() {
        Recorder recorder = new Recorder();
        hosts.server.tcp().listen(80, () -> recorder);
        TcpConnection connection =
                hosts.client.tcp().connect(40001, serverEndpoint, new Recorder());
        hosts.runUntil(() -> recorder.events.contains("open"), MINUTE);
        byte[] own = toServer().tcp(40001, 80).toBytes();
        new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers())
                .send(
                        family.tooBig(
                                        family.ip(
                                                PacketBuilder.ethernet(
                                                        "02:00:00:00:00:02", "02:00:00:00:00:01"),
                                                family.server,
                                                family.client),
                                        600)
                                .quoting(own, 8));
        hosts.client.doWork(hosts.clock.nanoTime());
        int segment = 600 - family.headerLength - Tcp.MIN_HEADER_LENGTH;
        connection.send(new byte[10 * segment]);
        hosts.client.doWork(hosts.clock.nanoTime());
        FrameEnd server = new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers());
        assertThat(server.receiveAll()).hasSize(10).allMatch(frame -> frame.length == 614);
        hosts.runUntil(() -> recorder.bytes.size() == 10 * segment, MINUTE);
        connection.abort();
    }

    @Test
    void equalAcknowledgementsRepeatWhatWasSentAlone() {
        Recorder recorder = new Recorder();
        hosts.server.tcp().listen(80, () -> recorder);
        TcpConnection connection =
                hosts.client.tcp().connect(40001, serverEndpoint, new Recorder());
        hosts.runUntil(() -> recorder.events.contains("open"), MINUTE);
        connection.send("sent".getBytes(UTF_8));
        hosts.client.doWork(hosts.clock.nanoTime());
        FrameEnd server = new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers());
        ByteBuffer lost = ByteBuffer.wrap(server.receiveAll().getLast());
        int l4 = 14 + family.headerLength;
        connection.send("!".getBytes(UTF_8)); // for which there is no window
        for (int i = 0; i < 4; i++) { // the first of them closes the window
            server.send(
                    family.ip(
                                    PacketBuilder.ethernet(
                                            "02:00:00:00:00:02", "02:00:00:00:00:01"),
                                    family.server,
                                    family.client)
                            .tcp(80, 40001)
                            .flags(Tcp.ACK)
                            .sequence(lost.getInt(l4 + 8))
                            .acknowledgement(lost.getInt(l4 + 4))
                            .window(0));
        }
        hosts.client.doWork(hosts.clock.nanoTime());
        assertThat(server.receiveAll())
                .as("the lost segment again, and no byte more")
                .singleElement()
                .satisfies(again -> assertThat(again).hasSize(lost.capacity()));
        hosts.runUntil(() -> connection.unacknowledgedBytes() == 0, MINUTE);
        assertThat(recorder.bytes.toString(UTF_8)).isEqualTo("sent!");
        connection.abort();
    }

    private PacketBuilder toServer() {
        return family.ip(
                        PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02"),
                        family.client,
                        family.server)
                .tcp(40000, 80);
    }

    private void fromClient(PacketBuilder frame) {
        new FrameEnd(hosts.io.wire("client").near(), hosts.io.buffers()).send(frame);
        hosts.run(Duration.ofMillis(5));
    }

    private void assertNoConnections() {
        assertThat(hosts.client.tcp().connections()).isEmpty();
        assertThat(hosts.server.tcp().connections()).isEmpty();
    }
}
