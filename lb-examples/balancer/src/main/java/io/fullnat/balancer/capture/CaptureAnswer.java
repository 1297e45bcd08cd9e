// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.util.Base64;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What a running balancer answers to `capture`, as it comes: pieces are written on at once. Used
/// by one thread.
public final class CaptureAnswer extends Writer {
    private static final int MAX_LINE = 1 << 24;

    private final OutputStream to;
    private final BooleanSupplier isOver;
    private final StringBuilder line = new StringBuilder();
    private @Nullable BalancerException failure;
    private long captured;
    private long lost;

    /// An answer.
    ///
    /// @param to gets the capture; not closed
    /// @param isOver asked at each line: then the answer takes no more, so that the balancer ends
    public CaptureAnswer(OutputStream to, BooleanSupplier isOver) {
        this.to = to;
        this.isOver = isOver;
    }

    @Override
    public void write(char[] text, int from, int length) throws IOException {
        for (int i = from; i < from + length; i++) {
            if (text[i] == '\n') {
                String whole = line.toString();
                line.setLength(0);
                take(whole);
            } else if (line.length() < MAX_LINE) {
                line.append(text[i]);
            } else {
                throw noCapture("it has a line longer than " + MAX_LINE);
            }
        }
    }

    private void take(String text) throws IOException {
        if (text.startsWith("# ")) {
            String[] counts = text.split(" ", 3);
            captured = count(counts[1]);
            lost = counts.length > 2 ? count(counts[2]) : 0;
        } else if (!text.isEmpty()) {
            writeOn(decoded(text));
        }
        if (isOver.getAsBoolean()) {
            throw new IOException("it is over");
        }
    }

    private void writeOn(byte[] piece) throws IOException {
        try {
            to.write(piece);
            to.flush();
        } catch (IOException e) {
            fail(ErrorCode.OUTPUT, "the capture cannot be written: " + Reason.of(e));
            throw e;
        }
    }

    private byte[] decoded(String text) throws IOException {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw noCapture("a line of it is not in Base64");
        }
    }

    private long count(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw noCapture("a count in it is no number");
        }
    }

    private IOException noCapture(String why) {
        fail(ErrorCode.CLOSED, "what the balancer answers is no capture: " + why);
        return new IOException(why);
    }

    private void fail(ErrorCode code, String message) {
        if (failure == null) {
            failure = new BalancerException(code, message);
        }
    }

    /// Why the answer was not taken to its end; a [java.io.PrintWriter] over this hides it.
    ///
    /// @return [ErrorCode#OUTPUT] if it could not be written on, [ErrorCode#CLOSED] if it was no
    ///   capture; empty if neither was so
    public Optional<BalancerException> failure() {
        return Optional.ofNullable(failure);
    }

    /// How many frames there were.
    ///
    /// @return as the balancer said last
    public long captured() {
        return captured;
    }

    /// How many were wanted and are not there.
    ///
    /// @return as the balancer said last
    public long lost() {
        return lost;
    }

    @Override
    public void flush() {
        // Each piece has been written on.
    }

    @Override
    public void close() {
        // The stream is somebody else's.
    }
}
