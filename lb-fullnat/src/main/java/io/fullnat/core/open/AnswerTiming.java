// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;

/// Measures how long real servers take to answer: from a client's SYN, as it is sent on, to the
/// server's SYN-ACK; of UDP from the first datagram to the first answer. By the worker's clock,
/// which goes on once a burst. Only connections of services whose scheduler wants to know it are
/// marked, and others cost nothing but the look at the mark where the slow path has their line in
/// hand anyway. For the worker's thread.
///
/// Until the server is heard the field for what it has acknowledged is free, and holds when it was
/// asked.
public final class AnswerTiming {
    private static final int SINCE = FLOW_LENGTH + ACKNOWLEDGED;
    private static final long NS_PER_US = 1_000;

    private final AnswerTimes times;
    private final StackContext stack;

    AnswerTiming(AnswerTimes times, StackContext stack) {
        this.times = times;
        this.stack = stack;
    }

    private int now() {
        return (int) (stack.nowNs() / NS_PER_US);
    }

    private static int slot(long entry) {
        return TrafficTable.slot(ConnectionLayout.traffic(entry));
    }

    /// The server of a connection that was just opened is asked now.
    void ask(long entry) {
        if (ConnectionLayout.tracking(entry) == StateTable.TWO_SIDED) {
            Memory.putInt(entry + SINCE, now());
            ConnectionLayout.awaited(entry, true);
            times.asked(slot(entry));
        }
    }

    /// When the server of a connection was asked whose answer is awaited.
    public static int askedMicros(long entry) {
        return Memory.getInt(entry + SINCE);
    }

    /// The server of a connection has answered, if that was awaited.
    ///
    /// @param askedMicros as [#askedMicros] was before the answer was noted
    public void answered(long entry, int askedMicros) {
        end(entry, now() - askedMicros);
    }

    /// The server has refused, or has not answered in time.
    void failed(long entry) {
        end(entry, AnswerTimes.FAILED_MICROS);
    }

    private void end(long entry, int micros) {
        if (ConnectionLayout.isAwaited(entry)) {
            times.measured(slot(entry), Math.max(0, micros), stack.nowNs());
            forget(entry);
        }
    }

    /// Nobody waits for an answer any more, and that says nothing of the server.
    void forget(long entry) {
        if (ConnectionLayout.isAwaited(entry)) {
            ConnectionLayout.awaited(entry, false);
            times.settled(slot(entry));
        }
    }
}
