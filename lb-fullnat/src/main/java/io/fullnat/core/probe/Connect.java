// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.core.probe.UnthreadedProbe.Question;
import java.io.IOException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/// A TCP connection that is being opened, and what its question is told of it. For one thread.
final class Connect {
    private static final ProbeResult CONNECTED = TcpConnect.CONNECTED;

    private final ProbeTarget target;
    private final Question question;
    private final ConnectSockets sockets;
    private @Nullable ConnectSocket socket;
    private Deadline deadline;

    /// When it is looked at next; and the number of the time between two looks.
    long lookNs;

    int step;

    Connect(ProbeTarget target, ConnectSockets sockets, Question question) {
        this.sockets = sockets;
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
            ConnectSocket opening = sockets.open(target);
            socket = opening;
            if (!opening.connect()) {
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

    /// Looks whether it is open, has failed, or has taken too long.
    ///
    /// @return whether that was the end
    boolean hasEnded() {
        ConnectSocket opening = socket;
        if (opening == null) {
            return true;
        }
        try {
            if (!question.isWanted()) {
                giveUp();
            } else if (opening.isOpen()) {
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
        ConnectSocket opened = socket;
        byte[] greeting = target.greeting();
        if (opened != null && greeting.length > 0) {
            opened.write(greeting);
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

    private void close() {
        ConnectSocket opened = socket;
        socket = null;
        if (opened != null) {
            opened.reset();
        }
    }
}
