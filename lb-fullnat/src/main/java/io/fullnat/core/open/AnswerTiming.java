// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.service.HandshakeTable;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;

/// Measures how long real servers take to answer: from a client's SYN, as it is sent on, to the
/// server's SYN-ACK; of UDP, where a scheduler wants to know it, from the first datagram to the
/// first answer. By the worker's clock, which goes on once a burst. Each handshake is counted by
/// its time ([HandshakeTable]). What schedulers compare ([AnswerTimes]) is of services alone whose
/// scheduler does: their connections are marked. The slow path, through which both SYN and SYN-ACK
/// go, has the connection's lines in hand anyway. For the worker's thread.
///
/// Until the server is heard the field for what it has acknowledged is free, and holds when it was
/// asked; 0 if nobody wants to know.
public final class AnswerTiming {
    private static final int SINCE = FLOW_LENGTH + ACKNOWLEDGED;

    private final AnswerTimes times;
    private final HandshakeTable handshakes;
    private final StackContext stack;

    AnswerTiming(AnswerTimes times, HandshakeTable handshakes, StackContext stack) {
        this.times = times;
        this.handshakes = handshakes;
        this.stack = stack;
    }

    private int now() {
        return stack.nowMicros();
    }

    /// @param flow of either direction
    private static int slot(long flow) {
        return TrafficTable.slot(ConnectionLayout.traffic(flow));
    }

    /// The server of a connection that was just opened is asked now.
    ///
    /// @param compared whether the service's scheduler wants to know how long it takes
    void ask(long entry, boolean compared) {
        if (ConnectionLayout.tracking(entry) == StateTable.TWO_SIDED) {
            int now = now();
            Memory.putInt(entry + SINCE, now == 0 ? 1 : now);
            if (compared) {
                ConnectionLayout.awaited(entry, true);
                times.asked(slot(entry));
            }
        }
    }

    /// When the server of a connection was asked that has not answered yet.
    ///
    /// @return microseconds, which wrap; 0 if nobody wants to know
    public static int askedMicros(long entry) {
        return Memory.getInt(entry + SINCE);
    }

    /// The server of a connection has answered the SYN.
    ///
    /// @param askedMicros as [#askedMicros] was before the answer was noted, not 0
    public void shaken(long entry, int askedMicros) {
        int micros = Math.max(0, now() - askedMicros);
        handshakes.count(slot(entry + FLOW_LENGTH), micros);
        end(entry, micros);
    }

    /// The server of a connection has answered, if that was awaited.
    void answered(long entry) {
        end(entry, Math.max(0, now() - askedMicros(entry)));
    }

    /// The server has refused, or has not answered in time.
    void failed(long entry) {
        end(entry, AnswerTimes.FAILED_MICROS);
    }

    private void end(long entry, int micros) {
        if (ConnectionLayout.isAwaited(entry)) {
            times.measured(slot(entry), micros, stack.nowNs());
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

    /// A connection is over whose server has not answered: it has acknowledged nothing.
    static void clear(long entry) {
        Memory.putInt(entry + SINCE, 0);
    }
}
