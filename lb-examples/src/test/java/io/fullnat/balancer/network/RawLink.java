package io.fullnat.balancer.network;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.balancer.lab.NetworkNamespace;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;

/// Sends frames on an interface just as they are given (packet(7)).
@SuppressWarnings("restricted") // a packet socket has no other way from Java
final class RawLink implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int ADDRESS_BYTES = 20;

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
            MemorySegment to = arena.allocate(ADDRESS_BYTES, 8);
            to.set(JAVA_SHORT, 0, (short) AF_PACKET);
            to.set(JAVA_INT_UNALIGNED, 4, index);
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

    @Override
    public void close() {
        inside(() -> (int) CLOSE.invokeExact(socket));
    }
}
