// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// Two packet sockets (packet(7)) that are bound to one interface: one receives into a ring that
/// the kernel shares with us, the other sends. Both die with the interface.
///
/// The receiving socket asks for `PACKET_VNET_HDR`: in front of each packet the kernel says whether
/// its checksum is still to be made and whether it is a large one that is still to be cut. What
/// does not fit a frame of the ring it keeps whole beside it (`PACKET_COPY_THRESH`). Fragments are
/// not put together: no fan-out group of ours has `PACKET_FANOUT_FLAG_DEFRAG`.
///
/// Opened and closed by one thread; read by a queue's.
final class PacketSocket {
    private static final SystemCall SOCKET = SystemCall.of("socket");
    private static final SystemCall BIND = SystemCall.of("bind");
    private static final SystemCall CLOSE = SystemCall.of("close");
    private static final SystemCall SET = SystemCall.of("setsockopt");
    private static final SystemCall GET = SystemCall.of("getsockopt");
    private static final SystemCall NAME = SystemCall.of("getsockname");
    private static final SystemCall MAP = SystemCall.wide("mmap");
    private static final SystemCall UNMAP = SystemCall.of("munmap");

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;

    /// `ETH_P_ALL` in network order.
    private static final int ALL_PROTOCOLS = 0x0300;

    private static final int SOL_PACKET = 263;
    private static final int ADD_MEMBERSHIP = 1;
    private static final int RX_RING = 5;
    private static final int STATISTICS = 6;
    private static final int COPY_THRESH = 7;
    private static final int VERSION = 10;
    private static final int VNET_HEADER = 15;
    private static final int FANOUT = 18;
    private static final int QDISC_BYPASS = 20;
    private static final int IGNORE_OUTGOING = 23;
    private static final int TPACKET_V2 = 1;
    private static final int PROMISCUOUS = 1;
    private static final int ALL_GROUPS = 2;

    /// The kernel chooses a number that no other group has.
    private static final int FANOUT_UNIQUE = 0x2000;

    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_RCVBUFFORCE = 33;

    /// Room for large packets beside the ring.
    private static final int LARGE_BYTES = 8 << 20;

    private static final int ADDRESS_BYTES = 20;
    private static final int READ_WRITE = 3;
    private static final int SHARED = 1;

    private final RingShape shape;
    private final int index;
    private long receiver = -1;
    private long sender = -1;
    private long ring;
    private long missed;

    private PacketSocket(RingShape shape, int index) {
        this.shape = shape;
        this.index = index;
    }

    /// A call that the kernel has refused.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        private final int errno;

        Refused(String call, long errno) {
            super(call + ": " + SystemCall.describe(errno));
            this.errno = (int) errno;
        }

        int errno() {
            return errno;
        }
    }

    /// How a socket of a port is made.
    ///
    /// @param shape of the ring
    /// @param promiscuous whether frames for other stations are received
    /// @param qdiscBypass whether frames pass by the interface's queueing discipline
    /// @param fanoutMode how flows are spread over several sockets, a number of the kernel's
    record Options(RingShape shape, boolean promiscuous, boolean qdiscBypass, int fanoutMode) {}

    /// Opens.
    ///
    /// @param interfaceIndex number of the interface
    /// @throws Refused by the kernel; nothing stays open then
    static PacketSocket open(Options options, int interfaceIndex) throws Refused {
        PacketSocket socket = new PacketSocket(options.shape, interfaceIndex);
        try (Arena arena = Arena.ofConfined()) {
            socket.openSender(arena, options);
            socket.openReceiver(arena, options);
            return socket;
        } catch (Refused refusal) {
            socket.close();
            throw refusal;
        }
    }

    private void openSender(Arena arena, Options options) throws Refused {
        // without a protocol it receives nothing
        sender = check("socket", SOCKET.call(AF_PACKET, SOCK_RAW_CLOEXEC, 0));
        if (options.qdiscBypass) {
            set(arena, sender, SOL_PACKET, QDISC_BYPASS, 1);
        }
        bind(arena, sender, 0);
    }

    private void openReceiver(Arena arena, Options options) throws Refused {
        receiver = check("socket", SOCKET.call(AF_PACKET, SOCK_RAW_CLOEXEC, 0));
        set(arena, receiver, SOL_PACKET, VERSION, TPACKET_V2);
        set(arena, receiver, SOL_PACKET, VNET_HEADER, 1);
        set(arena, receiver, SOL_PACKET, COPY_THRESH, 1);
        if (option(arena, receiver, SOL_SOCKET, SO_RCVBUFFORCE, LARGE_BYTES) < 0) {
            option(arena, receiver, SOL_SOCKET, SO_RCVBUF, LARGE_BYTES);
        }
        // since Linux 4.20; a queue looks for itself, too
        option(arena, receiver, SOL_PACKET, IGNORE_OUTGOING, 1);
        long request = NativeFunction.zeroed(arena, 16);
        Memory.putInt(request, shape.blockBytes());
        Memory.putInt(request + 4, shape.blocks());
        Memory.putInt(request + 8, shape.frameBytes());
        Memory.putInt(request + 12, shape.frames());
        check("PACKET_RX_RING", SET.call(receiver, SOL_PACKET, RX_RING, request, 16, 0));
        ring = check("mmap", MAP.call(0, shape.bytes(), READ_WRITE, SHARED, receiver, 0));
        // questions of IPv6 for addresses come to groups that the kernel has not joined
        long membership = NativeFunction.zeroed(arena, 16);
        Memory.putInt(membership, index);
        Memory.putShort(membership + 4, options.promiscuous ? PROMISCUOUS : ALL_GROUPS);
        check(
                options.promiscuous ? "promiscuous mode" : "frames for all groups",
                SET.call(receiver, SOL_PACKET, ADD_MEMBERSHIP, membership, 16, 0));
        bind(arena, receiver, ALL_PROTOCOLS);
    }

    private void bind(Arena arena, long socket, int protocol) throws Refused {
        long address = NativeFunction.zeroed(arena, ADDRESS_BYTES);
        Memory.putShort(address, AF_PACKET);
        Memory.putShort(address + 2, protocol);
        Memory.putInt(address + 4, index);
        check("bind", BIND.call(socket, address, ADDRESS_BYTES));
    }

    private static void set(Arena arena, long socket, int level, int name, int value)
            throws Refused {
        check("setsockopt " + name, option(arena, socket, level, name, value));
    }

    private static long option(Arena arena, long socket, int level, int name, int value) {
        long at = NativeFunction.zeroed(arena, Integer.BYTES);
        Memory.putInt(at, value);
        return SET.call(socket, level, name, at, Integer.BYTES, 0);
    }

    private static long check(String call, long result) throws Refused {
        if (result < 0 && result > -4096) {
            throw new Refused(call, -result);
        }
        return result;
    }

    /// Starts a group of sockets over which the kernel spreads flows.
    ///
    /// @return its number
    /// @throws Refused by the kernel, also while the interface is down
    int startGroup(int mode) throws Refused {
        try (Arena arena = Arena.ofConfined()) {
            set(arena, receiver, SOL_PACKET, FANOUT, (mode | FANOUT_UNIQUE) << 16);
            long value = NativeFunction.zeroed(arena, Integer.BYTES);
            long length = NativeFunction.zeroed(arena, Integer.BYTES);
            Memory.putInt(length, Integer.BYTES);
            check("getsockopt", GET.call(receiver, SOL_PACKET, FANOUT, value, length, 0));
            return Memory.getUnsignedShort(value);
        }
    }

    /// Joins the group of another socket of the same interface.
    void joinGroup(int group, int mode) throws Refused {
        try (Arena arena = Arena.ofConfined()) {
            set(arena, receiver, SOL_PACKET, FANOUT, mode << 16 | group);
        }
    }

    /// The number of the interface to which it is bound now: another than at first once that is
    /// gone.
    int boundTo() {
        try (Arena arena = Arena.ofConfined()) {
            long address = NativeFunction.zeroed(arena, ADDRESS_BYTES);
            long length = NativeFunction.zeroed(arena, Integer.BYTES);
            Memory.putInt(length, ADDRESS_BYTES);
            return NAME.call(receiver, address, length) < 0 ? -1 : Memory.getInt(address + 4);
        }
    }

    /// Packets for which the ring had no room, since it was opened.
    synchronized long missed() {
        try (Arena arena = Arena.ofConfined()) {
            long counts = NativeFunction.zeroed(arena, 8);
            long length = NativeFunction.zeroed(arena, Integer.BYTES);
            Memory.putInt(length, 8);
            // the kernel starts anew with each reading
            if (receiver >= 0
                    && GET.call(receiver, SOL_PACKET, STATISTICS, counts, length, 0) >= 0) {
                missed += Memory.getInt(counts + 4) & 0xFFFF_FFFFL;
            }
            return missed;
        }
    }

    int interfaceIndex() {
        return index;
    }

    long receiver() {
        return receiver;
    }

    long sender() {
        return sender;
    }

    /// Where the first frame of the ring is.
    long ring() {
        return ring;
    }

    RingShape shape() {
        return shape;
    }

    /// Gives everything back. No queue uses it any more.
    synchronized void close() {
        if (ring > 0) {
            UNMAP.call(ring, shape.bytes(), 0);
            ring = 0;
        }
        if (receiver >= 0) {
            missed();
            CLOSE.call(receiver, 0, 0);
            receiver = -1;
        }
        if (sender >= 0) {
            CLOSE.call(sender, 0, 0);
            sender = -1;
        }
    }
}
