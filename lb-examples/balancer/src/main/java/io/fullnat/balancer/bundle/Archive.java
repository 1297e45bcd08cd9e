// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

/// Writes a tar.gz that only its owner can read. It is there whole or not at all.
final class Archive {
    private static final String OWNER_ONLY = "rw-------";
    private static final int FILE_MODE = 0100600;
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY));
    private static final Set<OpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private Archive() {}

    /// Writes it.
    ///
    /// @param file its name
    /// @param overwrite whether a file that is there may be replaced
    /// @param folder in which all parts are
    /// @param parts in order
    /// @throws BalancerException if it cannot be written, or is there; nothing is left of it then
    static void write(Path file, boolean overwrite, String folder, List<Part> parts, Instant now) {
        require(file, overwrite);
        Path beside = file.resolveSibling("." + file.getFileName() + "." + now.toEpochMilli());
        try {
            try (OutputStream to =
                    Channels.newOutputStream(Files.newByteChannel(beside, NEW, MODE))) {
                write(to, folder, parts, now);
            }
            if (overwrite) {
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            } else {
                name(file, beside);
            }
        } catch (FileAlreadyExistsException e) {
            throw there(file);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.OUTPUT, file + " cannot be written: " + Reason.of(e), e);
        } finally {
            remove(beside);
        }
    }

    /// Fails if it could not be written for what is there.
    static void require(Path file, boolean overwrite) {
        if (Files.exists(file) && !overwrite) {
            throw there(file);
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BalancerException(
                    ErrorCode.OUTPUT, file + " is a folder, a device or a pipe; a file is needed");
        }
    }

    /// Fails if somebody has made the file meanwhile, where the file system can tell.
    private static void name(Path file, Path beside) throws IOException {
        try {
            Files.createLink(file, beside);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException withoutLinks) {
            Files.move(beside, file);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit(); // once more, when the process ends
        }
    }

    private static BalancerException there(Path file) {
        return new BalancerException(
                ErrorCode.OUTPUT, file + " is there already; --overwrite replaces it");
    }

    /// Writes the bytes of the archive.
    static void write(OutputStream to, String folder, List<Part> parts, Instant now)
            throws IOException {
        try (GzipCompressorOutputStream compressed = new GzipCompressorOutputStream(to);
                TarArchiveOutputStream tar =
                        new TarArchiveOutputStream(compressed, StandardCharsets.UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (Part part : parts) {
                if (part.text().isEmpty()) {
                    continue; // the manifest says why
                }
                byte[] bytes = part.text().getBytes(StandardCharsets.UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(folder + "/" + part.name());
                entry.setSize(bytes.length);
                entry.setMode(FILE_MODE);
                entry.setModTime(now.toEpochMilli());
                tar.putArchiveEntry(entry);
                tar.write(bytes);
                tar.closeArchiveEntry();
            }
        }
    }
}
