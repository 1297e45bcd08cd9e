// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.memory.Region;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.Arrays;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A packet that is handed over arrives with its bytes.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing came")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "packets came whole")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "a packet came with other bytes")
@State
public class HandOffStress {
    /// More than a ring holds, so that no packet is written again before it was read.
    private static final int PACKETS = 1 << 16;

    private static final Region BYTES = Region.allocate((long) PACKETS * Long.BYTES, "packets");
    private static final Region COUNTS = Region.allocate(Region.CACHE_LINE, "counters");
    private static final OneToOneRingBuffer[][] RINGS = HandOff.rings(2);
    private static final HandOff SENDER = new HandOff(0, RINGS, new Pool(), counters());
    private static final HandOff RECEIVER = new HandOff(1, RINGS, new Pool(), counters());
    private static final Frame FRAME = new Frame();
    private static int number;

    private int seen;

    private static WorkerCounters counters() {
        long[] outcomes = new long[io.fullnat.api.counter.Outcome.values().length];
        long[] others = new long[Counter.values().length];
        Arrays.fill(outcomes, COUNTS.address());
        Arrays.fill(others, COUNTS.address());
        return new WorkerCounters(outcomes, others);
    }

    /// Buffers are places in [#BYTES]; none is ever given back.
    private static final class Pool implements BufferPool {
        @Override
        public boolean allocate(PacketBurst burst) {
            return false;
        }

        @Override
        public void free(long buffer) {
            // the ring was full
        }

        @Override
        public void freeAll(PacketBurst burst) {
            burst.clear();
        }

        @Override
        public int dataCapacity() {
            return Long.BYTES;
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

    /// The worker that received it.
    @Actor
    public void sender() {
        int packet = ++number;
        long data = BYTES.address() + (packet & (PACKETS - 1)) * (long) Long.BYTES;
        Memory.putLong(data, packet);
        FRAME.set(packet, data, Long.BYTES, 0);
        SENDER.handOver(1, FRAME, 0);
        SENDER.flush();
    }

    /// Its owner.
    @Actor
    public void receiver(I_Result result) {
        seen = 0;
        RECEIVER.read(this::onMessage, 64);
        result.r1 = seen;
    }

    private void onMessage(int type, MutableDirectBuffer message, int at, int length) {
        boolean whole =
                type == HandOff.PACKETS
                        && length == HandOff.PACKET_LENGTH
                        && Memory.getLong(message.getLong(at + 8)) == message.getLong(at);
        seen = whole ? Math.max(seen, 1) : 2;
    }
}
