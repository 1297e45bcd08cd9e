// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.RecordVisitor;

/// Gives live connections other idle times, after those of a state were changed: by one walk
/// through the table in steps between bursts. The time since a connection's last packet counts, so
/// one that has been idle for longer than it may be now ends.
public final class Retiming {
    /// Records looked at in one step: some microseconds.
    private static final int STEP = 128;

    private final FlowContext flow;
    private final RecordVisitor visitor = this::visit;
    private int position = -1;

    Retiming(FlowContext flow) {
        this.flow = flow;
    }

    /// Starts a walk, anew if one is under way.
    void start() {
        position = 0;
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
        ConnectionState state = ConnectionState.of(Memory.getByte(record + ConnectionLayout.STATE));
        int seconds = flow.life().timeoutSeconds(record, state);
        if (seconds != Memory.getInt(record + ConnectionLayout.TIMEOUT)) {
            flow.table().retime(record, seconds);
        }
    }
}
