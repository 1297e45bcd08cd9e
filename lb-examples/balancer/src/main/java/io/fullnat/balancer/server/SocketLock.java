// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// The right to a socket's place: a lock on a file beside it, which the system gives back when the
/// process ends, however it ends. So between two who find the same file of a balancer that is gone,
/// one is first.
///
/// The file stays when the lock is given back: if it were removed, one process could lock the
/// removed file and another a new one of that name. Thread-safe.
final class SocketLock implements AutoCloseable {
    /// The places held in this process. The system's locks belong to processes, and closing any
    /// channel of a file gives up all that its process has on it.
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private static final int PID_BYTES = 20;

    private final Path place;
    private final FileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SocketLock(Path place, FileChannel channel) {
        this.place = place;
        this.channel = channel;
    }

    /// Takes the lock if it is free.
    ///
    /// @param socket whose directory is there
    /// @return empty if somebody has it
    /// @throws IOException if the file cannot be made or locked
    static Optional<SocketLock> take(Path socket) throws IOException {
        Path place = file(socket);
        if (!HELD.add(place)) {
            return Optional.empty();
        }
        Optional<SocketLock> taken = Optional.empty();
        try {
            taken = lock(place);
            return taken;
        } finally {
            if (taken.isEmpty()) {
                HELD.remove(place);
            }
        }
    }

    private static Optional<SocketLock> lock(Path place) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        place,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        FileLock lock = null;
        try {
            lock = channel.tryLock();
            if (lock == null) {
                return Optional.empty();
            }
            channel.truncate(0);
            String pid = Long.toString(ProcessHandle.current().pid());
            channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
            return Optional.of(new SocketLock(place, channel));
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
    }

    /// Beside the socket, hidden.
    private static Path file(Path socket) {
        Path absolute = socket.toAbsolutePath().normalize();
        return absolute.resolveSibling("." + absolute.getFileName() + ".lock");
    }

    /// Who has the lock, as far as that can be told.
    static String holder(Path socket) {
        try {
            byte[] text = Files.readAllBytes(file(socket));
            if (text.length > 0 && text.length <= PID_BYTES) {
                long pid = Long.parseLong(new String(text, StandardCharsets.US_ASCII));
                if (ProcessHandle.of(pid).isPresent()) {
                    return "a balancer (process " + pid + ")";
                }
            }
        } catch (IOException | NumberFormatException e) {
            // It has just begun to write, or is another user's.
        }
        return "another balancer";
    }

    /// Gives it back. Idempotent.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                channel.close();
            } catch (IOException e) {
                // The process's end gives it back.
            }
            HELD.remove(place);
        }
    }
}
