// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Which connections of a host have something to do, in the order in which they began: thousands
/// that rest cost nothing. Belongs to the host's thread.
final class Turns {
    private final TreeMap<Long, TcpConnection> awake = new TreeMap<>();
    private final List<TcpConnection> ended = new ArrayList<>();
    private long numbers;

    /// The number of a connection that begins.
    long number() {
        return numbers++;
    }

    /// Gives a connection its turn, and more of them until it is at rest.
    void wake(TcpConnection connection) {
        awake.put(connection.number, connection);
    }

    /// Notes that a connection is closed.
    void end(TcpConnection connection) {
        ended.add(connection);
    }

    /// Gives each connection that is awake its turn, but for those that begin meanwhile.
    ///
    /// @param closed is told of each connection that has ended since the last time, when all had
    ///   their turn
    void take(Consumer<TcpConnection> closed) {
        long end = numbers;
        Map.Entry<Long, TcpConnection> turn = awake.firstEntry();
        while (turn != null && turn.getKey() < end) {
            TcpConnection connection = turn.getValue();
            if (connection.state() != TcpState.CLOSED) {
                connection.doWork();
            }
            if (connection.state() == TcpState.CLOSED || connection.isAtRest()) {
                awake.remove(turn.getKey());
            }
            turn = awake.higherEntry(turn.getKey());
        }
        ended.forEach(closed);
        ended.clear();
    }
}
