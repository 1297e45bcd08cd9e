// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.STATE;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.translate.StrippedToa;

/// What a packet that can be sent does to its connection, and its connection to it, before it is
/// translated. For the worker's thread.
final class PacketSteps {
    private static final int SYN_RECV = ConnectionState.SYN_RECV.ordinal();

    private final FlowContext context;
    private final Family family;
    private final Crossing crossing;
    private final StateStep states;

    /// Of the packet that was advanced last: when its flow was last seen.
    private int seen;

    PacketSteps(FlowContext context, Family family, Crossing crossing) {
        this.context = context;
        this.family = family;
        this.crossing = crossing;
        states = new StateStep(context, family);
    }

    /// The second to note in the flow of the packet that was advanced last.
    int seen() {
        return seen;
    }

    /// Moves a connection's state on by a packet, lets its modifier see the packet, and moves its
    /// sequence numbers. The state knows segments as the real server sends and receives them, a
    /// modifier as the client does. Returns where the IP header begins now.
    long advance(long flow, int direction, long ip, int mtu) {
        long entry = ConnectionLayout.entryOf(flow, direction);
        if (!ConnectionLayout.isModified(entry)) {
            strip(flow, direction, ip);
        }
        if (!ConnectionLayout.isNeverPlain(entry)) {
            seen = states.step(flow, direction, ip);
            return ip;
        }
        int longest =
                Crossing.isOf(flow)
                        ? crossing.longest(ip, mtu) - crossing.length(ip) + family.totalLength(ip)
                        : mtu;
        if (direction == INBOUND) {
            long modified = modify(entry, direction, ip, longest);
            shift(entry, flow, direction, modified);
            seen = states.step(flow, direction, modified);
            return modified;
        }
        seen = states.step(flow, direction, ip);
        shift(entry, flow, direction, ip);
        return modify(entry, direction, ip, longest);
    }

    private long modify(long entry, int direction, long ip, int longest) {
        Modifiers modifiers = ConnectionLayout.isModified(entry) ? context.modifiers() : null;
        return modifiers == null
                ? ip
                : modifiers.modify(entry, direction, ip, family.transport(ip), longest);
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
            context.stack().counters().count(Counter.TOA_STRIPPED);
        }
    }
}
