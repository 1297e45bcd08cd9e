// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a running balancer answers to `capture`, and what the command makes of it.
@Timeout(60)
final class CaptureRunnerTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01"),
                            PortSettings.of("client", "02:00:00:00:00:c1"))
                    .open();
    private final FullNatBalancer balancer = FullNatBalancer.builder(io).start();
    private final FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
    private final CaptureRunner runner = new CaptureRunner(balancer, io.ports());
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final StringWriter complaints = new StringWriter();
    private final AtomicBoolean over = new AtomicBoolean();
    private final CaptureAnswer answer = new CaptureAnswer(bytes, over::get);

    CaptureRunnerTest() {
        balancer.network().addAddress(InterfaceAddress.of("192.0.2.1/24", "wan"));
    }

    @AfterEach
    void close() {
        balancer.close();
        io.close();
    }

    private int run(String... words) {
        List<String> line = new ArrayList<>(List.of("capture"));
        line.addAll(List.of(words));
        return runner.run(line, "", new PrintWriter(answer), new PrintWriter(complaints, true));
    }

    private void knockUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            client.send(
                    PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                            .ipv4("192.0.2.7", "192.0.2.1")
                            .udp(40000, 9)
                            .payload("x"));
            Thread.sleep(20);
            client.receiveAll();
        }
    }

    @Test
    void aCaptureIsReadAsItIsWritten() throws Exception {
        CompletableFuture<Integer> done =
                CompletableFuture.supplyAsync(
                        () -> run("format=PCAPNG", "outcome=NO_SERVICE", "count=3", "snap=40"));
        knockUntil(done::isDone);

        assertThat(done.get()).isZero();
        CaptureReader reader =
                new CaptureReader("x", new ByteArrayInputStream(bytes.toByteArray()));
        for (int i = 0; i < 3; i++) {
            CapturedPacket packet = Objects.requireNonNull(reader.next());
            assertThat(packet.seenAt().name()).isEqualTo("wan");
            assertThat(packet.comment()).startsWith("NO_SERVICE (dropped): ").endsWith("worker 0");
            assertThat(packet.bytes()).hasSize(40);
            assertThat(packet.isWhole()).isFalse();
        }
        assertThat(reader.next()).isNull();
        assertThat(answer.captured()).isGreaterThanOrEqualTo(3);
        assertThat(answer.lost()).isZero();
    }

    @Test
    void itEndsWhenTheCommandTakesNoMore() throws Exception {
        CompletableFuture<Integer> done = CompletableFuture.supplyAsync(() -> run("format=TEXT"));
        knockUntil(() -> isWritten() || done.isDone());
        assertThat(done).as("a capture without an end").isNotDone();
        over.set(true);

        assertThat(done.get()).isZero();
        over.set(false);
        bytes.reset();
        CompletableFuture<Integer> next =
                CompletableFuture.supplyAsync(() -> run("format=TEXT", "count=1", "port=wan"));
        knockUntil(next::isDone);
        assertThat(next.get()).isZero();
        assertThat(isWritten()).as("of the next one").isTrue();
    }

    private boolean isWritten() {
        return bytes.toString(StandardCharsets.UTF_8).contains(" w0 wan ");
    }

    @Test
    void wrongWordsAreRefused() {
        assertThat(run("port=lan")).isEqualTo(20);
        assertThat(run("what=ever")).isEqualTo(2);
        assertThat(run("filter=0 0 0 1")).isEqualTo(2);
        assertThat(complaints.toString().lines())
                .containsExactly(
                        "fullnat: no port \"lan\"; there are wan",
                        "fullnat: capture: unknown word \"what=ever\"; use the command `fullnat"
                                + " capture`, of the balancer's version",
                        "fullnat: a filter must end by returning");
    }
}
