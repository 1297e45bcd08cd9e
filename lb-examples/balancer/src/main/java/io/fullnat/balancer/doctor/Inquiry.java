// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Pages;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Questions to one balancer, each with a limit in time and in length, and all together with one in
/// time: one that hangs does not hang who asks. For one thread.
public final class Inquiry {
    private final Path socket;
    private final Remote remote;
    private final Pages pages;
    private final Duration each;
    private final long endNs;

    /// @param socket where the balancer listens
    /// @param remote carries out commands
    /// @param pages reads pages
    /// @param each how long a question may take
    /// @param all how long all may take, from now on
    public Inquiry(Path socket, Remote remote, Pages pages, Duration each, Duration all) {
        this.socket = socket;
        this.remote = remote;
        this.pages = pages;
        this.each = each;
        endNs = System.nanoTime() + all.toNanos();
    }

    /// What came back.
    ///
    /// @param text the answer, maybe only its beginning
    /// @param failure why it is not there, or not whole; empty if it is
    /// @param code of the failure; [ErrorCode#CAPACITY] if it was cut
    public record Answer(String text, String failure, ErrorCode code) {
        /// Whether all of it is there.
        ///
        /// @return true if so
        public boolean isWhole() {
            return failure.isEmpty();
        }
    }

    /// Has a command carried out that only asks.
    ///
    /// @param most characters of output that are kept
    /// @param words of the command
    /// @return what it printed; never fails
    public Answer command(int most, String... words) {
        Kept out = new Kept(most);
        Kept err = new Kept(1 << 16);
        return ask(() -> {
            int status =
                    remote.run(
                            socket, List.of(words), "", new PrintWriter(out), new PrintWriter(err));
            if (out.isCut()) {
                return new Answer(
                        out.text(), "cut after " + most + " characters", ErrorCode.CAPACITY);
            }
            return status == 0
                    ? new Answer(out.text(), "", ErrorCode.INTERNAL)
                    : new Answer(out.text(), said(err, status), code(status));
        });
    }

    private static String said(Kept err, int status) {
        String text = err.text().strip();
        return text.isEmpty() ? "exit status " + status : text;
    }

    private static ErrorCode code(int status) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.exitStatus() == status) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    /// Reads a page.
    ///
    /// @param most bytes that it may have
    /// @param path with its query
    /// @return the page; never fails
    public Answer page(int most, String path) {
        return ask(() ->
                new Answer(
                        new String(pages.get(socket, path, most), StandardCharsets.UTF_8),
                        "",
                        ErrorCode.INTERNAL));
    }

    private Answer ask(Callable<Answer> question) {
        long left = Math.min(each.toNanos(), endNs - System.nanoTime());
        if (left <= 0) {
            return failed("no time was left for it", ErrorCode.TRANSACTION_TIMEOUT);
        }
        FutureTask<Answer> task = new FutureTask<>(question);
        // An interrupt closes the channel that it waits for.
        Thread thread = Thread.ofPlatform().daemon().name("fullnat-inquiry").start(task);
        try {
            return task.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            return failed(
                    "the balancer did not answer within "
                            + Math.max(1, TimeUnit.NANOSECONDS.toSeconds(left))
                            + " s",
                    ErrorCode.TRANSACTION_TIMEOUT);
        } catch (ExecutionException e) {
            return e.getCause() instanceof BalancerException known
                    ? failed(String.valueOf(known.getMessage()), known.code())
                    : failed(
                            Reason.of(e.getCause() == null ? e : e.getCause()), ErrorCode.INTERNAL);
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            return failed("interrupted", ErrorCode.CLOSED);
        }
    }

    private static Answer failed(String why, ErrorCode code) {
        return new Answer("", why, code);
    }

    /// Keeps the beginning of what is written. When it is full it tells who writes by failing, so
    /// that no more is fetched.
    private static final class Kept extends Writer {
        private final int most;
        private final StringBuilder text = new StringBuilder();
        private boolean cut;

        Kept(int most) {
            this.most = most;
        }

        boolean isCut() {
            return cut;
        }

        String text() {
            return text.toString();
        }

        @Override
        public void write(char[] from, int offset, int length) throws IOException {
            int room = Math.min(length, most - text.length());
            text.append(from, offset, room);
            if (room < length) {
                cut = true;
                throw new IOException("full");
            }
        }

        @Override
        public void flush() {
            // kept already
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
