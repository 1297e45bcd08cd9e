// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.set.SetQuestion;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;

/// Which connections end with a change of the state: by the slot of their real server, which each
/// has whatever its forwarding mode, or by that of their local address, if they have one. Not
/// changed after construction, and shared by all workers: slots are the same on each.
public final class PurgeRules {
    /// No connection.
    public static final PurgeRules NONE = new PurgeRules(Map.of(), List.of(), List.of());

    private final Int2ObjectHashMap<AccessFilter> keptByServer = new Int2ObjectHashMap<>();
    private final IntHashSet locals = new IntHashSet();
    private final ConnectionMatch[] matches;
    private final boolean recounts;

    /// Rules, each of which ends what it names.
    ///
    /// @param survivors by a real server's slot, which clients keep their connections to it
    /// @param locals slots of local addresses whose connections end
    /// @param matches further connections that end
    public PurgeRules(
            Map<Integer, AccessFilter> survivors,
            Collection<Integer> locals,
            List<ConnectionMatch> matches) {
        this(survivors, locals, matches, false);
    }

    /// Rules, each of which ends what it names.
    ///
    /// @param survivors by a real server's slot, which clients keep their connections to it
    /// @param locals slots of local addresses whose connections end
    /// @param matches further connections that end
    /// @param recounts whether those that stay are to be counted or marked for limits
    public PurgeRules(
            Map<Integer, AccessFilter> survivors,
            Collection<Integer> locals,
            List<ConnectionMatch> matches,
            boolean recounts) {
        this.recounts = recounts;
        keptByServer.putAll(survivors);
        this.locals.addAll(locals);
        this.matches = matches.toArray(ConnectionMatch[]::new);
    }

    /// Whether there is nothing to look for.
    ///
    /// @return true if all connections stay as they are
    public boolean isEmpty() {
        return keptByServer.isEmpty() && locals.isEmpty() && matches.length == 0 && !recounts;
    }

    /// Whether connections that stay are to be counted or marked for limits.
    boolean recounts() {
        return recounts;
    }

    /// How many times as long a look at a connection takes as one at its slots.
    int cost() {
        return 1 + matches.length / 4;
    }

    private static boolean keeps(AccessFilter kept, SetQuestion question, long entry) {
        int protocol = Memory.getByte(entry + ConnectionLayout.PROTOCOL);
        question.client(
                protocol,
                ConnectionKey.sourceHigh(entry, INBOUND),
                ConnectionKey.sourceLow(entry, INBOUND),
                ConnectionKey.sourcePort(entry, INBOUND));
        question.destination(
                protocol,
                ConnectionKey.destinationHigh(entry, INBOUND),
                ConnectionKey.destinationLow(entry, INBOUND),
                ConnectionKey.destinationPort(entry, INBOUND));
        return kept.keeps(question);
    }

    /// Whether a connection ends.
    ///
    /// @param question of the worker that asks, to be filled
    boolean end(long entry, SetQuestion question) {
        int server = TrafficTable.slot(ConnectionLayout.traffic(entry));
        AccessFilter kept = keptByServer.get(server);
        if (kept != null && !keeps(kept, question, entry)) {
            return true;
        }
        int local = Memory.getInt(entry + LOCAL);
        if (local != ConnectionLayout.NO_LOCAL && locals.contains(local)) {
            return true;
        }
        for (ConnectionMatch match : matches) {
            if (match.accepts(entry)) {
                return true;
            }
        }
        return false;
    }
}
