// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;
import io.fullnat.core.memory.Region;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What becomes of packets that are handed over one by one and in runs.
final class TransmitterTest {
    private static final int CAPACITY = 4;
    private static final int PORT = 5;
    private static final int INWARD = Transmitter.tag(PORT, Transmitter.IN);
    private static final int OUTWARD = Transmitter.tag(PORT, Transmitter.OUT);

    private final Region memory = Region.allocate(1024, "the counters of a test");
    private final Device device = new Device();
    private final Pool pool = new Pool();
    private final LinkGate link = new LinkGate();
    private final Transmitter transmitter =
            new Transmitter(
                    "lan",
                    device,
                    pool,
                    new WorkerCounters(
                            places(0, Outcome.values().length),
                            places(60, Counter.values().length)),
                    link,
                    CAPACITY);

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void sendsARunWithWhatStoodBeforeIt() {
        transmitter.add(1, 0x100, 60, Transmitter.OWN);
        transmitter.addAll(burst(INWARD, 2, 3), 0, 2);

        transmitter.flush();

        assertThat(device.sent).containsExactly(1L, 2L, 3L);
        assertThat(device.lengths).containsExactly(60, 62, 63);
        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(2);
        assertThat(count(Outcome.FORWARDED_OUT)).isZero();
    }

    @Test
    void takesOnlyThePacketsOfTheRun() {
        PacketBurst burst = burst(INWARD, 1, 2, 3);

        transmitter.addAll(burst, 1, 2);
        transmitter.flush();

        assertThat(device.sent).containsExactly(2L);
        assertThat(burst.size()).isEqualTo(3);
    }

    @Test
    void makesRoomForARunBySending() {
        transmitter.addAll(burst(INWARD, 1, 2, 3), 0, 3);
        transmitter.addAll(burst(OUTWARD, 4, 5), 0, 2);
        assertThat(device.sent).containsExactly(1L, 2L, 3L);

        transmitter.flush();

        assertThat(device.sent).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(3);
        assertThat(count(Outcome.FORWARDED_OUT)).isEqualTo(2);
    }

    @Test
    void keepsOfARunWhatStillFitsAndDropsTheRest() {
        device.takes = 0;
        transmitter.addAll(burst(INWARD, 1, 2, 3), 0, 3);
        transmitter.addAll(burst(OUTWARD, 4, 5), 0, 2);

        assertThat(pool.freed).containsExactly(5L);
        assertThat(count(Outcome.TRANSMIT_FULL)).isEqualTo(1);
        assertThat(transmitter.forwardedWaiting()).isEqualTo(4);

        device.takes = 10;
        transmitter.flush();

        assertThat(device.sent).containsExactly(1L, 2L, 3L, 4L);
        assertThat(count(Outcome.FORWARDED_OUT)).isEqualTo(1);
    }

    @Test
    void countsByKindWhatTheDeviceTookOfRuns() {
        transmitter.addAll(burst(INWARD, 1, 2), 0, 2);
        transmitter.addAll(burst(OUTWARD, 3), 0, 1);
        device.takes = 1;

        transmitter.flush();

        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(1);
        assertThat(transmitter.forwardedWaiting()).isEqualTo(2);

        device.takes = 10;
        transmitter.flush();

        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(2);
        assertThat(count(Outcome.FORWARDED_OUT)).isEqualTo(1);
        assertThat(transmitter.forwardedWaiting()).isZero();
    }

    @Test
    void dropsAtTheEndWhatWaitsOfRuns() {
        transmitter.addAll(burst(OUTWARD, 1, 2), 0, 2);

        transmitter.close();

        assertThat(pool.freed).containsExactly(1L, 2L);
        assertThat(count(Outcome.SHUTDOWN)).isEqualTo(2);
    }

    @Test
    void offersNothingWhileTheLinkIsDown() {
        link.down(true);
        transmitter.add(1, 0x100, 60, Transmitter.OWN);
        transmitter.addAll(burst(INWARD, 2, 3), 0, 2);

        assertThat(transmitter.flush()).isZero();

        assertThat(device.sent).isEmpty();
        assertThat(pool.freed).containsExactly(1L, 2L, 3L);
        assertThat(count(Outcome.LINK_DOWN)).isEqualTo(2);
        assertThat(count(Outcome.FORWARDED_IN)).isZero();
        assertThat(link.lost()).isEqualTo(3);

        link.down(false);
        transmitter.addAll(burst(OUTWARD, 4), 0, 1);
        assertThat(transmitter.flush()).isEqualTo(1);
        assertThat(count(Outcome.FORWARDED_OUT)).isEqualTo(1);
        assertThat(transmitter.forwardedWaiting()).isZero();
    }

    @Test
    void givesUpWhatIsLeftWhenTheDeviceSaysThatItsLinkIsDown() {
        device.takes = 1;
        device.refusal = Refusal.LINK_DOWN;
        transmitter.addAll(burst(INWARD, 1, 2, 3), 0, 3);

        assertThat(transmitter.flush()).isEqualTo(1);

        assertThat(pool.freed).containsExactly(2L, 3L);
        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(1);
        assertThat(count(Outcome.LINK_DOWN)).isEqualTo(2);
        assertThat(transmitter.forwardedWaiting()).isZero();
    }

    @Test
    void dropsWhatTheDeviceNeverTakesAndSendsWhatStandsAroundIt() {
        device.longest = 62;
        device.refusal = Refusal.PACKET;
        transmitter.addAll(burst(INWARD, 1, 3), 0, 2);
        transmitter.addAll(burst(OUTWARD, 2, 4), 0, 2);

        assertThat(transmitter.flush()).isEqualTo(2);

        assertThat(device.sent).containsExactly(1L, 2L);
        assertThat(pool.freed).containsExactly(3L, 4L);
        assertThat(count(Outcome.FORWARDED_IN)).isEqualTo(1);
        assertThat(count(Outcome.FORWARDED_OUT)).isEqualTo(1);
        assertThat(count(Outcome.TRANSMIT_REFUSED)).isEqualTo(2);
        assertThat(transmitter.forwardedWaiting()).isZero();
    }

    private static PacketBurst burst(int way, long... buffers) {
        PacketBurst burst = new PacketBurst(8);
        for (long buffer : buffers) {
            burst.addToSend(buffer, 0x1000 * buffer, 60 + (int) buffer, way);
        }
        return burst;
    }

    private long[] places(int first, int count) {
        return LongStream.range(first, first + count)
                .map(place -> memory.address() + place * Long.BYTES)
                .toArray();
    }

    private long count(Outcome outcome) {
        return Memory.getLong(memory.address() + (long) outcome.ordinal() * Long.BYTES);
    }

    private static final class Device implements PortQueue {
        private final List<Long> sent = new ArrayList<>();
        private final List<Integer> lengths = new ArrayList<>();
        private int takes = Integer.MAX_VALUE;
        private int longest = Integer.MAX_VALUE;
        private Refusal refusal = Refusal.BUSY;

        @Override
        public int receive(PacketBurst burst) {
            burst.clear();
            return 0;
        }

        @Override
        public int transmit(PacketBurst burst) {
            int taken = Math.min(takes, burst.size());
            for (int i = 0; i < taken; i++) {
                if (burst.length(i) > longest) {
                    return i;
                }
                sent.add(burst.buffer(i));
                lengths.add(burst.length(i));
            }
            return taken;
        }

        @Override
        public Refusal refusal() {
            return refusal;
        }
    }

    private static final class Pool implements BufferPool {
        private final List<Long> freed = new ArrayList<>();

        @Override
        public boolean allocate(PacketBurst burst) {
            return false;
        }

        @Override
        public void free(long buffer) {
            freed.add(buffer);
        }

        @Override
        public void freeAll(PacketBurst burst) {
            throw new AssertionError("a transmitter frees one by one");
        }

        @Override
        public int dataCapacity() {
            return 2048;
        }

        @Override
        public long capacity() {
            return 4096;
        }

        @Override
        public long inUse() {
            return 0;
        }
    }
}
