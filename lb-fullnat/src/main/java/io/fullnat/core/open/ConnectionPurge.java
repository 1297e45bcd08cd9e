// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.EntryVisitor;
import io.fullnat.core.set.SetQuestion;

/// Ends connections that a change of the state does away with, and lets limits that are new know
/// those that stay, by one walk through the table in steps between bursts, so that a million
/// connections stop no packet for long. Connections that begin during the walk are not looked at.
public final class ConnectionPurge {
    /// Entries looked at in one step: some microseconds.
    private static final int STEP = 128;

    private final FlowContext context;
    private final SetQuestion question = new SetQuestion();
    private final EntryVisitor visitor = this::visit;
    private PurgeRules rules = PurgeRules.NONE;
    private int position = -1;
    private int newest;
    private long ended;

    /// The purge of one worker.
    ///
    /// @param context its connections
    public ConnectionPurge(FlowContext context) {
        this.context = context;
    }

    /// Starts a walk.
    ///
    /// @param ending which connections end; the walk before has ended
    public void start(PurgeRules ending) {
        rules = ending;
        newest = context.table().newest();
        ended = 0;
        position = 0;
    }

    /// Whether there is nothing left to look at.
    ///
    /// @return true if no walk is under way
    public boolean isDone() {
        return position < 0;
    }

    /// Connections that the walk has ended.
    ///
    /// @return how many
    public long ended() {
        return ended;
    }

    /// Looks at some more connections.
    ///
    /// @return how much was done; 0 if no walk is under way
    public int step() {
        if (position < 0) {
            return 0;
        }
        long most = ended + EndResets.STEP;
        int left = Math.max(1, STEP / rules.cost());
        do {
            int count = Math.min(left, EndResets.STEP);
            position = context.table().visit(position, count, visitor);
            left -= count;
        } while (position >= 0 && left > 0 && ended < most);
        if (position < 0) {
            rules = PurgeRules.NONE;
        }
        return STEP;
    }

    private void visit(long entry) {
        boolean later = Memory.getInt(entry + ConnectionLayout.STAMP) - newest > 0;
        if (later) {
            return;
        }
        if (!rules.end(entry, question)) {
            if (rules.recounts()) {
                context.limits().recount(entry);
                context.trafficLimits().mark(entry);
            }
            return;
        }
        context.life().purge(entry);
        context.stack().counters().count(Counter.CONNECTIONS_PURGED);
        ended++;
    }
}
