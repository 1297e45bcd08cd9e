// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The file of a Unix socket. It is bound within a directory of mode 0700 and moved to its place
/// with mode 0600, so there is no moment at which somebody else can connect. For one thread.
final class SocketFile {
    private static final int MAX_PATH_BYTES = 107; // sun_path less its final zero, unix(7)

    private final Path path;
    private final Path directory;
    private final SocketLock lock;
    private @Nullable Object identity;

    private SocketFile(Path path, Path directory, SocketLock lock) {
        this.path = path;
        this.directory = directory;
        this.lock = lock;
    }

    /// Takes the place, which is free or held by the file of a balancer that is gone.
    ///
    /// @return to be released
    /// @throws BalancerException if it is not, or cannot be used; it says what to do
    static SocketFile prepare(Path path) {
        Path parent = Objects.requireNonNull(path.toAbsolutePath().getParent());
        if (!Files.isDirectory(parent)) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "there is no directory "
                            + parent
                            + " for the socket "
                            + path
                            + "; make it, or name another socket in api.socket");
        }
        Path directory = parent.resolve("." + ProcessHandle.current().pid());
        if (bytes(path) > MAX_PATH_BYTES || bytes(directory.resolve("s")) > MAX_PATH_BYTES) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "the path "
                            + path
                            + " is too long for a socket (at most about "
                            + MAX_PATH_BYTES
                            + " bytes); name a shorter one in api.socket");
        }
        SocketLock lock = lock(path);
        try {
            requireFree(path);
        } catch (BalancerException taken) {
            lock.close();
            throw taken;
        }
        return new SocketFile(path, directory, lock);
    }

    private static SocketLock lock(Path path) {
        try {
            return SocketLock.take(path).orElseThrow(() -> taken(SocketLock.holder(path), path));
        } catch (IOException e) {
            throw cannot(path, e);
        }
    }

    private static BalancerException taken(String who, Path path) {
        return new BalancerException(
                ErrorCode.ADDRESS_IN_USE,
                who + " has " + path + " already; stop it, or name another socket in api.socket");
    }

    private static int bytes(Path path) {
        return path.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static void requireFree(Path path) {
        Optional<BasicFileAttributes> there = attributes(path);
        if (there.isEmpty()) {
            return;
        }
        if (!there.get().isOther()) {
            throw new BalancerException(
                    ErrorCode.ADDRESS_IN_USE,
                    path + " is there and is no socket; remove it, or name another in api.socket");
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return; // nobody listens: it is what a balancer left that was killed
        }
        throw taken(SocketOwner.describe(path), path);
    }

    private static Optional<BasicFileAttributes> attributes(Path path) {
        try {
            return Optional.of(
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Makes the private directory.
    ///
    /// @return where to bind
    Path begin() {
        try {
            Files.deleteIfExists(directory.resolve("s"));
            Files.deleteIfExists(directory);
            Files.createDirectory(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            return directory.resolve("s");
        } catch (IOException e) {
            throw cannot(path, e);
        }
    }

    /// Moves the bound socket to its place, where others find it.
    void publish() {
        Path bound = directory.resolve("s");
        try {
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
            identity = attributes(bound).map(BasicFileAttributes::fileKey).orElse(null);
            Files.move(
                    bound,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw cannot(path, e);
        } finally {
            clean();
        }
    }

    /// Removes the private directory, after success or failure.
    void clean() {
        try {
            Files.deleteIfExists(directory.resolve("s"));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // An empty directory that only its owner can enter does no harm.
        }
    }

    private static BalancerException cannot(Path path, IOException e) {
        ErrorCode code =
                e instanceof AccessDeniedException ? ErrorCode.PERMISSION : ErrorCode.DEVICE;
        return new BalancerException(
                code,
                "cannot make the socket "
                        + path
                        + ": "
                        + Reason.of(e)
                        + "; run as a user who may write to "
                        + path.toAbsolutePath().getParent()
                        + ", or name another socket in api.socket",
                e);
    }

    /// Lets others have the place. Idempotent.
    void release() {
        lock.close();
    }

    /// Removes the file if it is still the one that was published.
    void remove() {
        Object there = attributes(path).map(BasicFileAttributes::fileKey).orElse(null);
        if (there != null && there.equals(identity)) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                // The next balancer finds that nobody listens there.
            }
        }
    }
}
