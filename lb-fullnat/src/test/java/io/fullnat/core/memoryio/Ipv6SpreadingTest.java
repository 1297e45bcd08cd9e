// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.io.Toeplitz;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// On which queue packets over IPv6 arrive: by rules, by the NIC's hash, by the hash of ports that
/// do not tell theirs. [InMemoryIoTest] has the same of IPv4. [HashedHeaders] says which headers
/// count.
class Ipv6SpreadingTest {
    private static final String NEAR_MAC = "02:00:00:00:00:01";
    private static final String FAR_MAC = "02:00:00:00:00:02";
    private static final PortSettings FAR = PortSettings.of("far", FAR_MAC);
    private static final String CLIENT = "2001:db8:c::7";
    private static final String LOCAL = "2001:db8:1::64";
    private static final int QUEUES = 4;

    private static PortSettings near(QueueChooser chooser) {
        return PortSettings.of("near", NEAR_MAC).withQueues(QUEUES).withChooser(chooser);
    }

    private static PacketBuilder packet(String to) {
        return PacketBuilder.ethernet(FAR_MAC, NEAR_MAC).ipv6(CLIENT, to);
    }

    private static int queueOf(InMemoryIo io, PacketBuilder frame) {
        new FrameEnd(io.wire("near").far(), io.buffers()).send(frame);
        PacketBurst burst = new PacketBurst(4);
        PacketPort port = io.ports().getFirst();
        for (int queue = 0; queue < port.queueCount(); queue++) {
            if (port.queue(queue).receive(burst) > 0) {
                io.buffers().freeAll(burst);
                return queue;
            }
        }
        throw new AssertionError("the frame did not arrive");
    }

    @Test
    void aRuleIsForTheWholeAddressAndItsFamily() {
        PortSettings near = near((l2, length, queues) -> 0).withFlowRules(3);
        try (InMemoryIo io = InMemoryIo.builder().wire(near, FAR).open()) {
            FlowRules rules = io.wire("near").near().flowRules().orElseThrow();
            IpAddress address = IpAddress.parse(LOCAL);
            FlowRules.Installed installed =
                    rules.install(
                            List.of(
                                    new FlowRule(Protocol.TCP, 0, address, 2, 7, 1),
                                    new FlowRule(Protocol.UDP, 5, address, 2, 7, 3)));

            assertThat(queueOf(io, packet(LOCAL).tcp(9, 8010))).isEqualTo(1);
            assertThat(queueOf(io, packet(LOCAL).tcp(9, 8011))).isZero();
            assertThat(queueOf(io, packet(LOCAL).udp(9, 8010))).isZero();
            assertThat(queueOf(io, packet("2001:db8:1::65").tcp(9, 8010))).isZero();
            assertThat(queueOf(io, packet("2001:db8:2::64").tcp(9, 8010))).isZero();
            assertThat(queueOf(io, packet(LOCAL).vlan(5).udp(9, 8010))).isEqualTo(3);
            PacketBuilder ipv4 = PacketBuilder.ethernet(FAR_MAC, NEAR_MAC);
            assertThat(queueOf(io, ipv4.ipv4("10.0.0.1", "0.0.0.100").tcp(9, 8010))).isZero();

            installed.remove();
            assertThat(queueOf(io, packet(LOCAL).tcp(9, 8010))).isZero();
        }
    }

    @Test
    void aNicsHashDecidesAsItIsPredicted() throws UnknownHostException {
        byte[] key = new byte[40];
        Seed.generator().nextBytes(key);
        int[] redirection = IntStream.range(0, 128).map(i -> i % QUEUES).toArray();
        Toeplitz toeplitz = new Toeplitz(key, 36);
        PortSettings near = near(new RssSelector(new ReceiveSideScaling(key, redirection)));
        int[] count = new int[QUEUES];
        try (InMemoryIo io = InMemoryIo.builder().wire(near, FAR).open()) {
            for (int port = 2000; port < 2200; port++) {
                byte[] tuple =
                        ByteBuffer.allocate(36)
                                .put(InetAddress.getByName(CLIENT).getAddress())
                                .put(InetAddress.getByName(LOCAL).getAddress())
                                .putShort((short) 8080)
                                .putShort((short) port)
                                .array();
                int expected = redirection[toeplitz.hash(tuple) & 127];
                assertThat(queueOf(io, packet(LOCAL).udp(8080, port))).isEqualTo(expected);
                count[expected]++;
            }
        }
        assertThat(IntStream.of(count).min().orElseThrow()).isGreaterThan(20);
    }

    @Test
    void aNicThatDoesNotHashItPutsAllOnQueueZero() {
        int[] redirection = IntStream.range(0, 128).map(i -> i % QUEUES).toArray();
        byte[] key = new byte[40];
        Seed.generator().nextBytes(key);
        PortSettings near = near(new RssSelector(new ReceiveSideScaling(key, redirection, false)));
        try (InMemoryIo io = InMemoryIo.builder().wire(near, FAR).open()) {
            for (int port = 2000; port < 2032; port++) {
                assertThat(queueOf(io, packet(LOCAL).udp(8080, port))).isZero();
            }
        }
    }

    @Test
    void flowsAreSpreadTaggedOrNotAndEachStaysOnOneQueue() {
        int[] count = new int[QUEUES];
        try (InMemoryIo io = InMemoryIo.builder().wire(near(new FlowHash()), FAR).open()) {
            for (int port = 2000; port < 2200; port++) {
                int queue = queueOf(io, packet(LOCAL).tcp(port, 80));
                assertThat(queueOf(io, packet(LOCAL).tcp(port, 80).payload("more")))
                        .isEqualTo(queue);
                assertThat(queueOf(io, packet(LOCAL).vlan(7).tcp(port, 80))).isEqualTo(queue);
                count[queue]++;
            }
        }
        assertThat(IntStream.of(count).min().orElseThrow()).isGreaterThan(20);
    }

    @Test
    void whatHasNoPortsInItsPlaceArrivesOnQueueZero() {
        try (InMemoryIo io = InMemoryIo.builder().wire(near(new FlowHash()), FAR).open()) {
            for (int port = 2000; port < 2016; port++) {
                assertThat(
                                queueOf(
                                        io,
                                        packet(LOCAL)
                                                .extension(Ipv6Extension.fragment(0, true, 1))
                                                .udp(port, 80)))
                        .isZero();
                assertThat(queueOf(io, packet(LOCAL).tcp(port, 80).truncate(50))).isZero();
            }
        }
    }
}
