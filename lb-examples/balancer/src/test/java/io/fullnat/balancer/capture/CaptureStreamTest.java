// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.run.CaptureLoop;
import io.fullnat.balancer.run.FrameSink;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// When captures end, however slowly they are read.
@Timeout(60)
final class CaptureStreamTest {
    private static final Duration TIME = Duration.ofMillis(200);

    private final ApiRig rig = new ApiRig().addressed();
    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());
    private final CaptureRequest request =
            CaptureRequest.parse(
                    List.of("format=PCAPNG", "count=100000", "client=192.0.2.0/24", "port=wan"));

    @AfterEach
    void close() {
        rig.close();
    }

    /// A client that takes nothing for some time, and then all.
    private static final class Slow extends OutputStream {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private final CountDownLatch released = new CountDownLatch(1);

        @Override
        public void write(int one) {
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            taken.write(one);
        }
    }

    private static CompletableFuture<Void> begin(CaptureStream stream, Slow out) {
        return CompletableFuture.runAsync(() -> {
            try {
                stream.write(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /// Waits until somebody else can capture.
    private PacketCapture next() throws InterruptedException {
        while (true) {
            try {
                return rig.capture(CaptureSettings.ALL);
            } catch (BalancerException underWay) {
                Thread.sleep(10);
            }
        }
    }

    private static List<CapturedPacket> packets(ByteArrayOutputStream from) throws IOException {
        List<CapturedPacket> packets = new ArrayList<>();
        CaptureReader reader = new CaptureReader("x", new ByteArrayInputStream(from.toByteArray()));
        for (CapturedPacket next = reader.next(); next != null; next = reader.next()) {
            packets.add(next);
        }
        return packets;
    }

    @Test
    void itsTimeEndsWhileTheClientTakesNothing() throws Exception {
        Slow out = new Slow();
        try (CaptureStream stream = new CaptureStream(rig, request, TIME)) {
            CompletableFuture<Void> written = begin(stream, out);
            try (PacketCapture other = next()) {
                assertThat(other.lost()).isZero();
                assertThat(written).as("the client is waited for").isNotDone();
            }
            out.released.countDown();
            written.get();
        }
        assertThat(packets(out.taken)).isEmpty();
    }

    @Test
    void theRestIsGivenUpAfterAWhile() throws Exception {
        Slow out = new Slow();
        try (CaptureStream stream = new CaptureStream(rig, request, TIME, Duration.ZERO)) {
            CompletableFuture<Void> written = begin(stream, out);
            next().close();
            out.released.countDown();
            assertThatThrownBy(written::get).hasRootCauseMessage("the client reads too slowly");
        }
    }

    @Test
    void oneThatIsNeverWrittenEndsToo() throws Exception {
        try (CaptureStream stream = new CaptureStream(rig, request, TIME)) {
            next().close();
            assertThat(stream).isNotNull();
        }
    }

    @Test
    void whatWasCapturedInTimeIsHandedOn() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AtomicBoolean over = new AtomicBoolean();
        List<String> ports = List.of("wan", "lan");
        try (PacketCapture capture = rig.capture(request.settings(rig.control(), ports))) {
            CompletableFuture<Void> done =
                    CompletableFuture.runAsync(() -> {
                        try {
                            FrameSink sink = new PcapngSink(out, "fullnat", ports, 100);
                            CaptureLoop.run(capture, request.count(), over::get, sink);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            for (int i = 1; i <= 600; i++) {
                client.send(
                        PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                                .ipv4("192.0.2.7", "192.0.2.1")
                                .udp(40000, 9)
                                .payload("x"));
                while (capture.captured() < i) {
                    Thread.sleep(1);
                }
                client.receiveAll();
            }
            assertThat(done).isNotDone();
            over.set(true);
            done.get();
            assertThat(packets(out)).hasSize((int) capture.captured());
            assertThat(capture.lost()).isZero();
        }
    }
}
