// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.io.EOFException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/// Why something failed, in words for an operator: what the system said, without names of classes
/// and without the file, which the sentence around names.
public final class Reason {
    private static final String UNKNOWN = "input/output error";

    private Reason() {}

    /// A failure in a few words.
    ///
    /// @param failure for example of a file operation
    /// @return never empty, one line, and never the name of a class
    public static String of(Throwable failure) {
        return switch (failure) {
            case AccessDeniedException ignored -> "permission denied";
            case NoSuchFileException ignored -> "there is no such file";
            case NotDirectoryException ignored -> "a part of the path is no directory";
            case FileSystemException e -> words(e.getReason());
            case EOFException ignored -> "it ended early";
            case ClosedChannelException ignored -> "the connection was closed";
            case OutOfMemoryError e -> memory(e.getMessage());
            default -> words(failure.getMessage());
        };
    }

    private static String memory(@Nullable String message) {
        boolean thread = message != null && message.contains("thread");
        return thread ? "the system gives no more threads" : "not enough memory";
    }

    private static String words(@Nullable String message) {
        return message == null
                        || message.isBlank()
                        || message.contains("java.")
                        || message.contains("Exception")
                ? UNKNOWN
                : message.lines().findFirst().orElse(UNKNOWN).strip();
    }
}
