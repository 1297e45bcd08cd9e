// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.capture.BpfInstruction;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import io.fullnat.core.packet.PacketBuilder;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a tap itself does, by a worker's thread.
@Tag("optimized")
final class TapTest {
    private static final int BURST = 32;
    private static final int ROUNDS = 4_000;
    private static final int PERIODS = 5;
    private static final List<String> PORTS = List.of("wan", "lan");

    private final byte[] frame =
            PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                    .ipv4("198.51.100.7", "192.0.2.80")
                    .udp(40000, 53)
                    .payload("question")
                    .toBytes();
    private final long memory = Memory.allocate((long) BURST * 64);
    private final PacketBurst burst = new PacketBurst(BURST);

    TapTest() {
        for (int i = 0; i < BURST; i++) {
            long data = memory + 64L * i;
            Memory.fromBytes(frame, data);
            burst.add(1000 + i, data, frame.length, 0);
        }
    }

    @AfterEach
    void free() {
        Memory.free(memory);
    }

    private static Tap tap(int ringBytes) {
        BpfFilter all = new BpfFilter(List.of(new BpfInstruction(6, 0, 0, 1)));
        return new Tap(
                new CaptureSettings(
                        Optional.of(all),
                        List.of(FlowPattern.of(IpPrefix.parse("198.51.100.0/24"))),
                        Set.of(),
                        Set.of(),
                        CaptureSettings.MAX_SNAP_LENGTH,
                        ringBytes),
                PORTS,
                1518,
                0);
    }

    private void pass(Tap tap) {
        tap.received(burst, 0);
        tap.offering(burst, "lan");
        for (int i = 0; i < BURST; i++) {
            if (i % 2 == 0) {
                tap.sent(burst.buffer(i), Outcome.FORWARDED_IN);
            } else {
                tap.ended(burst.buffer(i), Outcome.LINK_DOWN);
            }
        }
    }

    @Test
    void aWorkerAllocatesNothingWhileItCaptures() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Tap tap = tap(1 << 20);
        long least = Long.MAX_VALUE;
        for (int period = 0; period < PERIODS; period++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int round = 0; round < ROUNDS; round++) {
                pass(tap);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            tap.drain(new ArrayList<>(), 0, 0, Integer.MAX_VALUE);
        }

        assertThat(least).as("bytes").isZero();
        assertThat(tap.written()).isPositive();
        assertThat(tap.lost()).isPositive();
        assertThat(tap.written() + tap.lost()).isEqualTo(PERIODS * ROUNDS * (BURST / 2) * 3L);
    }

    @Test
    void whatGoesOnInAnotherBufferIsTheSamePacket() {
        Tap tap = tap(1 << 16);
        tap.time(7);
        tap.received(1000, burst.data(0), frame.length, 0);
        tap.continued(1000, 2000);
        tap.ended(1000, Outcome.FAULT);
        tap.ended(2000, Outcome.TOO_BIG);

        List<CapturedFrame> frames = new ArrayList<>();
        tap.drain(frames, 3, 100, 10);
        assertThat(frames).hasSize(1);
        assertThat(frames.getFirst().outcome()).contains(Outcome.TOO_BIG);
        assertThat(frames.getFirst().nanos()).isEqualTo(107);
        assertThat(frames.getFirst().worker()).isEqualTo(3);
        assertThat(frames.getFirst().bytes()).isEqualTo(frame);
    }

    @Test
    void aBufferThatComesBackWithoutAnEndIsToldWithoutOne() {
        Tap tap = tap(1 << 16);
        tap.received(1000, burst.data(0), frame.length, 0);
        tap.received(1000, burst.data(0), frame.length, 1);
        tap.forget(1000);

        List<CapturedFrame> frames = new ArrayList<>();
        tap.drain(frames, 0, 0, 10);
        assertThat(frames).hasSize(1);
        assertThat(frames.getFirst().outcome()).isEmpty();
        assertThat(frames.getFirst().port()).isZero();
    }

    @Test
    void whenAllPlacesAreTakenPacketsAreCounted() {
        Tap tap = tap(1 << 16);
        int places = 0;
        while (tap.lost() == 0) {
            tap.received(5_000 + places, burst.data(0), frame.length, 0);
            places++;
        }
        assertThat(places).isEqualTo(2049);
        tap.ended(5_000, Outcome.SHUTDOWN);
        tap.received(1, burst.data(0), frame.length, 0);
        assertThat(tap.lost()).isEqualTo(1);
    }

    /// Far more than there are places: each that is forgotten leaves its own.
    @Test
    void whatIsWrittenForAClientAndNotSentLeavesNothing() {
        Tap tap = tap(1 << 16);
        for (int i = 0; i < 10_000; i++) {
            tap.ofClient(5000 + i, burst.data(0), frame.length);
            tap.forget(5000 + i);
        }
        tap.ofClient(1000, burst.data(0), frame.length);
        tap.offering(burst, "lan");
        tap.sent(1000, null);

        List<CapturedFrame> frames = new ArrayList<>();
        tap.drain(frames, 0, 0, 10);
        assertThat(frames).hasSize(1);
        assertThat(frames.getFirst().sent()).isTrue();
        assertThat(frames.getFirst().outcome()).isEmpty();
        assertThat(frames.getFirst().port()).isEqualTo(1);
        assertThat(tap.lost()).isZero();
    }
}
