// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.STATE;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.StrippedToa;

/// What a packet that can be sent does to its connection, and its connection to it, before it is
/// translated. For the worker's thread.
final class PacketSteps {
    /// Instead of where a packet's header is: it is not to be sent on.
    static final long REFUSED = 0;

    private static final int SYN_RECV = ConnectionState.SYN_RECV.ordinal();

    private final FlowContext context;
    private final StackContext stack;
    private final Family family;
    private final Crossing crossing;
    private final StateStep states;
    private final ModifierStep modifiers;

    /// Of the packet that was advanced last: when its flow was last seen.
    private int seen;

    /// Of the packet that was refused last. Not touched by others: a reference that is stored costs
    /// the collector's barriers.
    private Outcome refusal = Outcome.TELLING_REFUSED;

    PacketSteps(FlowContext context, Family family, Crossing crossing) {
        this.context = context;
        stack = context.stack();
        this.family = family;
        this.crossing = crossing;
        states = new StateStep(context, family);
        modifiers = new ModifierStep(context, family);
    }

    /// The second to note in the flow of the packet that was advanced last.
    int seen() {
        return seen;
    }

    /// Moves a connection's state on by a packet, lets its modifier see the packet, and moves its
    /// sequence numbers. The state knows segments as the real server sends and receives them, a
    /// modifier as the client does. Returns where the IP header begins now, or [#REFUSED] if the
    /// packet is not to be sent on after all.
    ///
    /// @param opened whether the packet has just opened the connection: its state knows it then,
    ///   unless something changes what the real server sees of it
    long advance(long flow, int direction, long ip, int mtu, boolean opened) {
        long entry = ConnectionLayout.entryOf(flow, direction);
        if (direction == OUTBOUND && family.isTcp(ip)) {
            Outcome unfollowed = modifiers.follow(entry, flow, ip);
            if (unfollowed != null) {
                refusal = unfollowed;
                return REFUSED;
            }
        }
        if (!ConnectionLayout.isNeverPlain(entry)) {
            strip(flow, direction, ip);
            seen = opened ? stack.nowSeconds() : states.step(flow, direction, ip);
            return ip;
        }
        boolean modified = ConnectionLayout.isModified(entry);
        if (!modified) {
            strip(flow, direction, ip);
        }
        int longest =
                Crossing.isOf(flow)
                        ? crossing.longest(ip, mtu) - crossing.length(ip) + family.totalLength(ip)
                        : mtu;
        if (direction == INBOUND) {
            long now = modified ? modifiers.modify(entry, direction, ip, longest) : ip;
            shift(entry, flow, direction, now);
            seen = states.step(flow, direction, now);
            return modified ? sent(entry, now) : now;
        }
        seen = states.step(flow, direction, ip);
        shift(entry, flow, direction, ip);
        if (!modified) {
            return ip;
        }
        return sent(entry, modifiers.modify(entry, direction, ip, longest));
    }

    /// Where the header is of a packet that its modifier has seen, if that lets it be sent on.
    private long sent(long entry, long ip) {
        Outcome ended = modifiers.end(entry);
        if (ended == null) {
            return ip;
        }
        refusal = ended;
        return REFUSED;
    }

    /// Lets a fragment pass that is behind the first: it says nothing but that its connection is in
    /// use, if that is not over.
    void pass(long flow) {
        seen = states.seen(flow);
    }

    /// Why the packet that was [#REFUSED] last is not to be sent on.
    Outcome refusal() {
        return refusal;
    }

    private void shift(long entry, long flow, int direction, long ip) {
        if (!ConnectionLayout.isShifted(entry)) {
            return;
        }
        CrossFamily.shift(context.table().shifts(), flow, direction, family.transport(ip));
    }

    /// Takes what a client says of itself out of its handshake, where nothing else would: a real
    /// server that understands it believes it. Later segments are not looked at.
    private void strip(long flow, int direction, long ip) {
        if (Memory.getByte(flow + STATE) == SYN_RECV
                && direction == INBOUND
                && StrippedToa.stripIfLong(
                        family.transport(ip), ClientDisclosure.DEFAULT_TOA_KIND)) {
            stack.counters().count(Counter.TOA_STRIPPED);
        }
    }
}
