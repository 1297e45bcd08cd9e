// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.EntryVisitor;

/// Gives live connections other idle times, after those of a state were changed: by one walk
/// through the table in steps between bursts. The time since a connection's last packet counts, so
/// one that has been idle for longer than it may be now ends.
public final class Retiming {
    /// Entries looked at in one step: some microseconds.
    private static final int STEP = 128;

    private final FlowContext context;
    private final EntryVisitor visitor = this::visit;
    private int position = -1;

    Retiming(FlowContext context) {
        this.context = context;
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
        position = context.table().visit(position, STEP, visitor);
        return STEP;
    }

    private void visit(long entry) {
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
        int seconds = context.life().timeoutSeconds(entry, state);
        if (seconds != Memory.getInt(entry + ConnectionLayout.TIMEOUT)) {
            context.table().retime(entry, seconds);
        }
    }
}
