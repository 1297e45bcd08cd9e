// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One queue of a [PacketSocketPort]: takes packets from the ring that the kernel fills, into
/// buffers of DPDK's pools, and sends by sendmmsg(2).
///
/// When the port has made new sockets, it leaves them at [#next(PacketSocket)]; the queue's own
/// thread takes them over between two bursts, after which it does not use the old ones
/// ([#uses(PacketSocket)]) and they can be closed. So nothing is unmapped under a thread that reads
/// it.
final class PacketSocketQueue implements PortQueue {
    private static final SystemCall SEND = SystemCall.of("sendmmsg");
    private static final SystemCall RECEIVE = SystemCall.wide("recv");

    private static final int DONT_WAIT = 0x40;
    private static final int TRUNCATE = 0x20;

    /// The most packets that one call of the kernel sends.
    private static final int MAX_BURST = 256;

    /// `struct mmsghdr`, `struct iovec`.
    private static final int MESSAGE_BYTES = 64;

    private static final int VECTOR_BYTES = 16;

    // struct tpacket2_hdr, and the struct sockaddr_ll behind it
    private static final int LENGTH = 4;
    private static final int KEPT_LENGTH = 8;
    private static final int START = 12;
    private static final int TAG = 24;
    private static final int TAG_TYPE = 26;
    private static final int PACKET_TYPE = 32 + 10;

    private static final int STATUS_KERNEL = 0;
    private static final int STATUS_USER = 1;
    private static final int STATUS_COPY = 1 << 1;
    private static final int STATUS_TAGGED = 1 << 4;
    private static final int STATUS_TAG_TYPE = 1 << 6;
    private static final int OUTGOING = 4;

    private static final int TAG_BYTES = 4;
    private static final int VLAN = 0x8100;

    /// `VIRTIO_NET_HDR_F_NEEDS_CSUM`.
    private static final int CHECKSUM_WANTED = 1;

    private static final int EINTR = 4;
    private static final int ENXIO = 6;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;
    private static final int ENODEV = 19;
    private static final int ENETDOWN = 100;
    private static final int ENOBUFS = 105;

    private final DpdkBufferPool pool;
    private final int capacity;
    private final LargePacket large;
    private final MemorySegment state;
    private final long messages;
    private final long vectors;
    private final Counts counts = new Counts();

    private final SocketHandOver<PacketSocket> sockets = new SocketHandOver<>();
    private volatile boolean linkUp;
    private volatile boolean open = true;
    private long ring;
    private int frames;
    private int frameBytes;
    private int at;
    private Refusal refusal = Refusal.BUSY;

    /// What a queue counts; written by its thread alone, read by any.
    static final class Counts {
        final AtomicLong received = new AtomicLong();
        final AtomicLong receivedBytes = new AtomicLong();
        final AtomicLong sent = new AtomicLong();
        final AtomicLong sentBytes = new AtomicLong();
        final AtomicLong receiveErrors = new AtomicLong();
        final AtomicLong sendErrors = new AtomicLong();
        final AtomicLong noBuffer = new AtomicLong();
        final AtomicLong checksums = new AtomicLong();
        final AtomicLong cut = new AtomicLong();
        final AtomicLong tooLong = new AtomicLong();

        private static void add(AtomicLong counter, long increment) {
            counter.setRelease(counter.getPlain() + increment);
        }
    }

    /// A queue without sockets.
    ///
    /// @param pool for the thread that uses this queue
    /// @param arena lives as long as the queue is used
    PacketSocketQueue(DpdkBufferPool pool, Arena arena) {
        this.pool = pool;
        capacity = pool.dataCapacity();
        large = new LargePacket(arena);
        state = SystemCall.state(arena);
        messages = NativeFunction.zeroed(arena, (long) MAX_BURST * MESSAGE_BYTES);
        vectors = NativeFunction.zeroed(arena, (long) MAX_BURST * VECTOR_BYTES);
        for (int i = 0; i < MAX_BURST; i++) {
            long message = messages + (long) i * MESSAGE_BYTES;
            Memory.putLong(message + 16, vectors + (long) i * VECTOR_BYTES);
            Memory.putLong(message + 24, 1);
        }
    }

    Counts counts() {
        return counts;
    }

    /// The buffers of the thread that uses this queue.
    DpdkBufferPool pool() {
        return pool;
    }

    /// Gives the queue new sockets; some that it was given and has not taken over it forgets.
    void next(PacketSocket fresh) {
        sockets.give(fresh);
    }

    /// Whether the queue's thread reads these sockets or may begin to.
    boolean uses(PacketSocket some) {
        return sockets.uses(some);
    }

    void linkUp(boolean up) {
        linkUp = up;
    }

    /// Lets every later call do nothing.
    void shut() {
        open = false;
    }

    private void adopt() {
        PacketSocket fresh = sockets.take();
        if (fresh != null) {
            ring = fresh.ring();
            frames = fresh.shape().frames();
            frameBytes = fresh.shape().frameBytes();
            at = 0;
            large.clear();
        }
    }

    private @Nullable PacketSocket current() {
        if (sockets.isWaiting()) {
            adopt();
        }
        return open ? sockets.current() : null;
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        PacketSocket from = current();
        if (from == null) {
            return 0;
        }
        boolean goOn = !large.isPending() || takePieces(burst);
        while (goOn && !burst.isFull()) {
            long frame = ring + (long) at * frameBytes;
            int status = Memory.getIntAcquire(frame);
            if ((status & STATUS_USER) == 0) {
                break;
            }
            if (!hasRoom(burst)) {
                break;
            }
            goOn = take(from, frame, status, burst);
            Memory.putIntRelease(frame, STATUS_KERNEL);
            at = at + 1 == frames ? 0 : at + 1;
        }
        int count = burst.size();
        if (count > 0) {
            Counts.add(counts.received, count);
        }
        return count;
    }

    /// Appends a buffer to the burst, for the next packet, which waits where it is until there is
    /// one.
    private boolean hasRoom(PacketBurst burst) {
        if (pool.allocate(burst)) {
            return true;
        }
        Counts.add(counts.noBuffer, 1);
        return false;
    }

    /// Takes the packet of one frame into the burst's last buffer.
    ///
    /// @return false if pieces of a large one are left for the next burst
    private boolean take(PacketSocket from, long frame, int status, PacketBurst burst) {
        if (Memory.getUnsignedByte(frame + PACKET_TYPE) == OUTGOING) {
            giveBack(burst);
            return true;
        }
        int tag = tag(frame, status);
        int kept = Memory.getInt(frame + KEPT_LENGTH);
        long data = frame + Memory.getUnsignedShort(frame + START);
        if ((status & STATUS_COPY) != 0) {
            return takeLarge(from, tag, burst);
        }
        if (Memory.getUnsignedByte(data - LargePacket.HEADER + 1) != LargePacket.NONE) {
            Memory.copy(data - LargePacket.HEADER, large.room(), (long) kept + LargePacket.HEADER);
            return cut(kept, tag, burst);
        }
        if (Memory.getInt(frame + LENGTH) != kept) {
            drop(burst); // larger than a frame, and no room to keep it beside the ring
            return true;
        }
        place(data, kept, tag, burst);
        return true;
    }

    private static int tag(long frame, int status) {
        if ((status & STATUS_TAGGED) == 0) {
            return 0;
        }
        int type =
                (status & STATUS_TAG_TYPE) != 0 ? Memory.getUnsignedShort(frame + TAG_TYPE) : VLAN;
        return type << 16 | Memory.getUnsignedShort(frame + TAG);
    }

    /// A packet that did not fit its frame waits whole at the socket, in the same order.
    private boolean takeLarge(PacketSocket from, int tag, PacketBurst burst) {
        long bytes = receiveLarge(from);
        if (bytes < 0 && bytes != -EAGAIN) {
            // A socket tells once that its interface was down. Then the packet still waits, and
            // would be taken for the next one.
            bytes = receiveLarge(from);
        }
        if (bytes < LargePacket.HEADER || bytes > LargePacket.capacity()) {
            drop(burst);
            return true;
        }
        int length = (int) bytes - LargePacket.HEADER;
        if (Memory.getUnsignedByte(large.room() + 1) != LargePacket.NONE) {
            return cut(length, tag, burst);
        }
        place(large.room() + LargePacket.HEADER, length, tag, burst);
        return true;
    }

    private long receiveLarge(PacketSocket from) {
        int flags = DONT_WAIT | TRUNCATE;
        return RECEIVE.call(
                state, from.receiver(), large.room(), LargePacket.capacity(), flags, 0, 0);
    }

    /// Begins to cut what lies in `large` into the burst, from its last buffer on.
    private boolean cut(int length, int tag, PacketBurst burst) {
        giveBack(burst);
        if (!large.start(length, tag)) {
            Counts.add(counts.receiveErrors, 1);
            return true;
        }
        Counts.add(counts.cut, 1);
        return takePieces(burst);
    }

    /// Takes pieces as long as there is room.
    ///
    /// @return whether none is left
    private boolean takePieces(PacketBurst burst) {
        while (large.isPending()) {
            int length = large.nextLength();
            if (length > capacity) {
                large.clear();
                Counts.add(counts.tooLong, 1);
                Counts.add(counts.receiveErrors, 1);
                return true;
            }
            if (burst.isFull() || !hasRoom(burst)) {
                return false;
            }
            int index = burst.size() - 1;
            large.take(burst.data(index));
            burst.set(index, burst.data(index), length);
            Counts.add(counts.receivedBytes, length);
        }
        return true;
    }

    /// Copies a packet, with its `struct virtio_net_hdr` in front of it, into the last buffer.
    private void place(long data, int length, int tag, PacketBurst burst) {
        int tagBytes = tag == 0 ? 0 : TAG_BYTES;
        if (length + tagBytes > capacity || length < 14) {
            drop(burst);
            return;
        }
        int index = burst.size() - 1;
        long to = burst.data(index);
        if (tag == 0) {
            Memory.copy(data, to, length);
        } else {
            Memory.copy(data, to, 12);
            Memory.putNetworkInt(to + 12, tag);
            Memory.copy(data + 12, to + 12 + TAG_BYTES, length - 12L);
        }
        if ((Memory.getUnsignedByte(data - LargePacket.HEADER) & CHECKSUM_WANTED) != 0
                && !complete(data, to + tagBytes, length)) {
            drop(burst);
            return;
        }
        burst.set(index, to, length + tagBytes);
        Counts.add(counts.receivedBytes, (long) length + tagBytes);
    }

    /// Makes the checksum that the sender has left to its NIC: of all from a given place on, where
    /// the sum of the pseudo-header stands in the checksum's own place. Only the kernel can ask for
    /// that, never the packet.
    private boolean complete(long data, long to, int length) {
        int start = Memory.getUnsignedShort(data - 4);
        int place = start + Memory.getUnsignedShort(data - 2);
        if (start < 14 || place + Short.BYTES > length) {
            return false;
        }
        int folded = InternetChecksum.fold(InternetChecksum.add(0, to + start, length - start));
        Memory.putShort(to + place, folded == 0 ? 0xFFFF : folded);
        Counts.add(counts.checksums, 1);
        return true;
    }

    private void drop(PacketBurst burst) {
        giveBack(burst);
        Counts.add(counts.tooLong, 1);
        Counts.add(counts.receiveErrors, 1);
    }

    private void giveBack(PacketBurst burst) {
        int last = burst.size() - 1;
        pool.free(burst.buffer(last));
        burst.resize(last);
    }

    @Override
    public int transmit(PacketBurst burst) {
        PacketSocket by = current();
        int size = burst.size();
        if (by == null || !linkUp) {
            return refuse(Refusal.LINK_DOWN, size);
        }
        int done = 0;
        long bytes = 0;
        refusal = Refusal.BUSY;
        while (done < size) {
            int count = Math.min(size - done, MAX_BURST);
            for (int i = 0; i < count; i++) {
                long vector = vectors + (long) i * VECTOR_BYTES;
                Memory.putLong(vector, burst.data(done + i));
                Memory.putLong(vector + 8, burst.length(done + i));
            }
            long result = SEND.call(state, by.sender(), messages, count, DONT_WAIT, 0, 0);
            if (result < 0) {
                refused((int) -result, size - done);
                break;
            }
            for (int i = 0; i < result; i++) {
                bytes += burst.length(done + i);
                pool.free(burst.buffer(done + i));
            }
            done += (int) result;
        }
        Counts.add(counts.sent, done);
        Counts.add(counts.sentBytes, bytes);
        return done;
    }

    private void refused(int errno, int left) {
        switch (errno) {
            case EAGAIN, ENOBUFS, ENOMEM, EINTR -> refusal = Refusal.BUSY;
            case ENETDOWN, ENXIO, ENODEV -> refuse(Refusal.LINK_DOWN, left);
            default -> refuse(Refusal.PACKET, 1);
        }
    }

    private int refuse(Refusal why, int packets) {
        refusal = why;
        Counts.add(counts.sendErrors, packets);
        return 0;
    }

    @Override
    public Refusal refusal() {
        return refusal;
    }
}
