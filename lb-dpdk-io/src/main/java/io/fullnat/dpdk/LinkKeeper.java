// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that lives in the network namespace in which ports were opened, and looks after those
/// that are interfaces of the kernel: at once when the kernel says that some interface has changed
/// (rtnetlink(7)), and each second in case it could not say so.
final class LinkKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkKeeper.class);

    private static final SystemCall SOCKET = SystemCall.of("socket");
    private static final SystemCall BIND = SystemCall.of("bind");
    private static final SystemCall RECEIVE = SystemCall.wide("recv");
    private static final SystemCall EVENT = SystemCall.of("eventfd");
    private static final SystemCall WRITE = SystemCall.wide("write");
    private static final SystemCall POLL = SystemCall.of("poll");
    private static final SystemCall CLOSE = SystemCall.of("close");

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int LINK_GROUP = 1;
    private static final int EVENT_CLOEXEC = 0x80000;
    private static final int POLL_IN = 1;
    private static final int DONT_WAIT = 0x40;
    private static final int MESSAGE_BYTES = 16 << 10;
    private static final int LONGEST_MS = 1_000;

    private final List<PacketSocketPort> ports;
    private final long events;
    private final long wake;
    private final Thread thread;
    private volatile boolean closed;

    /// Starts the thread, which inherits the namespace of the calling one.
    LinkKeeper(List<PacketSocketPort> ports) {
        this.ports = List.copyOf(ports);
        events = SOCKET.call(AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
        wake = EVENT.call(0, EVENT_CLOEXEC, 0);
        try (Arena arena = Arena.ofConfined()) {
            long address = NativeFunction.zeroed(arena, 12);
            Memory.putShort(address, AF_NETLINK);
            Memory.putInt(address + 8, LINK_GROUP);
            if (BIND.call(events, address, 12) < 0) {
                LOG.warn("the kernel does not tell changes of links: they are seen a second late");
            }
        }
        thread = Thread.ofPlatform().name("fullnat-links").daemon().start(this::run);
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = SystemCall.state(arena);
            MemorySegment waits = arena.allocate(JAVA_LONG, 2);
            long message = NativeFunction.zeroed(arena, MESSAGE_BYTES);
            while (!closed) {
                // struct pollfd: descriptor, what to wait for, what came
                waits.set(JAVA_LONG, 0, descriptor(events));
                waits.set(JAVA_LONG, 8, descriptor(wake));
                POLL.call(state, waits.address(), 2, LONGEST_MS, 0, 0, 0);
                while (RECEIVE.call(state, events, message, MESSAGE_BYTES, DONT_WAIT, 0, 0) > 0) {
                    // which interface it is about does not matter
                }
                refresh();
            }
        }
    }

    private static long descriptor(long file) {
        return (long) POLL_IN << 32 | Integer.toUnsignedLong((int) file);
    }

    private void refresh() {
        for (PacketSocketPort port : ports) {
            try {
                port.refresh();
            } catch (RuntimeException e) {
                LOG.error("the link of port {} cannot be followed", port.name(), e);
            }
        }
    }

    /// Ends the thread and waits for that.
    @Override
    public void close() {
        closed = true;
        try (Arena arena = Arena.ofConfined()) {
            long one = NativeFunction.zeroed(arena, Long.BYTES);
            Memory.putLong(one, 1);
            WRITE.call(wake, one, Long.BYTES);
        }
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        CLOSE.call(events, 0, 0);
        CLOSE.call(wake, 0, 0);
    }
}
