// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads files whose names come from outside. What is no file – a device that never ends, a pipe
/// that nobody writes to – is not opened, and no more is read than there may be.
public final class BoundedFile {
    private static final int PIECE = 1 << 16;

    private BoundedFile() {}

    /// Reads a file.
    ///
    /// @param file its name
    /// @param most bytes that it may have
    /// @param what it is, with its article, for the message: "a configuration"
    /// @param code of what is thrown if it cannot be read
    /// @return all of it
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] with a sentence if it is no file,
    ///   longer, or cannot be read
    public static byte[] read(Path file, int most, String what, ErrorCode code) {
        List<byte[]> pieces = pieces(file, most, what, code);
        int length = 0;
        for (byte[] piece : pieces) {
            length += piece.length;
        }
        ByteBuffer all = ByteBuffer.allocate(length);
        pieces.forEach(all::put);
        return all.array();
    }

    /// Reads a file with a secret, which others must not be able to read.
    ///
    /// @param file its name
    /// @param most bytes that it may have
    /// @param what it is, with its article, for the message: "the token file"
    /// @return all of it
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] with a sentence if others can
    ///   read or write it, and as [#read(Path, int, String, ErrorCode)]
    public static byte[] readSecret(Path file, int most, String what) {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (mode.contains(PosixFilePermission.OTHERS_READ)
                    || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw wrong(
                        ErrorCode.INVALID_CONFIGURATION,
                        "others can read or write " + file + "; chmod o-rwx it");
            }
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "cannot read " + what + " " + file + ": " + Reason.of(e),
                    e);
        }
        return read(file, most, what, ErrorCode.INVALID_CONFIGURATION);
    }

    /// Reads a file into many small arrays: getting and filling a large one is a single step to the
    /// JVM, and a collection that waits for its end holds up all threads, those that forward
    /// packets among them.
    ///
    /// @param file its name
    /// @param most bytes that it may have
    /// @param what it is, with its article, for the message
    /// @param code of what is thrown if it cannot be read
    /// @return all of it in order, at least one array
    /// @throws BalancerException as [#read(Path, int, String, ErrorCode)]
    static List<byte[]> pieces(Path file, int most, String what, ErrorCode code) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw wrong(code, file + " is a directory; a file is needed");
            }
            if (!attributes.isRegularFile()) {
                throw wrong(code, file + " is a device, a pipe or a socket; a file is needed");
            }
            if (attributes.size() > most) {
                throw tooLong(code, file, attributes.size() + " bytes", most, what);
            }
            List<byte[]> pieces = new ArrayList<>();
            int left = most;
            try (InputStream in = Files.newInputStream(file)) {
                byte[] piece;
                do {
                    piece = in.readNBytes(PIECE);
                    pieces.add(piece);
                    left -= piece.length;
                    if (left < 0) { // it grew, or its size is not told, as in /proc
                        throw tooLong(code, file, "more bytes", most, what);
                    }
                } while (piece.length == PIECE);
            }
            return pieces;
        } catch (NoSuchFileException e) {
            throw new BalancerException(code, "there is no file " + file, e);
        } catch (IOException e) {
            throw new BalancerException(code, "cannot read " + file + ": " + Reason.of(e), e);
        }
    }

    private static BalancerException tooLong(
            ErrorCode code, Path file, String size, int most, String what) {
        return wrong(code, file + " has " + size + "; " + what + " may have " + most);
    }

    private static BalancerException wrong(ErrorCode code, String message) {
        return new BalancerException(code, message);
    }
}
