// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.JavaText;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a command fails with, its user reads a sentence, and nothing of Java.
final class FailureLinesTest {
    private static Stream<Arguments> failures() {
        return Stream.of(
                failure(
                        new BalancerException(ErrorCode.NO_SERVICE, "no\u001b\u202e"),
                        10,
                        "no\\u001b"),
                failure(new IOException("Is a directory"), 2, "read: Is a directory"),
                failure(new IOException((String) null), 2, "read: input/output error"),
                failure(new IOException("java.lang.X: y"), 2, "read: input/output error"),
                failure(new EOFException(), 2, "it ended early"),
                failure(new ClosedChannelException(), 2, "the connection was closed"),
                failure(new AccessDeniedException("/x"), 2, "permission denied"),
                failure(new NoSuchFileException("/x"), 2, "there is no such file"),
                failure(new FileSystemException("/x", null, "Disk quota"), 2, "Disk quota"),
                failure(new OutOfMemoryError("Java heap space"), 53, "not enough memory; "),
                failure(
                        new OutOfMemoryError("unable to create native thread"),
                        53,
                        "the system gives no more threads"),
                failure(new IllegalStateException(), 70, "a fault in fullnat itself"),
                failure(new NullPointerException("x is null"), 70, "a fault in fullnat itself"),
                failure(new StackOverflowError(), 70, "a fault in fullnat itself"),
                failure(new ExceptionInInitializerError("y"), 70, "a fault in fullnat itself"));
    }

    private static Arguments failure(Throwable failure, int status, String words) {
        return Arguments.of(failure, status, words);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void areSentences(Throwable failure, int status, String words) {
        StringWriter err = new StringWriter();

        assertThat(FailureLines.report(failure, new PrintWriter(err))).isEqualTo(status);
        assertThat(err.toString()).startsWith("fullnat: ").contains(words);
        assertThat(JavaText.in(err.toString())).isEmpty();
    }
}
