// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Timestamps of a simulated TCP: between two hosts, and towards a peer whose segments are made by
/// hand.
class TimestampsTest {
    private static final int TCP = 14 + HostFamily.IPV4.headerLength;
    private static final int PEERS = -3; // wraps

    private static final class Recorder implements TcpApplication {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        @Nullable TcpEnd end;

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            bytes.writeBytes(data);
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd how) {
            end = how;
        }
    }

    @ParameterizedTest(name = "wrap: {0}")
    @ValueSource(booleans = {false, true})
    void streamsArriveAndEachEchoWasSent(boolean wrap) {
        try (TwoHosts hosts =
                TwoHosts.onBadWire(
                        Seed.value(),
                        wire ->
                                wire.withLoss(0.05)
                                        .withDuplication(0.05)
                                        .withDelay(0, 9_000_000))) {
            for (SimulatedHost host : List.of(hosts.client, hosts.server)) {
                host.tcp().useTimestamps();
                if (wrap) {
                    host.tcp().wrapSoon();
                }
            }
            hosts.server.tcp().listen(80, EchoApplication::new);
            Recorder recorder = new Recorder();
            TcpConnection connection =
                    hosts.client.tcp().connect(HostFamily.IPV4.server(80), recorder);
            byte[] bytes = Body.of(Seed.value(), 500_000);
            connection.send(bytes);
            connection.close();
            hosts.runUntil(() -> recorder.end != null, Duration.ofMinutes(5));
            assertThat(recorder.end).isEqualTo(TcpEnd.ORDERLY);
            assertThat(recorder.bytes.toByteArray()).isEqualTo(bytes);
            hosts.assertClean();
            for (SimulatedHost host : List.of(hosts.client, hosts.server)) {
                assertThat(host.counters().unstamped()).isZero();
                assertThat(host.counters().wrongEchoes()).isZero();
                assertThat(host.counters().oldSegments()).as("the wire reorders").isPositive();
            }
        }
    }

    private static byte words(int count) {
        return (byte) (count << 4);
    }

    @Test
    void oneAloneHasNone() {
        try (Hand hand = new Hand()) {
            ByteBuffer syn = hand.sent();
            assertThat(syn.get(TCP + 12)).as("words of the header").isEqualTo(words(5 + 3 + 1));
            hand.answer(Tcp.SYN | Tcp.ACK, 0);
            assertThat(hand.sent().get(TCP + 12)).isEqualTo(words(5));
            hand.answer(Tcp.ACK, 1, PEERS, 1); // though none was agreed on
            assertThat(hand.connection.state()).isEqualTo(TcpState.ESTABLISHED);
            assertThat(hand.hosts.client.counters().wrongEchoes()).isZero();
        }
    }

    @Test
    void segmentsAreJudgedByThem() {
        try (Hand hand = new Hand()) {
            int ours = hand.sent().getInt(TCP + 24);
            hand.answer(Tcp.SYN | Tcp.ACK, 0, PEERS, ours);
            ByteBuffer acknowledgement = hand.sent();
            assertThat(acknowledgement.getInt(TCP + 24)).isEqualTo(ours);
            assertThat(acknowledgement.getInt(TCP + 28)).as("echo").isEqualTo(PEERS);
            HostCounters counters = hand.hosts.client.counters();

            hand.data("a", 1, PEERS + 5, ours);
            assertThat(hand.sent().getInt(TCP + 28)).as("wrapped").isEqualTo(PEERS + 5);
            hand.data("b", 2, PEERS + 4, ours);
            ByteBuffer again = hand.sent();
            assertThat(again.getInt(TCP + 8)).isEqualTo(Hand.ISN + 2);
            assertThat(counters.oldSegments()).isOne();
            hand.send(hand.segment(Tcp.ACK, 2).payload("c"));
            assertThat(counters.unstamped()).isOne();
            assertThat(hand.text()).isEqualTo("a");
            assertThat(counters.wrongEchoes()).isZero();

            hand.data("d", 2, PEERS + 5, ours + 100);
            assertThat(counters.wrongEchoes()).isOne();
            assertThat(hand.text()).isEqualTo("ad");
            hand.data("f", 4, PEERS + 9, ours); // beyond what has come
            hand.sent();
            hand.data("e", 3, PEERS + 6, ours);
            assertThat(hand.text()).as("late, not old").isEqualTo("adef");
        }
    }

    @Test
    void theyTakeRoomOfSegments() {
        try (Hand hand = new Hand()) {
            int ours = hand.sent().getInt(TCP + 24);
            hand.answer(Tcp.SYN | Tcp.ACK, 0, PEERS, ours);
            hand.sent();
            hand.connection.send(new byte[2000]);
            assertThat(hand.sent().capacity()).isEqualTo(TCP + 20 + 536);
        }
    }

    /// A client, and its server made by hand.
    private static final class Hand implements AutoCloseable {
        static final int ISN = 0x7FFF_FFF0;

        final TwoHosts hosts = TwoHosts.onGoodWire();
        final FrameEnd server = new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers());
        final Recorder recorder = new Recorder();
        final TcpConnection connection;
        private int acknowledgement;

        Hand() {
            hosts.client.tcp().useTimestamps();
            hosts.server.tcp().listen(80, EchoApplication::new);
            hosts.client.tcp().connect(HostFamily.IPV4.server(80), new Recorder());
            hosts.run(Duration.ofMillis(5)); // they know each other
            hosts.client.tcp().connections().forEach(TcpConnection::abort);
            hosts.run(Duration.ofMillis(5));
            connection = hosts.client.tcp().connect(40_000, HostFamily.IPV4.server(80), recorder);
        }

        /// What the client sends first now.
        ByteBuffer sent() {
            hosts.client.doWork(hosts.clock.nanoTime());
            ByteBuffer frame = ByteBuffer.wrap(server.receiveAll().getFirst());
            acknowledgement = frame.getInt(TCP + 4) + ((frame.get(TCP + 13) & Tcp.SYN) >>> 1);
            return frame;
        }

        PacketBuilder segment(int flags, int ahead) {
            return PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                    .ipv4(HostFamily.IPV4.server, HostFamily.IPV4.client)
                    .tcp(80, 40_000)
                    .flags(flags)
                    .sequence(ISN + ahead)
                    .acknowledgement(acknowledgement)
                    .window(60_000);
        }

        void answer(int flags, int ahead, int... stamps) {
            send(segment(flags, ahead).tcpOptions(options(stamps)));
        }

        void data(String text, int ahead, int... stamps) {
            send(segment(Tcp.ACK, ahead).tcpOptions(options(stamps)).payload(text));
        }

        private static byte[] options(int... stamps) {
            ByteBuffer options = ByteBuffer.allocate(stamps.length == 0 ? 0 : 12);
            if (stamps.length > 0) {
                options.putShort((short) 0x0101).putShort((short) 0x080A);
                options.putInt(stamps[0]).putInt(stamps[1]);
            }
            return options.array();
        }

        void send(PacketBuilder segment) {
            server.send(segment);
            hosts.client.doWork(hosts.clock.nanoTime());
        }

        String text() {
            return recorder.bytes.toString(US_ASCII);
        }

        @Override
        public void close() {
            server.receiveAll();
            hosts.close();
        }
    }
}
