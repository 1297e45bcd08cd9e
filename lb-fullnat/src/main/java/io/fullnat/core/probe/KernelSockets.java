// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteOrder;

/// Sockets of the kernel that are used again and again, by three system calls a connection: one
/// opens it, one looks whether it is open, one resets it and makes the socket as new (connect(2) to
/// an address of no family). A socket of the Java runtime, which is made and closed each time,
/// takes a dozen. For one thread at a time.
final class KernelSockets {
    private static final LinuxCall SOCKET = LinuxCall.of("socket");
    private static final LinuxCall SET = LinuxCall.of("setsockopt");
    private static final LinuxCall CONNECT = LinuxCall.of("connect");
    private static final LinuxCall SEND = LinuxCall.of("send");
    private static final LinuxCall CLOSE = LinuxCall.of("close");

    private static final int AF_UNSPEC = 0;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
    private static final int IPPROTO_TCP = 6;
    private static final int MSG_NOSIGNAL = 0x4000;

    /// Of who connects: the acknowledgement of the handshake waits for what is sent next.
    private static final int TCP_DEFER_ACCEPT = 9;

    private static final int EACCES = 13;
    private static final int EADDRINUSE = 98;
    private static final int EADDRNOTAVAIL = 99;
    private static final int EISCONN = 106;
    private static final int ETIMEDOUT = 110;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTUNREACH = 113;
    private static final int EALREADY = 114;
    private static final int EINPROGRESS = 115;

    private static final int ADDRESS_BYTES = 28;
    private static final int PORT_AT = 2;
    private static final int IPV4_AT = 4;
    private static final int IPV6_AT = 8;
    private static final int LINK_LOCAL_SHIFT = 54;
    private static final int LINK_LOCAL = 0xFE80 >>> 6;

    private static final int MOST_IDLE = 256;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment state = LinuxCall.state(arena);
    private final MemorySegment address = arena.allocate(ADDRESS_BYTES, Long.BYTES);
    private final MemorySegment option = arena.allocate(JAVA_INT);
    private final Idle idle4 = new Idle();
    private final Idle idle6 = new Idle();

    /// Sockets of one family that nobody uses now.
    private static final class Idle {
        final int[] sockets = new int[MOST_IDLE];
        int count;
    }

    /// Whether such a socket can open a connection: not from a certain source, which would stay,
    /// nor to an address that says too little (link-local).
    static boolean serves(ProbeTarget target) {
        IpAddress to = target.endpoint().address();
        return target.source().isEmpty()
                && switch (to) {
                    case Ipv4Address _ -> true;
                    case Ipv6Address v6 -> v6.high() >>> LINK_LOCAL_SHIFT != LINK_LOCAL;
                };
    }

    /// A socket.
    ///
    /// @throws CannotAskException if there is none
    ConnectSocket open(ProbeTarget target) throws CannotAskException {
        boolean narrow = target.endpoint().address() instanceof Ipv4Address;
        Idle idle = narrow ? idle4 : idle6;
        int socket = idle.count > 0 ? idle.sockets[--idle.count] : create(narrow);
        return new Reused(socket, target, idle);
    }

    /// For tests: the file descriptor of one of these.
    static int number(ConnectSocket of) {
        return of instanceof Reused own ? own.socket : -1;
    }

    private int create(boolean narrow) throws CannotAskException {
        int family = narrow ? AF_INET : AF_INET6;
        int socket = SOCKET.call(state, family, STREAM_NONBLOCK_CLOEXEC, 0, 0, 0);
        if (socket < 0) {
            throw new CannotAskException(failure(-socket));
        }
        option.set(JAVA_INT, 0, 1);
        SET.call(state, socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, option.address(), Integer.BYTES);
        return socket;
    }

    private int connect(int socket, ProbeTarget target) {
        address.fill((byte) 0);
        boolean narrow = target.endpoint().address() instanceof Ipv4Address;
        address.set(JAVA_SHORT, 0, (short) (narrow ? AF_INET : AF_INET6));
        address.set(
                JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN),
                PORT_AT,
                (short) target.endpoint().port());
        switch (target.endpoint().address()) {
            case Ipv4Address v4 ->
                    address.set(JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN), IPV4_AT, v4.bits());
            case Ipv6Address v6 -> {
                address.set(
                        JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), IPV6_AT, v6.high());
                address.set(
                        JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN),
                        IPV6_AT + Long.BYTES,
                        v6.low());
            }
        }
        return CONNECT.call(state, socket, address.address(), ADDRESS_BYTES, 0, 0);
    }

    private boolean disconnect(int socket) {
        address.set(JAVA_SHORT, 0, (short) AF_UNSPEC);
        return CONNECT.call(state, socket, address.address(), ADDRESS_BYTES, 0, 0) >= 0;
    }

    private int send(int socket, byte[] bytes) {
        try (Arena brief = Arena.ofConfined()) {
            MemorySegment copy = brief.allocate(bytes.length);
            MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
            return SEND.call(state, socket, copy.address(), bytes.length, MSG_NOSIGNAL, 0);
        }
    }

    /// Closes those that are idle.
    void close() {
        for (Idle idle : new Idle[] {idle4, idle6}) {
            while (idle.count > 0) {
                close(idle.sockets[--idle.count]);
            }
        }
    }

    private void close(int socket) {
        CLOSE.call(state, socket, 0, 0, 0, 0);
    }

    /// As the Java runtime names it.
    private static IOException failure(int errno) {
        String text = LinuxCall.describe(errno);
        return switch (errno) {
            case ECONNREFUSED, ETIMEDOUT -> new ConnectException(text);
            case EHOSTUNREACH -> new NoRouteToHostException(text);
            case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(text);
            default -> new SocketException(text);
        };
    }

    private final class Reused implements ConnectSocket {
        private final int socket;
        private final ProbeTarget target;
        private final Idle idle;
        private boolean open;

        Reused(int socket, ProbeTarget target, Idle idle) {
            this.socket = socket;
            this.target = target;
            this.idle = idle;
        }

        @Override
        public boolean connect() throws IOException {
            return isOpen();
        }

        @Override
        public boolean isOpen() throws IOException {
            int result = KernelSockets.this.connect(socket, target);
            if (result == -EINPROGRESS || result == -EALREADY) {
                return false;
            }
            if (result < 0 && result != -EISCONN) {
                throw failure(-result);
            }
            open = true;
            return true;
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            int result = send(socket, bytes);
            if (result < 0) {
                throw failure(-result);
            }
        }

        /// The kernel may have shaken hands since the last look: closing alone would be a FIN then,
        /// which a program of the server would hear of.
        @Override
        public void reset() {
            boolean fresh = disconnect(socket);
            if (open && fresh && idle.count < MOST_IDLE) {
                idle.sockets[idle.count++] = socket;
            } else {
                close(socket);
            }
        }
    }
}
