// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Packets that arrive together: those that need something done first, that end, that take the slow
/// path, between those that do not. Each flow keeps its order.
class BurstTest {
    private static final int PAYLOAD_OF_UDP = 42;

    private final Rig rig = new Rig().configured();

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private static PacketBuilder datagram(int port, String payload) {
        return fromClient().udp(port, 53).payload(payload);
    }

    private List<byte[]> clientSendsTogether(PacketBuilder... frames) {
        for (PacketBuilder frame : frames) {
            rig.client.send(frame);
        }
        rig.run();
        return rig.out();
    }

    private static List<String> payloads(List<byte[]> frames) {
        return frames.stream()
                .map(frame ->
                        new String(
                                        frame,
                                        PAYLOAD_OF_UDP,
                                        frame.length - PAYLOAD_OF_UDP,
                                        StandardCharsets.US_ASCII)
                                .strip())
                .toList();
    }

    private static int sourcePort(byte[] frame) {
        return ((frame[34] & 0xFF) << 8) | (frame[35] & 0xFF);
    }

    @Test
    void packetsOfFlowsThatBeginInTheBurstKeepTheirOrderAmongAllOthers() {
        clientSendsTogether(datagram(1000, "known, the first packet"));

        List<byte[]> out =
                clientSendsTogether(
                        datagram(1000, "known 1 of a flow before"),
                        datagram(2000, "new A 1, which opens it.."),
                        datagram(2000, "new A 2, which finds it.."),
                        fromClient().timeToLive(1).udp(2000, 53).payload("ends on the slow path"),
                        fromClient().udp(3000, 9).payload("no such service, it ends"),
                        datagram(4000, "new B 1, which opens it.."),
                        datagram(1000, "known 2 of a flow before"),
                        datagram(2000, "new A 3, which finds it.."),
                        datagram(4000, "new B 2, which finds it.."));

        assertThat(payloads(out.stream().filter(BurstTest::isForServer).toList()))
                .containsExactly(
                        "known 1 of a flow before",
                        "new A 1, which opens it..",
                        "new A 2, which finds it..",
                        "new B 1, which opens it..",
                        "known 2 of a flow before",
                        "new A 3, which finds it..",
                        "new B 2, which finds it..");
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(3);
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Outcome.NO_SERVICE)).isOne();
        assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(8);
    }

    private static boolean isForServer(byte[] frame) {
        return frame[5] == 0x51;
    }

    @Test
    void answersThatArriveTogetherOpenTheWayBackOnce() {
        int first = sourcePort(clientSendsTogether(datagram(1000, "a")).getFirst());
        int second = sourcePort(clientSendsTogether(datagram(2000, "b")).getFirst());

        rig.server.send(fromServer().udp(5353, first).payload("1: to the first client"));
        rig.server.send(fromServer().udp(5353, second).payload("2: to the second one.."));
        rig.server.send(fromServer().udp(5353, first).payload("3: to the first client"));
        rig.run();

        assertThat(payloads(rig.out()))
                .containsExactly(
                        "1: to the first client",
                        "2: to the second one..",
                        "3: to the first client");
        assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(3);
    }

    @Test
    void aWholeTcpConnectionThatArrivesTogetherGoesThroughAllItsStates() {
        List<byte[]> out =
                clientSendsTogether(
                        fromClient().tcp(1000, 80).flags(Tcp.SYN).sequence(1),
                        fromClient().tcp(1000, 80).flags(Tcp.ACK).sequence(2),
                        fromClient().tcp(1000, 80).flags(Tcp.ACK | Tcp.FIN).sequence(2),
                        fromClient().tcp(1000, 80).flags(Tcp.SYN).sequence(77));

        assertThat(out).hasSize(4);
        assertThat(out.stream().map(frame -> frame[41]).toList())
                .as("sequence numbers")
                .containsExactly((byte) 1, (byte) 2, (byte) 2, (byte) 77);
        assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
        assertThat(out.stream().map(BurstTest::sourcePort).distinct()).hasSize(1);
    }

    @Test
    void packetsBehindOneThatMovesTheConnectionOnKeepTheirPlace() {
        List<byte[]> syn = clientSendsTogether(fromClient().tcp(1000, 80).flags(Tcp.SYN));
        rig.server.send(
                fromServer().tcp(8080, sourcePort(syn.getFirst())).flags(Tcp.SYN | Tcp.ACK));
        rig.run();
        rig.out();
        clientSendsTogether(fromClient().tcp(1000, 80).flags(Tcp.ACK));

        List<byte[]> out =
                clientSendsTogether(
                        fromClient().tcp(1000, 80).flags(Tcp.ACK).sequence(10),
                        fromClient().tcp(1000, 80).flags(Tcp.ACK | Tcp.FIN).sequence(11),
                        fromClient().tcp(1000, 80).flags(Tcp.ACK).sequence(12),
                        fromClient().timeToLive(1).tcp(1000, 80).flags(Tcp.ACK),
                        fromClient().tcp(1000, 80).flags(Tcp.ACK).sequence(13));

        assertThat(out.stream().filter(BurstTest::isForServer).map(frame -> frame[41]).toList())
                .as("sequence numbers")
                .containsExactly((byte) 10, (byte) 11, (byte) 12, (byte) 13);
        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
    }

    @Test
    void aFlowWhoseServerIsNotKnownYetWaitsAndKeepsItsOrder() {
        try (Rig fresh = new Rig()) {
            fresh.configureWithoutNeighbours();
            fresh.client.send(datagram(1000, "first, which waits...."));
            fresh.client.send(datagram(1000, "second, which waits..."));
            fresh.run();
            assertThat(fresh.server.receiveAll())
                    .as("requests for the server's address")
                    .hasSize(1);

            fresh.server.send(
                    PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                            .arp(2, Rig.SERVER_MAC, Rig.SERVER, Rig.LAN_MAC, "10.0.1.1"));
            fresh.run();

            assertThat(payloads(fresh.server.receiveAll()))
                    .containsExactly("first, which waits....", "second, which waits...");
        }
    }
}
