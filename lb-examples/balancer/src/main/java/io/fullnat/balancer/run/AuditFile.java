// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import io.fullnat.balancer.text.TimeStamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;

/// The audit log as a file of its own, mode 0640. Each line is appended to the file that has the
/// name at that moment, so that it may be moved away, removed or put back at any time, and a disk
/// that was full is found to have room again. While it cannot be written its lines go to the log.
///
/// Thread-safe.
final class AuditFile {
    private static final Logger LOG = Notices.audit();

    private final Path file;
    private final ReentrantLock lock = new ReentrantLock();
    private long failed;

    private AuditFile(Path file) {
        this.file = file;
    }

    /// Makes the file if it is not there.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if it cannot be written
    static AuditFile open(Path file) {
        AuditFile audit = new AuditFile(file);
        try (FileChannel channel = audit.channel()) {
            channel.size();
            return audit;
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "log.audit: cannot write to "
                            + file
                            + ": "
                            + reason(e)
                            + "; name another file, or say log",
                    e);
        }
    }

    private FileChannel channel() throws IOException {
        try {
            FileChannel made =
                    FileChannel.open(
                            file,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-r-----")));
            // Whatever the mask of the process takes away.
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            return made;
        } catch (FileAlreadyExistsException e) {
            // To open a pipe would wait for a reader.
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException("it is a link, a device, a pipe or a directory", e);
            }
            return FileChannel.open(file, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /// Appends a line, here or to the log. Never throws.
    void write(String line) {
        lock.lock();
        try {
            append(TimeStamp.of(Instant.now()) + " " + line + "\n");
            if (failed > 0) {
                LOG.info("{} is written again; {} lines went to the log", file, failed);
                failed = 0;
            }
        } catch (IOException e) {
            if (failed++ == 0) {
                LOG.error(
                        "cannot write to {}: {}; until it can be written its lines follow here",
                        file,
                        reason(e));
            }
            LOG.info(line);
        } finally {
            lock.unlock();
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "its directory is not there" : Reason.of(e);
    }

    private void append(String line) throws IOException {
        try (FileChannel channel = channel()) {
            long end = channel.size();
            try {
                for (ByteBuffer left = StandardCharsets.UTF_8.encode(line); left.hasRemaining(); ) {
                    channel.write(left);
                }
            } catch (IOException e) {
                channel.truncate(end); // no half of a line before the next one
                throw e;
            }
        }
    }
}
