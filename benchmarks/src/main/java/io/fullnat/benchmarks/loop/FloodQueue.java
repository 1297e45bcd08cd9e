// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.benchmarks.loop.FloodPhase.Kind;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A port to which packets come at steady rates, whether the worker is there or not: what it is too
/// late for waits in a [ReceiveRing] or is lost. What honest ends answer comes at once, behind all
/// that has come before. Belongs to the worker, but for [#run].
final class FloodQueue implements PortQueue {
    private static final int ANSWER = Kind.values().length;

    /// More than wait for the worker, so that the balancer finds some for what it says itself.
    private static final int BUFFERS = 4 * ReceiveRing.LENGTH;

    private static final int FIRST_SPOOFED = 1 << 28;
    private static final int IP = 14;
    private static final int L4 = 34;

    /// The IP length of a segment of an open connection, which no honest end sends.
    private static final int SEGMENT = PacketMaker.LENGTH - IP;

    private final Arena arena = Arena.ofShared();
    private final LoopPool pool = new LoopPool(arena, BUFFERS);
    private final ReceiveRing ring = new ReceiveRing();
    private final SplittableRandom random = new SplittableRandom(7);
    private final LongSupplier clock;
    private final PacketMaker syns;
    private final PacketMaker segments;
    private final HonestEnds ends;
    private final int[] open;
    private final long[] begunNs;
    private int honest;
    private int opened;
    private volatile @Nullable FloodPhase phase;

    /// @param clock in nanoseconds, asked by the worker's thread
    /// @param network around the balancer
    /// @param established how many connections are open: the first ones that are served
    /// @param most how many begin in all
    FloodQueue(LongSupplier clock, LoopNetwork network, int established, int most) {
        this.clock = clock;
        open = new int[established];
        syns = PacketMaker.syn(arena, network.service(), LoopNetwork.SERVER_PORT);
        segments =
                PacketMaker.tcp(
                        arena, network.service(), LoopNetwork.SERVER_PORT, Tcp.ACK | Tcp.PSH);
        ends = new HonestEnds(arena, network.service(), LoopNetwork.SERVER_PORT);
        begunNs = new long[most];
    }

    LoopPool pool() {
        return pool;
    }

    /// Begins a phase.
    ///
    /// @return the same
    FloodPhase run(FloodPhase next) {
        phase = next;
        return next;
    }

    /// How many packets were lost, as too many waited.
    ///
    /// @param kind of those that sent them
    long lost(Kind kind) {
        return ring.lost(kind.ordinal());
    }

    /// Whether as many connections are open as are to be; between phases.
    boolean hasOpened() {
        return opened == open.length;
    }

    void close() {
        arena.close();
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        FloodPhase present = phase;
        if (present == null) {
            return 0;
        }
        long now = clock.getAsLong();
        present.begin(now);
        arrive(present, now);
        while (!ring.isEmpty() && !burst.isFull()) {
            int kind = ring.kind();
            if (kind != ANSWER && pool.available() == 0) {
                break;
            }
            handOut(burst, kind, ring.poll());
        }
        if (burst.size() == 0 && present.isOver(now)) {
            phase = null;
            present.end();
        }
        return burst.size();
    }

    private void arrive(FloodPhase present, long now) {
        for (int kind = present.next(now); kind >= 0; kind = present.next(now)) {
            long due = present.take(kind);
            if (kind == Kind.SPOOFED.ordinal()) {
                ring.add(kind, FIRST_SPOOFED | random.nextInt() >>> 4);
            } else if (kind == Kind.ESTABLISHED.ordinal()) {
                ring.add(kind, open[random.nextInt(opened)]);
            } else {
                begunNs[honest] = due;
                ring.add(kind, honest++);
            }
        }
    }

    private void handOut(PacketBurst burst, int kind, long value) {
        if (kind == ANSWER) {
            burst.add(value, value + BufferPool.HEADROOM, HonestEnds.LENGTH, 0);
            return;
        }
        long buffer = pool.take();
        long data = buffer + BufferPool.HEADROOM;
        int flow = (int) value;
        if (kind == Kind.HONEST.ordinal()) {
            ends.make(flow, data);
            burst.add(buffer, data, HonestEnds.LENGTH, 0);
        } else {
            PacketMaker maker = kind == Kind.SPOOFED.ordinal() ? syns : segments;
            maker.make(flow, data);
            burst.add(buffer, data, maker.length(), 0);
        }
    }

    @Override
    public int transmit(PacketBurst burst) {
        FloodPhase present = phase;
        long now = 0;
        for (int i = 0; i < burst.size(); i++) {
            long data = burst.data(i);
            if (present == null || !isTcp(data) || isCounted(present, data)) {
                pool.free(burst.buffer(i));
                continue;
            }
            if (now == 0) {
                now = clock.getAsLong();
                arrive(present, now);
            }
            talk(present, data, burst.buffer(i), now);
        }
        return burst.size();
    }

    private static boolean isTcp(long data) {
        return Ethernet.type(data) == Ethernet.TYPE_IPV4
                && Ipv4.protocol(data + IP) == Ipv4.PROTOCOL_TCP;
    }

    private static boolean isToServer(long data) {
        return Tcp.destinationPort(data + L4) == LoopNetwork.SERVER_PORT;
    }

    /// What nobody answers: segments of open connections, and what is sent to those who are not.
    private static boolean isCounted(FloodPhase present, long data) {
        if (isToServer(data)) {
            boolean forwarded = Ipv4.totalLength(data + IP) == SEGMENT;
            present.forwarded += forwarded ? 1 : 0;
            return forwarded;
        }
        boolean spoofed = flow(data) >= FIRST_SPOOFED;
        present.answered += spoofed ? 1 : 0;
        return spoofed;
    }

    /// The flow of a frame to a client.
    private static int flow(long data) {
        int client = (Memory.getNetworkInt(data + IP + 16) & 0xFF_FFFF) - 1;
        return client * FrameMaker.FLOW_PORTS
                + Tcp.destinationPort(data + L4)
                - FrameMaker.FIRST_PORT;
    }

    private void talk(FloodPhase present, long data, long buffer, long now) {
        if (!isToServer(data)) {
            heard(present, data, now);
        }
        if (!ends.answer(data, buffer)) {
            pool.free(buffer);
        } else if (!ring.add(ANSWER, buffer)) {
            present.lostAnswers++;
            pool.free(buffer);
        }
    }

    /// An honest client hears: it is connected by the SYN-ACK, and served by the first data.
    private void heard(FloodPhase present, long data, long now) {
        int flow = flow(data);
        long begun = begunNs[flow];
        if (begun == 0) {
            return;
        }
        int header = L4 - IP + Tcp.headerLength(data + L4);
        if ((Tcp.flags(data + L4) & Tcp.SYN) != 0) {
            present.connected.recordValue(now - begun);
        } else if (Ipv4.totalLength(data + IP) > header) {
            present.served.recordValue(now - begun);
            begunNs[flow] = 0;
            if (opened < open.length) {
                open[opened++] = flow;
            }
        }
    }
}
