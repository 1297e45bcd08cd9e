package io.fullnat.core.forward;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.service.AccessFilter;
import java.util.Map;
import org.agrona.collections.Int2ObjectHashMap;

/// Ends connections that a change of the state does away with, by one walk through the table in
/// steps between bursts, so that a million connections stop no packet for long.
public final class ConnectionPurge {
    /// Records looked at in one step: some microseconds.
    private static final int STEP = 128;

    private final FlowContext flow;
    private final ConnectionTable.RecordVisitor visitor = this::visit;
    private Int2ObjectHashMap<AccessFilter> keptByLocal = new Int2ObjectHashMap<>();
    private int position = -1;

    /// The purge of one worker.
    ///
    /// @param flow its connections
    public ConnectionPurge(FlowContext flow) {
        this.flow = flow;
    }

    /// Starts a walk; one that has not ended is taken along.
    ///
    /// @param survivors by the local address's slot, who may keep his connections
    public void start(Map<Integer, AccessFilter> survivors) {
        if (position < 0) {
            keptByLocal = new Int2ObjectHashMap<>();
        }
        keptByLocal.putAll(survivors);
        position = 0;
    }

    /// Whether there is nothing left to look at.
    ///
    /// @return true if no walk is under way
    public boolean isDone() {
        return position < 0;
    }

    /// Looks at some more connections.
    ///
    /// @return how much was done; 0 if no walk is under way
    public int step() {
        if (position < 0) {
            return 0;
        }
        position = flow.table().visit(position, STEP, visitor);
        return STEP;
    }

    private void visit(long record) {
        AccessFilter kept = keptByLocal.get(Memory.getInt(record + LOCAL));
        if (kept != null && !kept.admits(Memory.getNetworkInt(record + ADDRESSES))) {
            flow.life().end(record);
            flow.stack().counters().count(Counter.CONNECTIONS_PURGED);
        }
    }
}
