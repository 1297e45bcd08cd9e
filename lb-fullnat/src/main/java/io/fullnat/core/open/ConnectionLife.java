// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.EndListener;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.localport.PortLane;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.WorkerCounters;

/// What happens besides, when a connection begins, changes its state or ends: counters of its real
/// server and local address, its idle time, its port.
public final class ConnectionLife implements EndListener {
    private final FlowContext flow;
    private final StackContext stack;
    private final TrafficTable traffic;
    private final WorkerCounters counters;

    ConnectionLife(FlowContext flow) {
        this.flow = flow;
        stack = flow.stack();
        traffic = flow.traffic();
        counters = stack.counters();
    }

    /// Begins a connection whose record is filled.
    void begin(long record, ConnectionState state, PortLane lane) {
        int now = stack.nowSeconds();
        flow.table().start(record, state, timeoutSeconds(record, state), now);
        long server = serverLine(record);
        Memory.addLong(server + TrafficTable.CONNECTIONS, 1);
        Memory.addLong(server + activity(state), 1);
        Memory.addLong(server + TrafficTable.LIVE, 1);
        countLocal(localLine(record), lane);
        counters.count(Counter.CONNECTIONS_CREATED);
    }

    private static void countLocal(long local, PortLane lane) {
        long connections = Memory.getLong(local + TrafficTable.LOCAL_CONNECTIONS) + 1;
        Memory.putLong(local + TrafficTable.LOCAL_CONNECTIONS, connections);
        if (connections > Memory.getLong(local + TrafficTable.LOCAL_HIGH_WATER)) {
            Memory.putLong(local + TrafficTable.LOCAL_HIGH_WATER, connections);
        }
        if (lane.used() > Memory.getLong(local + TrafficTable.LOCAL_FULLEST)) {
            Memory.putLong(local + TrafficTable.LOCAL_FULLEST, lane.used());
        }
    }

    /// Moves a connection to another state.
    public void move(long record, ConnectionState state) {
        ConnectionState before =
                ConnectionState.of(Memory.getByte(record + ConnectionLayout.STATE));
        int now = stack.nowSeconds();
        flow.table().move(record, state, timeoutSeconds(record, state), now);
        if (flow.ports().remembersStates()) {
            flow.ports().moved(lane(record), localPort(record), state);
        }
        if (before.isActive() != state.isActive()) {
            long server = serverLine(record);
            Memory.addLong(server + activity(before), -1);
            Memory.addLong(server + activity(state), 1);
        }
    }

    @Override
    public void idle(long record) {
        ConnectionState before =
                ConnectionState.of(Memory.getByte(record + ConnectionLayout.STATE));
        ConnectionState after = TcpMoves.afterIdleTime(record);
        if (after != before) {
            move(record, after);
        }
    }

    /// Ends a connection at once.
    public void end(long record) {
        release(record);
        flow.table().remove(record);
    }

    /// Ends a connection so that a new one can have its port.
    void giveWay(long record) {
        Memory.addLong(localLine(record) + TrafficTable.LOCAL_GAVE_WAY, 1);
        counters.count(Counter.PORTS_RECLAIMED);
        end(record);
    }

    @Override
    public void ended(long record, boolean evicted) {
        release(record);
        counters.count(evicted ? Counter.CONNECTIONS_EVICTED : Counter.CONNECTIONS_EXPIRED);
    }

    @Override
    public long touch(long record) {
        return flow.ports().touch(lane(record), localPort(record));
    }

    private void release(long record) {
        ConnectionState state = ConnectionState.of(Memory.getByte(record + ConnectionLayout.STATE));
        long server = serverLine(record);
        Memory.addLong(server + activity(state), -1);
        TrafficTable.end(server + TrafficTable.LIVE);
        TrafficTable.end(localLine(record) + TrafficTable.LOCAL_CONNECTIONS);
        flow.ports().release(lane(record), localPort(record));
    }

    private PortLane lane(long record) {
        return flow.lane(Memory.getInt(record + ConnectionLayout.LANE));
    }

    private static int localPort(long record) {
        return ConnectionKey.outboundDestinationPort(record);
    }

    /// How long a connection may be idle in a state.
    int timeoutSeconds(long record, ConnectionState state) {
        StateTimeouts timeouts = flow.services().timeouts();
        int owner = Memory.getInt(record + ConnectionLayout.OWNER);
        int seconds = timeouts.seconds(owner, state);
        return state == ConnectionState.ESTABLISHED && TcpMoves.isDoubtful(record)
                ? Math.min(seconds, timeouts.seconds(owner, ConnectionState.FIN_WAIT))
                : seconds;
    }

    private static int activity(ConnectionState state) {
        return state.isActive() ? TrafficTable.ACTIVE : TrafficTable.INACTIVE;
    }

    private long serverLine(long record) {
        return traffic.at(Memory.getInt(record + ConnectionLayout.TRAFFIC));
    }

    private long localLine(long record) {
        return traffic.local(Memory.getInt(record + ConnectionLayout.LOCAL));
    }
}
