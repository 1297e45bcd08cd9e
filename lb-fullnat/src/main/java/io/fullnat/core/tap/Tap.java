// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import java.util.List;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/// One worker's part of a capture. A frame that is wanted is copied when it is received, before
/// anything is changed in it, and kept until the packet's end is known; a frame that is sent, when
/// it is offered to the device, and kept until that has taken it. Both are known by the packet's
/// buffer. Then they go into a ring.
///
/// Allocates nothing once it is made. What the worker calls is for its thread; [#drain] for one
/// other thread; the counts for any.
public final class Tap {
    private static final int MAX_SLOTS = 2048;
    private static final int MIN_SLOTS = 256;
    private static final int MAX_BYTES = 1 << 26;
    private static final int NONE = -1;
    private static final float LOAD = 0.5f;

    private final TapMatch match;
    private final TapRing ring;
    private final String[] portNames;
    private final boolean[] ports;
    private final boolean[] outcomes;
    private final boolean anyOutcome;
    private final boolean anyForwarded;
    private final int room;
    private final int snapLength;
    private final UnsafeBuffer frames;
    private final long idBase;

    private final Long2LongHashMap slotOf = new Long2LongHashMap(4 * MAX_SLOTS, LOAD, NONE);
    private final int[] free;
    private final long[] ids;
    private final long[] receivedAt;
    private final int[] receivedLength; // 0 if it was not received, or not wanted
    private final int[] receivedPort;
    private final long[] sentAt;
    private final int[] sentLength; // 0 if it has not been offered
    private final int[] sentPort;
    private final boolean[] ofKernel;
    private int freeCount;
    private long packets;
    private long now;

    /// A tap of one worker.
    ///
    /// @param settings what is wanted
    /// @param portNames of all ports, by number
    /// @param maxFrame the longest frame of any port
    /// @param worker its number
    public Tap(CaptureSettings settings, List<String> portNames, int maxFrame, int worker) {
        match = new TapMatch(settings);
        ring = new TapRing(settings.ringBytes());
        this.portNames = portNames.toArray(String[]::new);
        ports = new boolean[this.portNames.length];
        for (int port = 0; port < ports.length; port++) {
            ports[port] = settings.ports().isEmpty() || settings.ports().contains(port);
        }
        anyOutcome = settings.outcomes().isEmpty();
        Outcome[] all = Outcome.values();
        outcomes = new boolean[all.length];
        boolean forwarded = anyOutcome;
        for (Outcome outcome : all) {
            outcomes[outcome.ordinal()] = anyOutcome || settings.outcomes().contains(outcome);
            forwarded |= outcomes[outcome.ordinal()] && outcome.kind() == Outcome.Kind.FORWARDED;
        }
        anyForwarded = forwarded;
        room = BitUtil.align(Math.min(settings.snapLength(), maxFrame), BitUtil.CACHE_LINE_LENGTH);
        int slots = Math.clamp(MAX_BYTES / (2 * room), MIN_SLOTS, MAX_SLOTS);
        frames =
                new UnsafeBuffer(
                        BufferUtil.allocateDirectAligned(
                                slots * 2 * room, BitUtil.CACHE_LINE_LENGTH));
        free = new int[slots];
        ids = new long[slots];
        receivedAt = new long[slots];
        receivedLength = new int[slots];
        receivedPort = new int[slots];
        sentAt = new long[slots];
        sentLength = new int[slots];
        sentPort = new int[slots];
        ofKernel = new boolean[slots];
        freeCount = slots;
        snapLength = Math.min(settings.snapLength(), room);
        idBase = (long) (worker + 1) << 48;
        for (int slot = 0; slot < slots; slot++) {
            free[slot] = slots - 1 - slot;
        }
    }

    /// Sets the time of the next bursts.
    ///
    /// @param nanos of the balancer's clock
    public void time(long nanos) {
        now = nanos;
    }

    /// A burst has been received.
    ///
    /// @param burst nothing of which has been changed
    /// @param port by number
    public void received(PacketBurst burst, int port) {
        if (ports[port]) {
            for (int i = 0; i < burst.size(); i++) {
                received(burst.buffer(i), burst.data(i), burst.length(i), port);
            }
        }
    }

    /// A frame has been received, from a port or from another worker.
    ///
    /// @param buffer its handle
    /// @param data its first byte
    /// @param length its length
    /// @param port by number
    public void received(long buffer, long data, int length, int port) {
        if (!ports[port] || !match.matches(data, length)) {
            return;
        }
        int stale = slot(buffer);
        if (stale != NONE) {
            finish(buffer, stale, TapRing.NO_OUTCOME, true);
        }
        int slot = take(buffer);
        if (slot != NONE) {
            receivedAt[slot] = now;
            receivedLength[slot] = length;
            receivedPort[slot] = port;
            copy(data, length, receivedPlace(slot));
        }
    }

    /// A received packet has ended, and was not sent.
    ///
    /// @param buffer its handle
    /// @param outcome how
    public void ended(long buffer, Outcome outcome) {
        int slot = slot(buffer);
        if (slot != NONE) {
            finish(buffer, slot, outcome.ordinal(), false);
        }
    }

    /// A packet of the balancer's own has not been sent.
    ///
    /// @param buffer its handle
    public void forget(long buffer) {
        int slot = slot(buffer);
        if (slot != NONE) {
            release(buffer, slot);
        }
    }

    /// A packet goes on in another buffer.
    ///
    /// @param buffer its handle, which is given back
    /// @param next where it is now
    public void continued(long buffer, long next) {
        int slot = slot(buffer);
        if (slot != NONE) {
            slotOf.remove(buffer);
            slotOf.put(next, slot);
        }
    }

    /// A frame of the kernel's waits to be sent.
    ///
    /// @param buffer its handle
    /// @param data its first byte
    /// @param length its length
    /// @param port by number
    public void ofKernel(long buffer, long data, int length, int port) {
        if (ports[port] && match.matches(data, length)) {
            int slot = take(buffer);
            if (slot != NONE) {
                ofKernel[slot] = true;
            }
        }
    }

    /// A segment of the balancer's own, written as its client would have, is about to be translated
    /// and sent on: it is wanted as the client's are, and its connection is followed.
    ///
    /// @param buffer its handle; [#forget] if it is not sent
    /// @param data its first byte
    /// @param length its length
    public void ofClient(long buffer, long data, int length) {
        if (match.matches(data, length)) {
            int _ = take(buffer); // what finds no room is counted
        }
    }

    /// Frames are about to be offered to a device, some of them perhaps once more.
    ///
    /// @param burst all that wait
    /// @param port its name
    public void offering(PacketBurst burst, String port) {
        if (!anyForwarded && !match.hasFlows()) {
            return;
        }
        int number = number(port);
        for (int i = 0; i < burst.size(); i++) {
            long buffer = burst.buffer(i);
            long data = burst.data(i);
            int length = burst.length(i);
            int slot = slot(buffer);
            if (slot == NONE) {
                boolean wanted = anyForwarded && ports[number] && match.matches(data, length);
                slot = wanted ? take(buffer) : NONE;
            } else if (sentLength[slot] == 0 && !ofKernel[slot]) {
                match.follow(data, length);
            }
            if (slot != NONE && sentLength[slot] == 0) {
                sentAt[slot] = now;
                sentLength[slot] = length;
                sentPort[slot] = number;
                copy(data, length, sentPlace(slot));
            }
        }
    }

    /// A device has taken a frame.
    ///
    /// @param buffer the handle it had
    /// @param outcome how the packet is counted; null if it is the balancer's own
    public void sent(long buffer, @Nullable Outcome outcome) {
        int slot = slot(buffer);
        if (slot != NONE) {
            finish(buffer, slot, outcome == null ? TapRing.NO_OUTCOME : outcome.ordinal(), true);
        }
    }

    private int number(String port) {
        for (int number = 0; number < portNames.length; number++) {
            if (portNames[number].equals(port)) {
                return number;
            }
        }
        throw new IllegalArgumentException("no port is called " + port);
    }

    private void finish(long buffer, int slot, int outcome, boolean taken) {
        boolean wanted = outcome == TapRing.NO_OUTCOME ? anyOutcome : outcomes[outcome];
        if (wanted) {
            int received = receivedLength[slot];
            if (received != 0) {
                ring.write(
                        receivedAt[slot],
                        ids[slot],
                        received,
                        captured(received),
                        receivedPort[slot],
                        false,
                        outcome,
                        frames,
                        receivedPlace(slot));
            }
            int sent = sentLength[slot];
            // What no device took shows as received; if it was not captured then, as it is now.
            if (sent != 0 && ports[sentPort[slot]] && (taken || received == 0)) {
                ring.write(
                        sentAt[slot],
                        ids[slot],
                        sent,
                        captured(sent),
                        sentPort[slot],
                        true,
                        ofKernel[slot] ? TapRing.OF_KERNEL : outcome,
                        frames,
                        sentPlace(slot));
            }
        }
        release(buffer, slot);
    }

    private int slot(long buffer) {
        return (int) slotOf.get(buffer);
    }

    private int take(long buffer) {
        if (freeCount == 0) {
            ring.countLost();
            return NONE;
        }
        int slot = free[--freeCount];
        slotOf.put(buffer, slot);
        ids[slot] = idBase + ++packets;
        receivedLength[slot] = 0;
        sentLength[slot] = 0;
        ofKernel[slot] = false;
        return slot;
    }

    private void release(long buffer, int slot) {
        slotOf.remove(buffer);
        free[freeCount++] = slot;
    }

    private int receivedPlace(int slot) {
        return slot * 2 * room;
    }

    private int sentPlace(int slot) {
        return (slot * 2 + 1) * room;
    }

    private int captured(int length) {
        return Math.min(length, snapLength);
    }

    private void copy(long data, int length, int to) {
        Memory.copy(data, frames.addressOffset() + to, captured(length));
    }

    /// Takes captured frames out.
    ///
    /// @param to gets them
    /// @param worker the worker's number
    /// @param sinceEpoch what the balancer's clock is to be added to for nanoseconds since 1970
    /// @param most how many at most
    public void drain(List<CapturedFrame> to, int worker, long sinceEpoch, int most) {
        ring.drain(to, worker, sinceEpoch, most);
    }

    /// How many frames were wanted and are not captured, as nobody fetched them in time.
    ///
    /// @return so far
    public long lost() {
        return ring.lost();
    }

    /// How many frames have been captured.
    ///
    /// @return so far
    public long written() {
        return ring.written();
    }
}
