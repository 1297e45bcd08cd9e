// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [SelectiveAcknowledgement], window scales and segments cut anew of a simulated TCP: between two
/// hosts, and towards a peer whose segments are made by hand.
class SelectiveAcknowledgementTest {
    private static final int TCP = 14 + HostFamily.IPV4.headerLength;
    private static final int WIDE = 300_000;
    private static final int PEERS = 1000;

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

    private static TwoHosts bad() {
        return TwoHosts.onBadWire(
                Seed.value(),
                wire -> wire.withLoss(0.03).withDuplication(0.03).withDelay(0, 3_000_000));
    }

    @ParameterizedTest(name = "wrap {0}, cut anew {1}, closed at times {2}, scales {3} and {4}")
    @CsvSource({
        "false,false,false,7,7",
        "true,true,false,7,1",
        "true,false,true,3,9",
        "false,true,true,14,7",
        "true,true,true,7,-1"
    })
    void streamsArrive(boolean wrap, boolean cut, boolean close, int scale, int servers) {
        try (TwoHosts hosts = bad()) {
            hosts.client.tcp().scaleWindows(scale, WIDE);
            if (servers >= 0) {
                hosts.server.tcp().scaleWindows(servers, WIDE);
            }
            for (SimulatedTcp tcp : List.of(hosts.client.tcp(), hosts.server.tcp())) {
                tcp.acknowledgeSelectively();
                tcp.useTimestamps();
                if (wrap) {
                    tcp.wrapSoon();
                }
                if (cut) {
                    tcp.cutAnew();
                }
                if (close) {
                    tcp.closeWindows();
                }
            }
            hosts.server.tcp().listen(80, EchoApplication::new);
            List<Recorder> recorders = new ArrayList<>();
            byte[] bytes = Body.of(Seed.value(), 400_000);
            for (int i = 0; i < 4; i++) {
                recorders.add(new Recorder());
                TcpConnection connection =
                        hosts.client.tcp().connect(HostFamily.IPV4.server(80), recorders.getLast());
                connection.send(bytes);
                connection.close();
                hosts.runUntil(() -> recorders.getLast().end != null, Duration.ofMinutes(5));
                assertThat(recorders.getLast().end).isEqualTo(TcpEnd.ORDERLY);
                assertThat(recorders.getLast().bytes.toByteArray()).isEqualTo(bytes);
            }
            hosts.assertClean();
            for (SimulatedHost host : List.of(hosts.client, hosts.server)) {
                HostCounters counters = host.counters();
                assertThat(counters.blocks()).as("blocks of SACK").isPositive();
                assertThat(counters.wrongBlocks()).isZero();
                assertThat(counters.cutBlocks()).isZero();
                assertThat(counters.beyondWindow()).isZero();
                if (servers >= 0) {
                    assertThat(counters.mostInFlight()).isGreaterThan(65_535);
                } else {
                    assertThat(counters.mostInFlight()).isLessThanOrEqualTo(65_537);
                }
            }
        }
    }

    private static PacketBuilder fromServer(int sequence, int acknowledgement, byte... options) {
        return HostFamily.IPV4
                .ip(
                        PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01"),
                        HostFamily.IPV4.server,
                        HostFamily.IPV4.client)
                .tcp(80, 40_000)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(1000)
                .tcpOptions(options);
    }

    private static byte[] blocks(int... edges) {
        ByteBuffer option = ByteBuffer.allocate(4 + 4 * edges.length).putShort((short) 0x0101);
        option.put((byte) 5).put((byte) (2 + 4 * edges.length));
        Arrays.stream(edges).forEach(option::putInt);
        return option.array();
    }

    /// The client's segments since the last look: number, length of the data.
    private static List<List<Integer>> sent(TwoHosts hosts, FrameEnd server) {
        hosts.client.doWork(hosts.clock.nanoTime());
        return server.receiveAll().stream()
                .map(ByteBuffer::wrap)
                .filter(frame -> frame.getShort(12) == 0x0800)
                .map(frame ->
                        List.of(
                                frame.getInt(TCP + 4),
                                frame.getShort(16) - 20 - (frame.get(TCP + 12) >>> 4 & 15) * 4))
                .toList();
    }

    /// A client with SACK that has sent ten segments of 100 bytes to a server made by hand.
    private static int open(TwoHosts hosts, FrameEnd server, Recorder recorder) {
        hosts.client.tcp().connect(HostFamily.IPV4.server(80), new Recorder());
        hosts.run(Duration.ofMillis(5)); // they know each other
        hosts.client.tcp().acknowledgeSelectively();
        hosts.client.tcp().scaleWindows(2, WIDE);
        TcpConnection connection =
                hosts.client.tcp().connect(40_000, HostFamily.IPV4.server(80), recorder);
        int first = sent(hosts, server).getLast().getFirst() + 1;
        byte[] options = {2, 4, 0, 100, 4, 2, 3, 3, 1, 0, 0, 0};
        server.send(fromServer(PEERS - 1, first, options).flags(Tcp.SYN | Tcp.ACK).window(2000));
        sent(hosts, server);
        connection.send(new byte[1000]);
        assertThat(sent(hosts, server)).hasSize(10);
        return first;
    }

    @Test
    void whatIsMissingIsSentAgainAlone() {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            FrameEnd server = new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers());
            int first = open(hosts, server, new Recorder());
            int[][] taken = {{200, 300}, {200, 400}, {500, 600, 200, 400}};
            for (int[] edges : taken) {
                byte[] blocks = blocks(Arrays.stream(edges).map(edge -> first + edge).toArray());
                server.send(fromServer(PEERS, first, blocks).flags(Tcp.ACK));
            }
            assertThat(sent(hosts, server)).containsExactly(List.of(first, 100));
            server.send(fromServer(PEERS, first, blocks(first + 500, first + 700)).flags(Tcp.ACK));
            assertThat(sent(hosts, server)).containsExactly(List.of(first + 100, 100));
            server.send(fromServer(PEERS, first, blocks(first + 500, first + 800)).flags(Tcp.ACK));
            assertThat(sent(hosts, server)).containsExactly(List.of(first + 400, 100));
            assertThat(hosts.client.counters().wrongBlocks()).isZero();
            assertThat(hosts.client.counters().cutBlocks()).isZero();
            server.send(fromServer(PEERS, first, blocks(first + 501, first + 800)).flags(Tcp.ACK));
            sent(hosts, server);
            assertThat(hosts.client.counters().cutBlocks()).isOne();
            server.send(fromServer(PEERS, first, blocks(first + 900, first + 1001)).flags(Tcp.ACK));
            server.send(fromServer(PEERS, first, blocks(first - 1, first + 100)).flags(Tcp.ACK));
            sent(hosts, server);
            assertThat(hosts.client.counters().wrongBlocks()).isEqualTo(2);
        }
    }

    private static Segment acknowledging(int number, int... blocks) {
        Endpoint end = HostFamily.IPV4.server(80);
        byte[] options = blocks.length == 0 ? new byte[] {4, 2} : blocks(blocks);
        return new Segment(end, end, 0, number, Tcp.ACK, 0, options, new byte[0]);
    }

    /// Numbers wrap within the stream.
    @ParameterizedTest
    @ValueSource(ints = {0, -450, Integer.MAX_VALUE - 450})
    void edgesOfWhatIsAcknowledgedAreForgotten(int first) {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            HostCounters counters = hosts.client.counters();
            var selective = new SelectiveAcknowledgement(hosts.client, true, first);
            selective.agree(acknowledging(0));
            int next = first + 1;
            for (int at = 0; at < 1000; at += 100) {
                selective.sent(next + at, 100);
            }
            assertThat(selective.edges()).isEqualTo(20);
            selective.read(acknowledging(next + 500), next + 500);
            assertThat(selective.edges()).isEqualTo(10);

            int[] late = {next + 200, next + 400, next + 250, next + 600, next + 600, next + 700};
            selective.read(acknowledging(next + 100, late), next + 100);
            assertThat(selective.edges()).as("a late one takes nothing back").isEqualTo(10);
            assertThat(counters.cutBlocks()).isZero();
            assertThat(selective.hole(next + 500)).containsExactly(next + 500, next + 600);

            int[] cut = {next + 200, next + 601, next + 601, next + 700, next + 500, next + 699};
            selective.read(acknowledging(next + 100, cut), next + 100);
            assertThat(counters.cutBlocks()).isEqualTo(3);
            assertThat(counters.wrongBlocks()).isZero();

            selective.read(acknowledging(next + 1000), next + 1000);
            assertThat(selective.edges()).isZero();
            assertThat(selective.hole(next)).isEmpty();
        }
    }

    @Test
    void whatComesEarlyIsToldWhatCameLastFirst() {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            FrameEnd server = new FrameEnd(hosts.io.wire("client").far(), hosts.io.buffers());
            int first = open(hosts, server, new Recorder());
            server.send(fromServer(PEERS + 10, first).flags(Tcp.ACK).payload(new byte[10]));
            server.send(fromServer(PEERS + 40, first).flags(Tcp.ACK).payload(new byte[10]));
            server.send(fromServer(PEERS + 15, first).flags(Tcp.ACK).payload(new byte[10]));
            hosts.client.doWork(hosts.clock.nanoTime());
            ByteBuffer last = ByteBuffer.wrap(server.receiveAll().getLast());
            assertThat(last.getInt(TCP + 8)).isEqualTo(PEERS);
            byte[] options = new byte[20];
            last.get(TCP + 20, options);
            assertThat(options).isEqualTo(blocks(PEERS + 10, PEERS + 25, PEERS + 40, PEERS + 50));
            assertThat(last.getShort(TCP + 14) & 0xFFFF).as("window").isEqualTo(65_535);
        }
    }

    @Test
    void aScaleIsZeroToFourteen() {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            SimulatedTcp tcp = hosts.client.tcp();
            assertThatIllegalArgumentException().isThrownBy(() -> tcp.scaleWindows(15, WIDE));
            assertThatIllegalArgumentException().isThrownBy(() -> tcp.scaleWindows(-1, WIDE));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,false",
        "0,-1,false",
        "0,1,true",
        "7,127,false",
        "7,128,true",
        "14,16383,false",
        "14,16384,true",
        "14,1073725440,true",
        "0,1073725440,true",
        "14,1073725441,false"
    })
    void aWindowIsOneThatScalesCanSay(int scale, int window, boolean right) {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            SimulatedTcp tcp = hosts.client.tcp();
            if (right) {
                tcp.scaleWindows(scale, window);
            } else {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> tcp.scaleWindows(scale, window))
                        .withMessage("window %d is not %d-1073725440", window, 1 << scale);
            }
        }
    }

    /// A window is what a segment can say: not more is accepted either.
    @ParameterizedTest
    @CsvSource({"0,300000,65535", "2,300000,262140", "3,300007,300000", "14,16385,16384"})
    void aWindowIsRoundedDownToWhatItsScaleCanSay(int scale, int window, int most) {
        TcpHabits habits = new TcpHabits();
        habits.scale = scale;
        habits.window = window;
        WindowScale own = new WindowScale(habits);
        assertThat(own.largestWindow()).isEqualTo(Math.min(window, 65_535));
        byte[] scales = {3, 3, 7};
        Endpoint end = HostFamily.IPV4.server(80);
        own.agree(new Segment(end, end, 0, 0, Tcp.SYN, 0, scales, new byte[0]));
        assertThat(own.largestWindow()).isEqualTo(most);
        assertThat(own.offered(own.field(window, Tcp.ACK), Tcp.ACK)).isEqualTo(most);
    }
}
