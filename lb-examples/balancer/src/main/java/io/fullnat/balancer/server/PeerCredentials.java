// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Process and user at the other end of a Unix socket as they were when it connected
/// (`SO_PEERCRED`, unix(7)). The JDK's own option tells the user, but not the process.
///
/// @param pid of the process
/// @param uid of its user
@SuppressWarnings("restricted")
record PeerCredentials(int pid, int uid) {
    private static final Logger LOG = LoggerFactory.getLogger(PeerCredentials.class);
    private static final int SOL_SOCKET = 1;
    private static final int SO_PEERCRED = 17;

    /// Three integers: process, user, group.
    private static final int UCRED_BYTES = 12;

    /// Asks the kernel.
    ///
    /// @return empty where the socket's descriptor cannot be found out
    static Optional<PeerCredentials> of(SocketChannel socket) {
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            MethodHandle getsockopt =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("getsockopt"),
                            FunctionDescriptor.of(
                                    JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
            MemorySegment credentials = arena.allocate(UCRED_BYTES, Integer.BYTES);
            MemorySegment length = arena.allocateFrom(JAVA_INT, UCRED_BYTES);
            int result =
                    (int)
                            getsockopt.invokeExact(
                                    descriptor(socket),
                                    SOL_SOCKET,
                                    SO_PEERCRED,
                                    credentials,
                                    length);
            // Once closed, the descriptor may be another socket's.
            return result == 0 && socket.isOpen()
                    ? Optional.of(
                            new PeerCredentials(
                                    credentials.getAtIndex(JAVA_INT, 0),
                                    credentials.getAtIndex(JAVA_INT, 1)))
                    : Optional.empty();
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            LOG.debug("the process behind a socket cannot be found out", e);
            return Optional.empty();
        }
    }

    /// The number of a channel's descriptor, which no public class of the JDK tells: read from the
    /// channel by the class that Agrona uses, and that is open to this program for its sake.
    private static int descriptor(SocketChannel socket) throws ReflectiveOperationException {
        Class<?> type = Class.forName("jdk.internal.misc.Unsafe");
        Object unsafe = type.getMethod("getUnsafe").invoke(null);
        Method offset = type.getMethod("objectFieldOffset", Class.class, String.class);
        Method read = type.getMethod("getInt", Object.class, long.class);
        return (int) read.invoke(unsafe, socket, offset.invoke(unsafe, socket.getClass(), "fdVal"));
    }
}
