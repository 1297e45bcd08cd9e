// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.demo.lab.NetworkNamespace;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// Sends frames on an interface just as they are given, and takes those that arrive (packet(7)).
@SuppressWarnings("restricted") // a packet socket has no other way from Java
final class RawLink implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int ADDRESS_BYTES = 20;
    private static final short ALL_IN_NETWORK_ORDER = 0x0300; // ETH_P_ALL on a little-endian CPU
    private static final int DONT_WAIT = 0x40;
    private static final int LONGEST = 1 << 16;

    private static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle INDEX = call("if_nametoindex", ADDRESS);
    private static final MethodHandle CLOSE = call("close", JAVA_INT);
    private static final MethodHandle SEND =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("sendto"),
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS,
                                    JAVA_INT));

    private static final MethodHandle BIND = call("bind", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle RECEIVE =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("recv"),
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private final NetworkNamespace namespace;
    private final int socket;
    private final int index;

    /// Opens a packet socket.
    ///
    /// @param namespace where
    /// @param name of the interface there
    RawLink(NetworkNamespace namespace, String name) {
        this.namespace = namespace;
        socket = inside(() -> (int) SOCKET.invokeExact(AF_PACKET, SOCK_RAW, 0));
        index =
                inside(() -> {
                    try (Arena arena = Arena.ofConfined()) {
                        return (int) INDEX.invokeExact(arena.allocateFrom(name));
                    }
                });
        if (socket < 0 || index <= 0) {
            throw new IllegalStateException("no packet socket on " + name);
        }
    }

    /// Opens a packet socket that takes what arrives from now on, too.
    ///
    /// @param namespace where
    /// @param name of the interface there
    static RawLink listening(NetworkNamespace namespace, String name) {
        RawLink link = new RawLink(namespace, name);
        int result =
                link.inside(() -> {
                    try (Arena arena = Arena.ofConfined()) {
                        MemorySegment from = link.address(arena);
                        from.set(JAVA_SHORT, 2, ALL_IN_NETWORK_ORDER);
                        return (int) BIND.invokeExact(link.socket, from, ADDRESS_BYTES);
                    }
                });
        if (result != 0) {
            throw new IllegalStateException("cannot listen on " + name);
        }
        return link;
    }

    private MemorySegment address(Arena arena) {
        MemorySegment address = arena.allocate(ADDRESS_BYTES, 8);
        address.set(JAVA_SHORT, 0, (short) AF_PACKET);
        address.set(JAVA_INT_UNALIGNED, 4, index);
        return address;
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private interface Native<T> {
        T call() throws Throwable;
    }

    private <T> T inside(Native<T> work) {
        Callable<T> task =
                () -> {
                    try {
                        return work.call();
                    } catch (Throwable failure) {
                        throw new IllegalStateException(failure);
                    }
                };
        return namespace.call(task);
    }

    /// Sends a frame. May be called by any thread.
    void send(byte[] frame) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, frame);
            MemorySegment to = address(arena);
            long sent =
                    (long)
                            SEND.invokeExact(
                                    socket, bytes, (long) frame.length, 0, to, ADDRESS_BYTES);
            if (sent != frame.length) {
                throw new IllegalStateException("a frame was not sent");
            }
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// Takes what has arrived by now, own frames not among it.
    ///
    /// @return frames in order
    List<byte[]> receiveAll() {
        try (Arena arena = Arena.ofConfined()) {
            List<byte[]> frames = new ArrayList<>();
            MemorySegment bytes = arena.allocate(LONGEST);
            while (true) {
                long length = (long) RECEIVE.invokeExact(socket, bytes, (long) LONGEST, DONT_WAIT);
                if (length < 0) {
                    return frames; // nothing more, or that the interface went down
                }
                frames.add(bytes.asSlice(0, length).toArray(JAVA_BYTE));
            }
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public void close() {
        inside(() -> (int) CLOSE.invokeExact(socket));
    }
}
