// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.benchmarks.BurstGaps;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// Makes packets in receive, turns them round in transmit. Belongs to the worker, but for [#run].
public final class LoopQueue implements PortQueue {
    private final Arena arena = Arena.ofShared();
    private final LoopPool pool = new LoopPool(arena);
    private final BurstGaps gaps = new BurstGaps();
    private final int flags;
    private final long[] answers = new long[LoopPool.BUFFERS];
    private final SentSample sample = new SentSample(PacketMaker::verify);
    private int answersTaken;
    private int answersMade;
    private volatile @Nullable Phase phase;

    LoopQueue(int flags) {
        this.flags = flags;
    }

    /// Begins a phase.
    ///
    /// @return the same
    public Phase run(Phase next) {
        phase = next;
        return next;
    }

    Arena arena() {
        return arena;
    }

    SentSample sample() {
        return sample;
    }

    LoopPool pool() {
        return pool;
    }

    /// How long the worker was away between two receive calls.
    public BurstGaps gaps() {
        return gaps;
    }

    void close() {
        arena.close();
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        gaps.mark();
        Phase present = phase;
        if (present == null) {
            return 0;
        }
        present.begin();
        HonestEnds ends = present.ends();
        if (ends != null) {
            talk(burst, present, ends);
        } else if (answersTaken < answersMade) {
            handOutAnswers(burst, present.maker());
        } else if (present.hasNext()) {
            Pace pace = present.pace();
            if (pace == null) {
                make(burst, present);
            } else {
                makeDue(burst, present, pace);
            }
        } else {
            phase = null;
            present.end();
        }
        present.received(burst.size());
        return burst.size();
    }

    /// Few begin at a time, so that there are buffers for all that is said.
    private void talk(PacketBurst burst, Phase present, HonestEnds ends) {
        if (answersTaken < answersMade) {
            handOut(burst, BufferPool.HEADROOM, HonestEnds.LENGTH);
        } else if (present.hasNext()) {
            int count = present.take(Math.min(burst.capacity(), pool.available() / 4));
            for (int i = 0; i < count; i++) {
                long buffer = pool.take();
                ends.make(present.next(), buffer + BufferPool.HEADROOM);
                burst.put(i, buffer, buffer + BufferPool.HEADROOM, HonestEnds.LENGTH, flags);
            }
            burst.resize(count);
        } else {
            phase = null;
            present.end();
        }
    }

    private void handOutAnswers(PacketBurst burst, FrameMaker maker) {
        int length = maker.answerLength();
        handOut(burst, BufferPool.HEADROOM + maker.length() - length, length);
    }

    private void handOut(PacketBurst burst, int place, int length) {
        int count = Math.min(answersMade - answersTaken, burst.capacity());
        for (int i = 0; i < count; i++) {
            long buffer = answers[answersTaken + i];
            burst.put(i, buffer, buffer + place, length, flags);
        }
        burst.resize(count);
        answersTaken += count;
        if (answersTaken == answersMade) {
            answersTaken = 0;
            answersMade = 0;
        }
    }

    private void make(PacketBurst burst, Phase present) {
        FrameMaker maker = present.maker();
        int length = maker.length();
        int count = present.take(Math.min(burst.capacity(), pool.available()));
        for (int i = 0; i < count; i++) {
            long buffer = pool.last(i);
            long data = buffer + BufferPool.HEADROOM;
            maker.make(present.next(), data);
            burst.put(i, buffer, data, length, flags);
        }
        burst.resize(count);
        pool.take(count);
    }

    /// The time at which a packet was due stands in front of it.
    private void makeDue(PacketBurst burst, Phase present, Pace pace) {
        long now = System.nanoTime();
        while (present.hasNext() && !burst.isFull() && pool.available() > 0) {
            long due = pace.due(now);
            if (due == 0) {
                return;
            }
            long buffer = pool.take();
            Memory.putLong(buffer, due);
            long data = buffer + BufferPool.HEADROOM;
            present.take(1);
            present.maker().make(present.next(), data);
            burst.add(buffer, data, present.maker().length(), flags);
        }
    }

    @Override
    public int transmit(PacketBurst burst) {
        Phase present = phase;
        int size = burst.size();
        sample.look(burst);
        Pace pace = present == null ? null : present.pace();
        if (pace != null) {
            long now = System.nanoTime();
            for (int i = 0; i < size; i++) {
                pace.sent(Memory.getLong(burst.buffer(i)), now);
            }
        }
        HonestEnds ends = present == null ? null : present.ends();
        if (ends != null) {
            answer(burst, size, ends);
        } else if (present != null && present.answered()) {
            turnRound(burst, size, present.maker());
        } else {
            for (int i = 0; i < size; i++) {
                pool.free(burst.buffer(i));
            }
        }
        return size;
    }

    private void answer(PacketBurst burst, int size, HonestEnds ends) {
        for (int i = 0; i < size; i++) {
            if (ends.answer(burst.data(i), burst.buffer(i))) {
                answers[answersMade++] = burst.buffer(i);
            } else {
                pool.free(burst.buffer(i));
            }
        }
    }

    private void turnRound(PacketBurst burst, int size, FrameMaker maker) {
        int made = answersMade;
        for (int i = 0; i < size; i++) {
            long data = burst.data(i);
            if (maker.isToServer(data)) {
                maker.answer(data);
                answers[made++] = burst.buffer(i);
            } else {
                pool.free(burst.buffer(i));
            }
        }
        answersMade = made;
    }
}
