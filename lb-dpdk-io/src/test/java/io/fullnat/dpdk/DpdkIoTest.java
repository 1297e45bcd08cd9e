// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Opening, using and closing ports on devices that need no privilege.
class DpdkIoTest {
    private static final int PCAP_HEADER = 24;
    private static final int PACKET_HEADER = 16;

    @BeforeAll
    static void needsDpdk() {
        Prerequisite.dpdk();
    }

    private static DpdkConfig.Builder builder() {
        return DpdkConfig.builder().buffers(4095);
    }

    private static void refused(ErrorCode code, DpdkConfig config, String... message) {
        assertThatThrownBy(() -> DpdkIo.open(config).close())
                .isInstanceOfSatisfying(
                        BalancerException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(message);
    }

    @Test
    void shouldTellHowTheDeviceSpreadsPacketsIfItHasARedirectionTable() {
        try (DpdkIo io = DpdkIo.open(builder().workers(2).port("dpdk0", "null:").build())) {
            // The null device has a key and a table, and a fresh one leads to its first queue.
            assertThat(io.ports().get(0).receiveSideScaling())
                    .hasValueSatisfying(
                            scaling -> assertThat(scaling.highestQueue()).isLessThan(2));
        }
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "null:").build())) {
            assertThat(io.ports().get(0).receiveSideScaling()).isEmpty();
        }
    }

    @Test
    void shouldReceiveFromAndSendToTheNullDevice() {
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "null:size=60").build())) {
            io.attachWorker(0, OptionalInt.empty());
            PacketPort port = io.ports().get(0);
            PacketBurst burst = new PacketBurst(32);

            assertThat(port.queue(0).receive(burst)).isEqualTo(32);
            assertThat(burst.length(31)).isEqualTo(60);
            assertThat(burst.verdict(31)).isZero();
            assertThat(io.buffers(0).inUse()).isEqualTo(32);
            assertThat(port.queue(0).transmit(burst)).isEqualTo(32);
            assertThat(io.buffers(0).inUse()).isZero();
            assertThat(port.statistics().receivedPackets()).isEqualTo(32);
            assertThat(port.statistics().sentPackets()).isEqualTo(32);
        }
    }

    @Test
    void shouldDescribeAPort() {
        DpdkConfig config =
                builder()
                        .port(DpdkPortConfig.of("dpdk0", "ring:").withMtu(1400))
                        .workers(2)
                        .build();
        try (DpdkIo io = DpdkIo.open(config)) {
            PacketPort port = io.ports().get(0);

            assertThat(port.name()).isEqualTo("dpdk0");
            assertThat(port.mtu()).isEqualTo(1400);
            assertThat(port.queueCount()).isEqualTo(2);
            assertThat(port.capabilities().maxQueues()).isEqualTo(16);
            assertThat(port.capabilities().receiveIpChecksum()).isFalse();
            assertThat(port.capabilities().receiveSideScaling()).isFalse();
            assertThat(port.link().up()).isTrue();
        }
    }

    @Test
    void shouldReadAndWriteCaptureFiles(@TempDir Path folder) throws IOException {
        byte[] first = frame(60);
        byte[] second = frame(1514);
        Path in = Files.write(folder.resolve("in.pcap"), pcap(first, second));
        Path out = folder.resolve("out.pcap");
        DpdkConfig config = builder().port("dpdk0", "pcap:" + in + "," + out).build();
        try (DpdkIo io = DpdkIo.open(config)) {
            PacketBurst burst = new PacketBurst(32);
            assertThat(io.ports().get(0).queue(0).receive(burst)).isEqualTo(2);
            assertThat(Memory.toBytes(burst.data(0), burst.length(0))).isEqualTo(first);
            assertThat(Memory.toBytes(burst.data(1), burst.length(1))).isEqualTo(second);
            assertThat(io.ports().get(0).queue(0).transmit(burst)).isEqualTo(2);
            assertThat(io.buffers(0).inUse()).isZero();
        }
        byte[] written = Files.readAllBytes(out);
        int start = PCAP_HEADER + PACKET_HEADER;
        assertThat(Arrays.copyOfRange(written, start, start + 60)).isEqualTo(first);
        assertThat(written).hasSize(PCAP_HEADER + 2 * PACKET_HEADER + 60 + 1514);
    }

    @Test
    void shouldDropAndCountAPacketThatDoesNotFitOneBuffer(@TempDir Path folder) throws IOException {
        Path in = Files.write(folder.resolve("in.pcap"), pcap(frame(5000), frame(60)));
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "pcap:" + in).build())) {
            PacketBurst burst = new PacketBurst(32);

            assertThat(io.ports().get(0).queue(0).receive(burst)).isEqualTo(1);
            assertThat(burst.length(0)).isEqualTo(60);
            assertThat(io.ports().get(0).statistics().receiveErrors()).isEqualTo(1);
            assertThat(io.ports().get(0).statistics().receivedPackets()).isEqualTo(1);
            io.buffers(0).freeAll(burst);
            assertThat(io.buffers(0).inUse()).isZero();
        }
    }

    private static byte[] frame(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 13 + length);
        }
        return bytes;
    }

    private static byte[] pcap(byte[]... frames) {
        int size = Arrays.stream(frames).mapToInt(frame -> PACKET_HEADER + frame.length).sum();
        ByteBuffer file = ByteBuffer.allocate(PCAP_HEADER + size).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xA1B2C3D4).putShort((short) 2).putShort((short) 4);
        file.putInt(0).putInt(0).putInt(65535).putInt(1);
        for (byte[] frame : frames) {
            file.putInt(0).putInt(0).putInt(frame.length).putInt(frame.length).put(frame);
        }
        return file.array();
    }

    @Test
    void shouldOpenSeveralAtOnceAndOneAfterAnother() {
        for (int round = 0; round < 3; round++) {
            try (DpdkIo one = DpdkIo.open(builder().port("dpdk0", "ring:").build());
                    DpdkIo two = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
                PacketBurst burst = new PacketBurst(1);
                Frames.add(burst, one.buffers(0), 1, 60);
                one.ports().get(0).queue(0).transmit(burst);

                assertThat(two.ports().get(0).queue(0).receive(burst)).isZero();
                assertThat(one.ports().get(0).queue(0).receive(burst)).isEqualTo(1);
                one.buffers(0).freeAll(burst);
            }
        }
    }

    @Test
    void shouldWorkOnAThreadThatIsNotAttached() {
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
            BufferPool pool = io.buffers(0);
            PacketBurst burst = new PacketBurst(32);
            while (!burst.isFull()) {
                Frames.add(burst, pool, burst.size(), 60);
            }
            io.ports().get(0).queue(0).transmit(burst);

            assertThat(Frames.receive(io.ports().get(0).queue(0), pool, 32)).hasSize(32);
            assertThat(pool.inUse()).isZero();
        }
    }

    @Test
    void shouldPinAWorkerAndUndoThatWhenItDetaches() {
        CpuAffinity before = CpuAffinity.current();
        int cpu = Integer.parseInt(before.toString().split("[-,]", 2)[0]);
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
            io.attachWorker(0, OptionalInt.of(cpu));
            assertThat(CpuAffinity.current()).hasToString(Integer.toString(cpu));
            io.detachWorker(0);
            assertThat(CpuAffinity.current()).hasToString(before.toString());
        }
    }

    @Test
    void shouldRefuseACpuThatIsNotThere() {
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
            assertThatThrownBy(() -> io.attachWorker(0, OptionalInt.of(8000)))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContainingAll("CPU 8000", CpuAffinity.current().toString());
            io.attachWorker(0, OptionalInt.empty());
        }
    }

    @Test
    void shouldRefuseTwoThreadsAsOneWorkerAndToCloseUnderAWorker() throws InterruptedException {
        DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build());
        io.attachWorker(0, OptionalInt.empty());
        Throwable[] thrown = new Throwable[3];
        Thread other =
                Thread.ofPlatform()
                        .start(() -> {
                            thrown[0] = thrownBy(() -> io.attachWorker(0, OptionalInt.empty()));
                            thrown[1] = thrownBy(() -> io.detachWorker(0));
                            thrown[2] = thrownBy(io::close);
                        });
        other.join();

        String me = Thread.currentThread().getName();
        assertThat(thrown[0]).hasMessageContainingAll(me, "worker 0");
        assertThat(thrown[1]).hasMessageContaining("is not attached as worker 0");
        assertThat(thrown[2]).hasMessageContaining("close the balancer before its ports");
        assertThat(io.ports().get(0).link().up()).isTrue();
        io.close();
    }

    private static Throwable thrownBy(Runnable action) {
        try {
            action.run();
        } catch (IllegalStateException e) {
            return e;
        }
        return new AssertionError("nothing was thrown");
    }

    @Test
    void shouldCloseAfterAWorkerThatEndedWithoutDetaching() throws InterruptedException {
        DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build());
        Thread worker = Thread.ofPlatform().start(() -> io.attachWorker(0, OptionalInt.empty()));
        worker.join();
        io.attachWorker(0, OptionalInt.empty());

        io.close();

        assertThat(io.buffers(0).inUse()).isZero();
    }

    @Test
    void shouldRefuseAVirtualThreadAsWorker() throws InterruptedException {
        try (DpdkIo io = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
            ErrorCode[] code = new ErrorCode[1];
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            io.attachWorker(0, OptionalInt.empty());
                        } catch (BalancerException e) {
                            code[0] = e.code();
                        }
                    })
                    .join();
            assertThat(code[0]).isEqualTo(ErrorCode.UNSUPPORTED);
        }
    }

    @Test
    void shouldDoNothingOnceClosed() {
        DpdkIo io = DpdkIo.open(builder().port("dpdk0", "null:").build());
        PacketBurst burst = new PacketBurst(4);
        io.buffers(0).allocate(burst);
        PacketPort port = io.ports().get(0);
        io.close();
        io.close();

        assertThat(port.queue(0).transmit(burst)).isZero();
        io.buffers(0).free(burst.buffer(0));
        assertThat(port.queue(0).receive(burst)).isZero();
        assertThat(io.buffers(0).allocate(burst)).isFalse();
        assertThatThrownBy(port::statistics).hasMessageContaining("port dpdk0 is closed");
        assertThatThrownBy(port::link).hasMessageContaining("port dpdk0 is closed");
        assertThatThrownBy(() -> io.attachWorker(0, OptionalInt.empty()))
                .hasMessageContaining("closed");
    }

    @Test
    void shouldRefuseDevicesThatAreNotThereAndSayWhatToDo(@TempDir Path folder) {
        refused(
                ErrorCode.DEVICE,
                builder().port("dpdk0", "net_nonesuch0").build(),
                "port dpdk0",
                "net_nonesuch0");
        refused(
                ErrorCode.DEVICE,
                builder().port("dpdk0", "af_packet:fn-nonesuch").build(),
                "no network interface fn-nonesuch",
                "ip link show");
        refused(
                ErrorCode.DEVICE,
                builder().port("dpdk0", "ffff:ff:1f.7").build(),
                "no PCI device ffff:ff:1f.7");
        refused(
                ErrorCode.DEVICE,
                builder().port("dpdk0", "pcap:" + folder.resolve("absent.pcap")).build(),
                "cannot read the capture file",
                "absent.pcap");
        refused(
                ErrorCode.INVALID_ARGUMENT,
                builder().port("dpdk0", "tap:a-name-that-is-too-long").build(),
                "a-name-that-is-too-long");
    }

    @Test
    void shouldRefuseSettingsTheDeviceDoesNotHave() {
        refused(
                ErrorCode.DEVICE,
                builder().port(DpdkPortConfig.of("dpdk0", "ring:").withQueues(17)).build(),
                "port dpdk0 (ring:)",
                "17 queues are wanted, the device has 16");
        refused(
                ErrorCode.DEVICE,
                builder().port("dpdk0", "null:nonesuch=1").build(),
                "null:nonesuch=1",
                "DPDK says");
    }

    @Test
    void shouldRefuseOneDeviceTwice() {
        DpdkConfig config = builder().port("dpdk0", "net_null77").build();
        try (DpdkIo io = DpdkIo.open(config)) {
            refused(ErrorCode.DEVICE, config, "net_null77 is open already");
            assertThat(io.ports().get(0).link().up()).isTrue();
        }
        DpdkIo.open(config).close();
    }

    @Test
    void shouldRefuseMoreBuffersThanFit() {
        refused(
                ErrorCode.MEMORY,
                builder().port("dpdk0", "ring:").buffers(1 << 22).build(),
                "4194304 packet buffers",
                "memoryMb");
    }

    @Test
    void shouldRefuseToChangeWhatIsSetOnceAProcess() {
        try (DpdkIo first = DpdkIo.open(builder().port("dpdk0", "ring:").build())) {
            for (DpdkConfig config :
                    List.of(
                            builder().port("dpdk1", "ring:").memoryMb(1 << 20).build(),
                            builder().port("dpdk1", "ring:").filePrefix("other").build(),
                            builder().port("dpdk1", "ring:").ealArguments("-n", "3").build())) {
                refused(ErrorCode.UNSUPPORTED, config, "DPDK runs in this process already");
            }
            assertThat(first.ports()).hasSize(1);
        }
    }
}
