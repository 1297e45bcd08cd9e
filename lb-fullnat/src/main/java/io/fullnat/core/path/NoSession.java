// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// TCP and UDP packets that have no connection and open none: answers for another worker are handed
/// over, the others are answered and end. For the worker's thread.
final class NoSession {
    private final FlowContext context;
    private final Family family;
    private final StackContext stack;
    private final Arrivals arrivals;
    private final Peers peers;
    private final Rejection rejection;
    private int handedTo;

    NoSession(
            FlowContext context,
            Family family,
            Arrivals arrivals,
            Peers peers,
            Rejection rejection) {
        this.context = context;
        this.family = family;
        stack = context.stack();
        this.arrivals = arrivals;
        this.peers = peers;
        this.rejection = rejection;
    }

    /// Ends a packet, or hands it to the worker that may know its connection.
    ///
    /// @param frame the packet
    /// @param service to which it was sent; null if there is none
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome end(Frame frame, @Nullable ServiceEntry service, int hopsDone) {
        long ip = frame.l3();
        if (service != null) {
            rejection.noConnection(frame, service.answerPort());
            return Outcome.NO_CONNECTION;
        }
        long high = family.destinationHigh(ip);
        long low = family.destinationLow(ip);
        boolean local = stack.view().isLocalAddress(high, low);
        if (local && !arrivals.isOfServer(family, frame)) {
            return Outcome.NOT_LOCAL;
        }
        if (local && PortPartition.isLocalPort(family.destinationPort(ip))) {
            return answer(frame, high, low, hopsDone);
        }
        boolean virtual = context.services().isVirtualAddress(high, low);
        if (virtual && rejection.drops(family.isTcp(ip))) {
            return Outcome.DEFENCE_DROPPED;
        }
        if (virtual || stack.view().isOwn(high, low)) {
            rejection.unusedPort(frame);
            return Outcome.NO_SERVICE;
        }
        return Outcome.NOT_LOCAL;
    }

    /// The worker to which the packet was handed over that was last.
    int handedTo() {
        return handedTo;
    }

    private @Nullable Outcome answer(Frame frame, long high, long low, int hopsDone) {
        int owner = family.owner(context.returnPath(high, low), frame.l3());
        if (owner != peers.self() && hopsDone == 0) {
            handedTo = owner;
            peers.handOver(owner, frame, 0);
            return null;
        }
        rejection.noConnection(frame, 0);
        return Outcome.NO_CONNECTION;
    }
}
