// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.Ipv4Address;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.core.probe.UnthreadedProbe.Question;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// A TCP connection that is being opened, and what its question is told of it. For one thread.
final class Connect {
    private static final ProbeResult CONNECTED = TcpConnect.CONNECTED;

    private final ProbeTarget target;
    private final Question question;
    private @Nullable SocketChannel channel;
    private Deadline deadline;

    /// When it is looked at next; and the number of the time between two looks.
    long lookNs;

    int step;

    Connect(ProbeTarget target, Question question) {
        this.target = target;
        this.question = question;
        deadline = Deadline.within(target.timeout());
    }

    /// Begins.
    ///
    /// @return false if that was the end, too
    boolean open() {
        if (!question.begins()) {
            return false;
        }
        deadline = Deadline.within(target.timeout());
        try {
            if (!connect()) {
                return true;
            }
            connected();
        } catch (IOException failed) {
            end(FailureText.result(failed, target));
        } catch (Throwable fault) {
            close();
            question.breaks(fault);
        }
        return false;
    }

    private boolean connect() throws IOException {
        return socket().connect(SocketAddresses.of(target.endpoint()));
    }

    private SocketChannel socket() throws CannotAskException {
        try {
            SocketChannel opened = SocketChannel.open(family());
            channel = opened;
            opened.configureBlocking(false);
            if (target.source().isPresent()) {
                opened.bind(SocketAddresses.source(target));
            }
            return opened;
        } catch (IOException failed) {
            throw new CannotAskException(failed);
        }
    }

    private StandardProtocolFamily family() {
        return target.endpoint().address() instanceof Ipv4Address
                ? StandardProtocolFamily.INET
                : StandardProtocolFamily.INET6;
    }

    /// Looks whether it is open, has failed, or has taken too long.
    ///
    /// @return whether that was the end
    boolean hasEnded() {
        SocketChannel opening = channel;
        if (opening == null) {
            return true;
        }
        try {
            if (!question.isWanted()) {
                giveUp();
            } else if (opening.finishConnect()) {
                connected();
            } else if (deadline.isOver()) {
                throw new SocketTimeoutException();
            } else {
                return false;
            }
        } catch (IOException failed) {
            end(FailureText.result(failed, target));
        } catch (Throwable fault) {
            close();
            question.breaks(fault);
        }
        return true;
    }

    /// Says what a connection is to begin with, of which a new one takes a few bytes at once.
    private void connected() throws IOException {
        SocketChannel opened = channel;
        byte[] greeting = target.greeting();
        if (opened != null && greeting.length > 0) {
            opened.write(ByteBuffer.wrap(greeting));
        }
        end(CONNECTED);
    }

    /// Nanoseconds that it still has.
    long leftNs() {
        return deadline.nanos();
    }

    /// Nobody waits any more.
    void giveUp() {
        end(ProbeResult.failed("interrupted"));
    }

    private void end(ProbeResult result) {
        close();
        question.ends(result);
    }

    /// By a reset: thousands of probes leave no connection in TIME-WAIT and no port taken.
    private void close() {
        SocketChannel opened = channel;
        channel = null;
        if (opened == null) {
            return;
        }
        try (opened) {
            opened.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException failed) {
            // it is closed all the same
        }
    }
}
