// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks other programs of the machine. Thread-safe.
public interface Programs {
    /// What a program said.
    ///
    /// @param text of standard output and error
    /// @param failure why there is none, or not all of it; empty if there is
    /// @param isCut whether it said more than is kept
    record Said(String text, String failure, boolean isCut) {
        /// Of a program that says no more than is kept.
        ///
        /// @param text all that was said
        /// @param failure why that is not all; empty if it is
        public Said(String text, String failure) {
            this(text, failure, false);
        }

        /// Of a program that says more than is kept.
        ///
        /// @param text the beginning
        /// @param most bytes that are kept
        /// @return the same with a failure
        public static Said cut(String text, int most) {
            return new Said(text, "cut after " + most + " bytes", true);
        }
    }

    /// Runs one to its end, with nothing to read.
    ///
    /// @param words name and arguments
    /// @param limit how long it may take
    /// @param most bytes of what it says that are kept
    /// @return what it said; never fails
    Said run(List<String> words, Duration limit, int most);

    /// The programs of this machine.
    ///
    /// @return found by `PATH`, told to speak English
    static Programs ofMachine() {
        return Programs::start;
    }

    private static Said start(List<String> words, Duration limit, int most) {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process;
        try {
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            return new Said("", words.getFirst() + " cannot be started: " + Reason.of(e));
        }
        try {
            return read(process, words, limit, most);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Said("", "interrupted");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static Said read(Process process, List<String> words, Duration limit, int most)
            throws InterruptedException {
        CompletableFuture<byte[]> said = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    try (InputStream in = process.getInputStream()) {
                        said.complete(in.readNBytes(most + 1));
                    } catch (IOException e) {
                        said.completeExceptionally(e);
                    }
                });
        try {
            byte[] bytes = said.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (bytes.length > most) {
                return Said.cut(new String(bytes, 0, most, StandardCharsets.UTF_8), most);
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Said(text, words.getFirst() + " did not end");
            }
            return new Said(
                    text,
                    process.exitValue() == 0
                            ? ""
                            : words.getFirst() + " ended with status " + process.exitValue());
        } catch (TimeoutException e) {
            return new Said("", words.getFirst() + " took longer than " + limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            return new Said("", words.getFirst() + ": " + Reason.of(e));
        }
    }
}
