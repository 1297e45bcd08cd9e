// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The datagram socket of a service manager (sd_notify(3)), of a kind that the JDK does not have.
/// Each message goes by a socket of its own: there are a few a minute. Thread-safe.
@SuppressWarnings("restricted")
final class NotifySocket implements Notifications {
    private static final Logger LOG = LoggerFactory.getLogger(NotifySocket.class);

    // The numbers of Linux, and its sockaddr_un.
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 0x80002;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x4040;
    private static final int PATH_AT = 2;
    private static final int PATH_BYTES = 108;

    private final byte[] path;

    private NotifySocket(byte[] path) {
        this.path = path;
    }

    /// The socket of a name as `NOTIFY_SOCKET` has it: an absolute path, or with `@` in front a
    /// name that is in no folder (unix(7), abstract).
    ///
    /// @return empty if it is neither, which is logged
    static Optional<NotifySocket> of(String name) {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = name.startsWith("@");
        if (!(isAbstract || name.startsWith("/")) || path.length < 2 || path.length >= PATH_BYTES) {
            LOG.warn("NOTIFY_SOCKET is no socket's name: {}", name);
            return Optional.empty();
        }
        if (isAbstract) {
            path[0] = 0;
        }
        return Optional.of(new NotifySocket(path));
    }

    @Override
    public boolean send(String message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(PATH_AT + PATH_BYTES, Short.BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_AT, path.length);
            // The end of a path is a zero; all of an abstract name counts.
            int length = PATH_AT + path.length + (path[0] == 0 ? 0 : 1);
            byte[] text = message.getBytes(StandardCharsets.UTF_8);
            MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, text);
            int socket = (int) call("socket", INTS).invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (socket < 0) {
                return false;
            }
            long sent =
                    (long)
                            call("sendto", SENDTO)
                                    .invokeExact(
                                            socket,
                                            bytes,
                                            (long) text.length,
                                            MSG_DONTWAIT_NOSIGNAL,
                                            address,
                                            length);
            int closed = (int) call("close", INT).invokeExact(socket);
            return sent == text.length && closed == 0;
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            LOG.debug("the service manager cannot be told: {}", message, e);
            return false;
        }
    }

    private static final FunctionDescriptor INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
    private static final FunctionDescriptor INTS =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final FunctionDescriptor SENDTO =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);

    private static MethodHandle call(String name, FunctionDescriptor types) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types);
    }
}
