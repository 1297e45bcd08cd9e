// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One queue pair: calls the driver's receive and transmit functions and translates between its
/// `struct rte_mbuf` and [PacketBurst]. Nothing is allocated.
final class DpdkPortQueue implements PortQueue {
    /// The most packets that pass in one call of the driver.
    private static final int MAX_BURST = 512;

    /// One in so many calls asks the driver how many packets wait: its answer costs it a walk.
    private static final int ASKED = 1 << 12;

    private static final int UNKNOWN = -1;

    private final MemorySegment receiveFunction;
    private final MemorySegment transmitFunction;
    private final MemorySegment freeFunction;
    private final @Nullable MemorySegment countFunction;
    private final long receiveQueue;
    private final long transmitQueue;
    private final boolean checksums;

    /// [#MAX_BURST] mbuf addresses for calls of the driver.
    private final long received;

    private final long sent;
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger(UNKNOWN);
    private int calls;
    private boolean open = true;

    /// Reads the queue's functions. The port must be started: until then they point at stand-ins.
    ///
    /// @param layout of `struct rte_eth_fp_ops`
    /// @param ops address of the port's entry
    /// @param index number of the queue
    /// @param freeFunction `rte_pktmbuf_free_bulk`
    /// @param countFunction `rx_queue_count` of the driver; 0 if it has none
    /// @param checksums whether the device checks IPv4 headers
    /// @param arena lives as long as the queue is used
    DpdkPortQueue(
            PortOpsLayout layout,
            long ops,
            int index,
            MemorySegment freeFunction,
            long countFunction,
            boolean checksums,
            Arena arena) {
        receiveFunction = MemorySegment.ofAddress(Memory.getLong(ops + layout.receive()));
        transmitFunction = MemorySegment.ofAddress(Memory.getLong(ops + layout.transmit()));
        long pointer = (long) index * Long.BYTES;
        receiveQueue = Memory.getLong(Memory.getLong(ops + layout.receiveQueues()) + pointer);
        transmitQueue = Memory.getLong(Memory.getLong(ops + layout.transmitQueues()) + pointer);
        this.freeFunction = freeFunction;
        this.countFunction = countFunction == 0 ? null : MemorySegment.ofAddress(countFunction);
        this.checksums = checksums;
        received = NativeFunction.zeroed(arena, (long) MAX_BURST * Long.BYTES);
        sent = NativeFunction.zeroed(arena, (long) MAX_BURST * Long.BYTES);
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        if (!open) {
            return 0;
        }
        if (countFunction != null && (++calls & (ASKED - 1)) == 0) {
            waiting.lazySet(DriverCall.count(countFunction, receiveQueue));
        }
        int wanted = Math.min(burst.capacity(), MAX_BURST);
        int count = DriverCall.burst(receiveFunction, receiveQueue, received, wanted);
        int whole = 0;
        for (int i = 0; i < count; i++) {
            long packet = Memory.getLong(received + (long) i * Long.BYTES);
            long rearm = Memory.getLong(packet + MbufLayout.REARM);
            if ((rearm >>> 32 & 0xFFFF) == 1) {
                burst.put(
                        whole++,
                        packet,
                        Memory.getLong(packet + MbufLayout.BUFFER_ADDRESS) + (rearm & 0xFFFF),
                        Memory.getUnsignedShort(packet + MbufLayout.DATA_LENGTH),
                        checksums ? verdict(Memory.getLong(packet + MbufLayout.FLAGS)) : 0);
            } else {
                drop(received + (long) i * Long.BYTES);
            }
        }
        burst.resize(whole);
        return whole;
    }

    private static int verdict(long deviceFlags) {
        boolean good = (deviceFlags & MbufLayout.IP_CHECKSUM_GOOD) != 0;
        boolean bad = (deviceFlags & MbufLayout.IP_CHECKSUM_BAD) != 0;
        if (good == bad) {
            return 0;
        }
        return good ? PacketBurst.IP_CHECKSUM_GOOD : PacketBurst.IP_CHECKSUM_BAD;
    }

    /// A packet in several pieces: only a driver that was not told to make them could, as buffers
    /// have room for the MTU.
    private void drop(long slot) {
        DriverCall.free(freeFunction, slot, 1);
        dropped.lazySet(dropped.get() + 1);
    }

    @Override
    public int transmit(PacketBurst burst) {
        if (!open) {
            return 0;
        }
        int size = burst.size();
        int done = 0;
        while (done < size) {
            int count = Math.min(size - done, MAX_BURST);
            for (int i = 0; i < count; i++) {
                prepare(burst, done + i, sent + (long) i * Long.BYTES);
            }
            int taken = DriverCall.burst(transmitFunction, transmitQueue, sent, count);
            done += taken;
            if (taken < count) {
                break;
            }
        }
        return done;
    }

    /// Writes into the mbuf what the burst says. What it says of offloads from its receipt is
    /// forgotten, so drivers do not look at `tx_offload`, in the second cache line.
    private static void prepare(PacketBurst burst, int index, long slot) {
        long packet = burst.buffer(index);
        int length = burst.length(index);
        long offset = burst.data(index) - Memory.getLong(packet + MbufLayout.BUFFER_ADDRESS);
        Memory.putShort(packet + MbufLayout.DATA_OFFSET, (int) offset);
        long flags = Memory.getLong(packet + MbufLayout.FLAGS);
        if ((flags & ~MbufLayout.BORROWED) != 0) {
            Memory.putLong(packet + MbufLayout.FLAGS, flags & MbufLayout.BORROWED);
        }
        // packet and data length in one store; the VLAN tag behind them means nothing without flags
        Memory.putLong(packet + MbufLayout.PACKET_LENGTH, (long) length << 32 | length);
        Memory.putLong(slot, packet);
    }

    @Override
    public OptionalInt waiting() {
        int known = waiting.get();
        return known < 0 ? OptionalInt.empty() : OptionalInt.of(known);
    }

    /// Lets every later call do nothing, as the device is about to go.
    void shut() {
        open = false;
    }

    /// Received packets that were given up because they came in several pieces.
    long dropped() {
        return dropped.get();
    }
}
