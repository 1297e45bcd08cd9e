// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// What keeps packets of connections back that could be sent: the window of a segment, and limits
/// of their service. For the worker's thread.
final class PacketLimits {
    private final FlowContext context;
    private final Family family;

    /// Why the packet was kept back that was so last.
    private @Nullable Outcome refusal;

    PacketLimits(FlowContext context, Family family) {
        this.context = context;
        this.family = family;
    }

    /// Whether a window or a limit keeps a packet back; what it takes of the limit is taken then.
    boolean refuses(long flow, int direction, long ip) {
        long entry = ConnectionLayout.entryOf(flow, direction);
        if (!ConnectionLayout.mayBeKeptBack(entry)) {
            return false;
        }
        return isOutOfWindow(entry, direction, ip) || exceeds(flow, direction, ip);
    }

    /// Whether a limit alone keeps a packet back.
    boolean exceeds(long flow, int direction, long ip) {
        long entry = ConnectionLayout.entryOf(flow, direction);
        return refuses(
                ConnectionLayout.isMetered(entry)
                        ? context.trafficLimits().take(entry, direction, family.totalLength(ip))
                        : null);
    }

    /// Whether a segment does not fit its connection's window, if that is looked at.
    boolean isOutOfWindow(long entry, int direction, long ip) {
        boolean out =
                ConnectionLayout.isWindowed(entry)
                        && context.windowCheck()
                                .drops(
                                        entry,
                                        direction,
                                        family.transport(ip),
                                        family.transportLength(ip));
        return refuses(out ? Outcome.OUT_OF_WINDOW : null);
    }

    /// Whether something else keeps a packet back.
    ///
    /// @param reason why; null if nothing does
    boolean refuses(@Nullable Outcome reason) {
        if (reason == null) {
            return false; // nothing is stored: a reference costs the collector's barriers
        }
        refusal = reason;
        return true;
    }

    /// Why the packet that was looked at last is kept back, if it is.
    @Nullable Outcome refusal() {
        return refusal;
    }

    /// Counts a packet that is kept back for its service, which has refused it: if it was received,
    /// not one of the balancer's own.
    ///
    /// @param kind of the packet, as [Transmitter] has it
    /// @return why it is kept back
    @Nullable Outcome keptBack(long flow, int kind) {
        if (refusal != null && kind != Transmitter.OWN) {
            long entry = ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION));
            int service = Memory.getInt(entry + ConnectionLayout.OWNER);
            context.traffic().refusals().count(service, refusal);
        }
        return refusal;
    }
}
