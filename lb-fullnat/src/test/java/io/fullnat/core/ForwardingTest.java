// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a packet becomes: each test sends frames and compares those that come out, byte by byte.
class ForwardingTest {
    private static final String REST = "02:00:00:00:00:51";
    private final Rig rig = new Rig().configured();

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private static PacketBuilder toServer(int localPort, int port, boolean tcp) {
        PacketBuilder frame =
                PacketBuilder.ethernet(Rig.LAN_MAC, REST)
                        .ipv4(Rig.LOCAL, Rig.SERVER)
                        .timeToLive(63);
        return tcp ? frame.tcp(localPort, port) : frame.udp(localPort, port);
    }

    private static PacketBuilder toClient() {
        return PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                .ipv4(Rig.VIP, Rig.CLIENT)
                .timeToLive(63);
    }

    private int openTcp() {
        List<byte[]> out = rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(7));
        assertThat(out).hasSize(1);
        return sourcePort(out.getFirst());
    }

    private static int sourcePort(byte[] frame) {
        return ((frame[34] & 0xFF) << 8) | (frame[35] & 0xFF);
    }

    private static int destinationPort(byte[] frame) {
        return ((frame[36] & 0xFF) << 8) | (frame[37] & 0xFF);
    }

    @Test
    void aSynGoesToTheServerFromALocalPort() {
        List<byte[]> out = rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(7));

        int port = sourcePort(out.getFirst());
        assertThat(port).isBetween(1025, 65535);
        assertThat(out)
                .containsExactly(toServer(port, 8080, true).flags(Tcp.SYN).sequence(7).toBytes());
        assertThat(rig.count(Counter.CONNECTIONS)).isOne();
    }

    @Test
    void theAnswerComesFromTheVirtualAddress() {
        int port = openTcp();

        assertThat(
                        rig.serverSends(
                                fromServer()
                                        .tcp(8080, port)
                                        .flags(Tcp.SYN | Tcp.ACK)
                                        .sequence(9)
                                        .acknowledgement(8)))
                .containsExactly(
                        toClient()
                                .tcp(80, 40000)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(9)
                                .acknowledgement(8)
                                .toBytes());
    }

    @Test
    void datagramsGoBothWaysAndKeepAZeroChecksum() {
        List<byte[]> first = rig.clientSends(fromClient().udp(40001, 53).payload("question"));
        int port = sourcePort(first.getFirst());

        assertThat(first)
                .containsExactly(toServer(port, 5353, false).payload("question").toBytes());
        assertThat(rig.clientSends(fromClient().udp(40001, 53).noUdpChecksum().payload("again")))
                .containsExactly(
                        toServer(port, 5353, false).noUdpChecksum().payload("again").toBytes());
        assertThat(rig.serverSends(fromServer().udp(5353, port).payload("answer")))
                .containsExactly(toClient().udp(53, 40001).payload("answer").toBytes());
        assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2);
        assertThat(rig.count(Outcome.FORWARDED_OUT)).isOne();
    }

    @Test
    void aDamagedPacketStaysDamaged() {
        int port = openTcp();

        List<byte[]> out =
                rig.clientSends(
                        fromClient()
                                .tcp(40000, 80)
                                .flags(Tcp.ACK)
                                .payload("x")
                                .badTransportChecksum());

        byte[] right = toServer(port, 8080, true).flags(Tcp.ACK).payload("x").toBytes();
        assertThat(out).hasSize(1);
        byte[] damaged = out.getFirst();
        int checksum = 14 + 20 + 16;
        assertThat(damaged[checksum] << 8 | damaged[checksum + 1])
                .isNotEqualTo(right[checksum] << 8 | right[checksum + 1]);
        damaged[checksum] = right[checksum];
        damaged[checksum + 1] = right[checksum + 1];
        assertThat(damaged).isEqualTo(right);
    }

    @Test
    void roundRobinOverServersUsesEveryLocalAddressTowardsEachOfThem() {
        rig.apply(
                new Change.AddRealServer(Rig.TCP, RealServer.of(Rig.SERVER, 8081)),
                new Change.AddLocalAddress(Rig.TCP, LocalAddress.of("10.0.1.101", "lan")));
        rig.server.receiveAll(); // the announcement of the new address
        Set<String> pairs = new HashSet<>();

        for (int port = 40000; port < 40008; port++) {
            byte[] syn = rig.clientSends(fromClient().tcp(port, 80).flags(Tcp.SYN)).getFirst();
            pairs.add("local address ." + syn[29] + " to port " + destinationPort(syn));
        }

        assertThat(pairs)
                .containsExactlyInAnyOrder(
                        "local address .100 to port 8080",
                        "local address .100 to port 8081",
                        "local address .101 to port 8080",
                        "local address .101 to port 8081");
    }
}
