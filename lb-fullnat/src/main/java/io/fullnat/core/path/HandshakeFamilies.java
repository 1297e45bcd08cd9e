// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.open.Handshakes;
import io.fullnat.core.stack.HeldFrames;

/// The handshakes with real servers of clients of both families: those of a client are made where
/// its own segments are handled, whichever family its real server is of. For the worker's thread.
final class HandshakeFamilies {
    /// Real servers that are asked again in one duty cycle, at most.
    private static final int STEP = 32;

    private final FlowContext context;
    private final PacketEnd end;
    private final HeldFrames.Receiver receiver;
    private final ServerHandshakes[] families = new ServerHandshakes[2];

    HandshakeFamilies(FlowContext context, PacketEnd end, HeldFrames.Receiver receiver) {
        this.context = context;
        this.end = end;
        this.receiver = receiver;
    }

    /// Says where handshakes are made, before the first one.
    void set(ServerHandshakes ipv4, ServerHandshakes ipv6) {
        families[0] = ipv4;
        families[1] = ipv6;
    }

    /// Where the handshake of a connection is made.
    ServerHandshakes of(long entry) {
        return families[ConnectionLayout.hasWideKey(entry, INBOUND) ? 1 : 0];
    }

    /// Where segments go that were held: the whole way, from its start.
    HeldFrames.Receiver receiver() {
        return receiver;
    }

    /// Asks real servers again that have not answered in time.
    ///
    /// @return how many
    int poll() {
        Handshakes handshakes = context.handshakes();
        int done = 0;
        for (long record = handshakes.due();
                record != 0 && done < STEP;
                record = handshakes.due()) {
            try {
                of(HandshakeRecord.entry(record)).retry(record);
            } catch (Throwable fault) {
                end.report(fault);
            }
            done++;
        }
        return done;
    }
}
