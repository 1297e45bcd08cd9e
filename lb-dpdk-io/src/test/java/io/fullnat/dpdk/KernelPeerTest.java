// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A port on one end of a veth pair as it is by default, all offloads on, and the kernel's own
/// stack at the other end.
class KernelPeerTest {
    private static final int HEADERS = 14 + 20 + 8;

    private NetworkNamespace namespace;

    @BeforeEach
    void enterNamespace() {
        Prerequisite.dpdk();
        Prerequisite.rootWithNamespaces();
        namespace = new NetworkNamespace();
        namespace.enter();
        namespace.inside("ip", "address", "add", "192.0.2.1/24", "dev", "veth1");
        namespace.inside(
                "ip",
                "neighbour",
                "add",
                "192.0.2.2",
                "lladdr",
                "02:00:00:00:00:02",
                "dev",
                "veth1");
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.leave();
        if (namespace != null) {
            namespace.close();
        }
    }

    private static DpdkIo open(int queues) {
        return DpdkIo.open(
                DpdkConfig.builder()
                        .buffers(8191)
                        .port(DpdkPortConfig.of("dpdk0", "af_packet:veth0").withQueues(queues))
                        .build());
    }

    /// Has the kernel send datagrams to 192.0.2.2.
    private static void send(byte[]... payloads) {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (byte[] payload : payloads) {
                socket.send(
                        new DatagramPacket(
                                payload, payload.length, InetAddress.getByName("192.0.2.2"), 7));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] payload(int length) {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (i * 7 + length);
        }
        return payload;
    }

    /// Takes frames of IPv4 until there are enough.
    private static List<byte[]> receive(PacketPort port, BufferPool pool, int count) {
        List<byte[]> frames = new ArrayList<>();
        PacketBurst burst = new PacketBurst(32);
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (frames.size() < count) {
            assertThat(System.nanoTime() - deadlineNs).as("%s", frames.size()).isNegative();
            for (int queue = 0; queue < port.queueCount(); queue++) {
                port.queue(queue).receive(burst);
                for (int i = 0; i < burst.size(); i++) {
                    if (Memory.getNetworkShort(burst.data(i) + 12) == 0x0800) {
                        frames.add(Memory.toBytes(burst.data(i), burst.length(i)));
                    }
                }
                pool.freeAll(burst);
            }
        }
        return frames;
    }

    private static int word(byte[] frame, int at) {
        return ((frame[at] & 0xFF) << 8) | (frame[at + 1] & 0xFF);
    }

    /// The sum over a UDP datagram and its pseudo-header, all ones if its checksum is right.
    private static int sum(byte[] frame) {
        int length = word(frame, 14 + 20 + 4);
        long sum = 17L + length;
        for (int at = 14 + 12; at < 14 + 20; at += 2) {
            sum += word(frame, at);
        }
        for (int i = 0; i < length; i++) {
            sum += (frame[14 + 20 + i] & 0xFF) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) sum;
    }

    @Test
    void shouldMakeTheChecksumsThatThePeerLeavesToItsCard() {
        try (DpdkIo io = open(1)) {
            PacketPort port = io.ports().getFirst();
            byte[][] payloads = {payload(1), payload(30), payload(1471), payload(1472)};
            send(payloads);

            List<byte[]> frames = receive(port, io.buffers(0), 4);

            for (int i = 0; i < payloads.length; i++) {
                assertThat(sum(frames.get(i))).as("checksum of %d", i).isEqualTo(0xFFFF);
                assertThat(frames.get(i)).hasSize(HEADERS + payloads[i].length);
                assertThat(frames.get(i)).endsWith(payloads[i]);
            }
            assertThat(port.details()).containsEntry("checksumsCompleted", 4L);
            assertThat(io.buffers(0).inUse()).isZero();
        }
    }

    @Test
    void shouldLeaveChecksumsThatTheSenderHasMadeAsTheyAre() {
        namespace.inside("ethtool", "-K", "veth1", "tx", "off");
        try (DpdkIo io = open(1)) {
            PacketPort port = io.ports().getFirst();
            send(payload(30));

            assertThat(sum(receive(port, io.buffers(0), 1).getFirst())).isEqualTo(0xFFFF);
            assertThat(port.details()).containsEntry("checksumsCompleted", 0L);
        }
    }

    /// A host may send on purpose what looks as if its checksum were still to be made: the sum of
    /// the pseudo-header. Only where the kernel says so is it made.
    @Test
    void shouldNotRepairWhatOnlyLooksUnfinished() {
        try (DpdkIo io =
                DpdkIo.open(
                        DpdkConfig.builder()
                                .buffers(8191)
                                .port("dpdk0", "af_packet:veth0")
                                .port("dpdk1", "af_packet:veth1")
                                .build())) {
            PacketBurst burst = new PacketBurst(1);
            io.buffers(0).allocate(burst);
            byte[] frame = new byte[HEADERS + 18];
            byte[] headers = {
                2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, //
                0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, //
                4, 0, 0, 53, 0, 26, 0x14, 0x2E
            };
            System.arraycopy(headers, 0, frame, 0, headers.length);
            Memory.fromBytes(frame, burst.data(0));
            burst.set(0, burst.data(0), frame.length);
            assertThat(io.ports().get(1).queue(0).transmit(burst)).isEqualTo(1);

            assertThat(receive(io.ports().get(0), io.buffers(0), 1)).containsExactly(frame);
            assertThat(io.ports().get(0).details()).containsEntry("checksumsCompleted", 0L);
        }
    }

    @Test
    void shouldGiveFragmentsAsTheyCame() {
        try (DpdkIo io = open(2)) {
            byte[] payload = payload(4000);
            send(payload);

            List<byte[]> frames = receive(io.ports().getFirst(), io.buffers(0), 3);

            frames.sort(Comparator.comparingInt(frame -> word(frame, 20) & 0x1FFF));
            assertThat(frames).allSatisfy(frame -> assertThat(frame).hasSizeLessThan(1515));
            byte[] together = new byte[4008];
            for (byte[] frame : frames) {
                int offset = (word(frame, 20) & 0x1FFF) * 8;
                System.arraycopy(frame, 34, together, offset, word(frame, 16) - 20);
            }
            assertThat(together).endsWith(payload);
        }
    }
}
