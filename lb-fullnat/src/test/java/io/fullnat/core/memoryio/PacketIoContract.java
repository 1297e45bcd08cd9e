// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortQueue;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What [PacketIo] and its parts promise, whatever is behind them. An implementation's test
/// inherits this and provides two connected ports.
abstract class PacketIoContract {
    private static final int ENDLESS = 1_000_000;

    private PacketIo io;
    private PortQueue near;
    private PacketPort farPort;
    private BufferPool pool;

    /// Opens packet I/O that has at least one port.
    abstract PacketIo open();

    /// The port at which arrives what the first port of `opened` sends.
    abstract PacketPort farOf(PacketIo opened);

    @BeforeEach
    void openPorts() {
        io = open();
        io.attachWorker(0, OptionalInt.empty());
        near = io.ports().getFirst().queue(0);
        farPort = farOf(io);
        pool = io.buffers(0);
    }

    @AfterEach
    void closePorts() {
        io.detachWorker(0);
        io.close();
    }

    @Test
    void allBuffersAreFreeAtTheStart() {
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aFreshBufferHasHeadroomAndRoomForAFrame() {
        PacketBurst burst = new PacketBurst(1);
        assertThat(pool.allocate(burst)).isTrue();
        assertThat(burst.size()).isEqualTo(1);
        assertThat(burst.buffer(0)).isNotZero();
        assertThat(burst.length(0)).isZero();
        assertThat(pool.dataCapacity()).isGreaterThanOrEqualTo(1518);
        long first = burst.data(0) - BufferPool.HEADROOM;
        Memory.zero(first, BufferPool.HEADROOM + pool.dataCapacity());
        pool.freeAll(burst);
    }

    @Test
    void buffersDoNotOverlap() {
        PacketBurst burst = new PacketBurst(64);
        while (!burst.isFull()) {
            assertThat(pool.allocate(burst)).isTrue();
        }
        for (int i = 0; i < burst.size(); i++) {
            for (int j = 0; j < burst.size(); j++) {
                long distance = Math.abs(burst.data(i) - burst.data(j));
                assertThat(i == j || distance >= BufferPool.HEADROOM + pool.dataCapacity())
                        .as("buffers %d and %d", i, j)
                        .isTrue();
            }
        }
        pool.freeAll(burst);
    }

    @Test
    void thePoolCountsWhatIsOut() {
        PacketBurst burst = new PacketBurst(8);
        while (!burst.isFull()) {
            pool.allocate(burst);
        }
        assertThat(pool.inUse()).isGreaterThanOrEqualTo(8);
        pool.free(burst.buffer(0));
        burst.removeFirst(1);
        pool.freeAll(burst);
        assertThat(burst.size()).isZero();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void anEmptyPoolSaysSoAndRecovers() {
        List<PacketBurst> all = new ArrayList<>();
        PacketBurst burst = new PacketBurst(64);
        int count = 0;
        while (pool.allocate(burst)) {
            count++;
            assertThat(count).as("buffers of a pool that has an end").isLessThan(ENDLESS);
            if (burst.isFull()) {
                all.add(burst);
                burst = new PacketBurst(64);
            }
        }
        int size = burst.size();
        assertThat(pool.allocate(burst)).isFalse();
        assertThat(burst.size()).as("burst unchanged").isEqualTo(size);
        all.add(burst);
        all.forEach(pool::freeAll);
        assertThat(pool.inUse()).isZero();
        assertThat(pool.allocate(burst)).isTrue();
        pool.freeAll(burst);
    }

    @Test
    void nothingArrivesWhereNothingWasSent() {
        PacketBurst burst = new PacketBurst(4);
        pool.allocate(burst);
        long buffer = burst.buffer(0);
        assertThat(near.receive(burst)).isZero();
        assertThat(burst.size()).as("receive clears the burst").isZero();
        pool.free(buffer);
    }

    @Test
    void anEmptyBurstIsTransmittedWhole() {
        assertThat(near.transmit(new PacketBurst(4))).isZero();
    }

    @Test
    void framesArriveAsTheyWereSentAndInOrder() {
        List<byte[]> sent = new ArrayList<>();
        RandomGenerator random = Seed.generator();
        PacketBurst burst = new PacketBurst(32);
        for (int i = 0; i < 32; i++) {
            byte[] payload = new byte[random.nextInt(1, 1473)];
            random.nextBytes(payload);
            sent.add(frame(payload));
            append(burst, sent.getLast());
        }
        transmitAll(burst);
        List<byte[]> arrived = receiveAll(32);
        for (int i = 0; i < 32; i++) {
            assertThat(arrived.get(i)).as(Seed.message(i)).isEqualTo(sent.get(i));
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void neitherVerdictNorTagTravelsWithAPacket() {
        byte[] frame = frame(new byte[] {1});
        PacketBurst burst = new PacketBurst(2);
        append(burst, frame);
        append(burst, frame);
        int own = ~(0xFF << PacketBurst.TAG_LOW_BITS) & 0xFF_FFFF;
        burst.send(0, burst.data(0), frame.length, own);
        burst.put(1, burst.buffer(1), burst.data(1), frame.length, PacketBurst.IP_CHECKSUM_BAD);
        assertThat(burst.offloads(0)).isZero();
        transmitAll(burst);
        for (int left = 2; left > 0; left -= burst.size(), pool.freeAll(burst)) {
            receiveInto(burst);
            for (int i = 0; i < burst.size(); i++) {
                assertThat(burst.tag(i)).isZero();
                assertThat(burst.verdict(i) & PacketBurst.IP_CHECKSUM_BAD).isZero();
            }
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aFrameMayStartAnywhereFromHeadroomOn() {
        byte[] frame = frame(new byte[100]);
        for (int shift : new int[] {-BufferPool.HEADROOM, -4, 1, 64}) {
            PacketBurst burst = new PacketBurst(1);
            pool.allocate(burst);
            Memory.fromBytes(frame, burst.data(0) + shift);
            burst.set(0, burst.data(0) + shift, frame.length);
            transmitAll(burst);
            assertThat(receiveAll(1).getFirst()).as("shift %d", shift).isEqualTo(frame);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aReceivedPacketMayBeSentOn() {
        byte[] frame = frame(new byte[] {1, 2, 3});
        PacketBurst burst = new PacketBurst(1);
        append(burst, frame);
        transmitAll(burst);
        receiveInto(burst);
        assertThat(farPort.queue(0).transmit(burst)).isEqualTo(1);
        burst.clear();
        int polls = 0;
        while (near.receive(burst) == 0) {
            polls++;
            assertThat(polls).as("polls for the returning frame").isLessThan(ENDLESS);
        }
        assertThat(Memory.toBytes(burst.data(0), burst.length(0))).isEqualTo(frame);
        pool.freeAll(burst);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void whatIsNotTakenStaysWithTheCaller() {
        PacketBurst burst = new PacketBurst(64);
        long taken = 0;
        while (burst.size() == 0) {
            while (!burst.isFull()) {
                append(burst, frame(new byte[] {1}));
            }
            int count = near.transmit(burst);
            taken += count;
            burst.removeFirst(count);
            assertThat(taken).as("packets a bounded queue takes").isLessThan(ENDLESS);
        }
        pool.freeAll(burst);
        assertThat(pool.inUse()).isGreaterThanOrEqualTo(taken);
        receiveAll((int) taken);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void statisticsCountPacketsAndBytes() {
        PacketPort port = io.ports().getFirst();
        PacketBurst burst = new PacketBurst(2);
        append(burst, frame(new byte[58]));
        append(burst, frame(new byte[158]));
        transmitAll(burst);
        receiveAll(2);
        assertThat(port.statistics().sentPackets()).isEqualTo(2);
        assertThat(port.statistics().sentBytes()).isEqualTo(300);
        assertThat(farPort.statistics().receivedPackets()).isEqualTo(2);
        assertThat(farPort.statistics().receivedBytes()).isEqualTo(300);
    }

    @Test
    void portsAndQueuesStayTheSame() {
        assertThat(io.ports()).isEqualTo(io.ports());
        PacketPort port = io.ports().getFirst();
        assertThat(port.queue(0)).isSameAs(port.queue(0));
        assertThat(port.queueCount()).isBetween(1, port.capabilities().maxQueues());
        assertThat(port.mtu()).isLessThanOrEqualTo(port.capabilities().maxMtu());
        assertThat(io.buffers(0)).isSameAs(io.buffers(0));
        assertThat(port.link().up()).isTrue();
        assertThat(port.mac().isGroup()).isFalse();
        assertThat(port.name()).isNotBlank();
    }

    private static byte[] frame(byte[] payload) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(40000, 50000)
                .payload(payload)
                .toBytes();
    }

    private void append(PacketBurst burst, byte[] frame) {
        assertThat(pool.allocate(burst)).isTrue();
        int index = burst.size() - 1;
        Memory.fromBytes(frame, burst.data(index));
        burst.set(index, burst.data(index), frame.length);
    }

    private void transmitAll(PacketBurst burst) {
        assertThat(near.transmit(burst)).isEqualTo(burst.size());
        burst.clear();
    }

    private void receiveInto(PacketBurst burst) {
        for (int polls = 0; polls < ENDLESS; polls++) {
            for (int i = 0; i < farPort.queueCount(); i++) {
                if (farPort.queue(i).receive(burst) > 0) {
                    return;
                }
            }
        }
        throw new AssertionError("nothing arrived at " + farPort.name());
    }

    private List<byte[]> receiveAll(int count) {
        List<byte[]> frames = new ArrayList<>();
        PacketBurst burst = new PacketBurst(16);
        while (frames.size() < count) {
            receiveInto(burst);
            for (int i = 0; i < burst.size(); i++) {
                frames.add(Memory.toBytes(burst.data(i), burst.length(i)));
            }
            pool.freeAll(burst);
        }
        return frames;
    }
}
