// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// What the [Forwarder] of a family has to know of packets that leave in the other family (RFC
/// 7915): how long they become, what stands against that, and how it is done. For the worker's
/// thread.
abstract sealed class Crossing permits CrossingTo4, CrossingTo6 {
    /// Whether packets of a flow leave in the other family.
    static boolean isOf(long flow) {
        return StateTable.isAcross(Memory.getByte(flow + ConnectionLayout.EVENTS));
    }

    /// Bytes of a packet in the other family.
    ///
    /// @param ip its IP header as it came
    abstract int length(long ip);

    /// Up to which length a packet is sent whole.
    ///
    /// @param ip its IP header as it came
    /// @param mtu of the link that it is to be sent on
    abstract int longest(long ip, int mtu);

    /// Whether a packet that is longer may be cut.
    ///
    /// @param ip its IP header as it came
    abstract boolean mayFragment(long ip);

    /// What the source of a packet is told that is too long and must not be cut.
    ///
    /// @param ip its IP header as it came
    /// @param mtu of the link that the packet was to be sent on
    abstract int told(long ip, int mtu);

    /// Ends a packet that the other family has no words for, and tells its source.
    ///
    /// @param frame with the packet
    /// @return null if it can be translated
    abstract @Nullable Outcome refusal(Frame frame);

    /// What is to be known of a packet when it is cut after it was translated.
    ///
    /// @param ip its IP header as it came
    abstract int identification(long ip);

    /// Translates a packet.
    ///
    /// @param flow its direction's
    /// @param ip its IP header
    /// @return where its IP header begins now
    abstract long translate(long flow, long ip);

    /// Where the transport header of a translated packet is.
    ///
    /// @param ip its IP header now
    abstract long transport(long ip);

    /// Sends a translated packet in fragments.
    ///
    /// @param identification of the packet before
    abstract void fragment(
            Fragmenter fragmenter,
            Frame frame,
            long hop,
            Transmitter transmitter,
            int kind,
            int identification);

    /// Bytes of a translated packet.
    ///
    /// @param ip its IP header now
    abstract int sentLength(long ip);

    /// Sends a translated packet.
    ///
    /// @param frame with the packet where it begins now
    /// @param hop its adjacency
    final void send(Frame frame, long hop, Transmitter transmitter, int kind) {
        long l2 = AdjacencyTable.putHeader(hop, frame.l3());
        int length = (int) (frame.l3() - l2) + sentLength(frame.l3());
        transmitter.add(frame.buffer(), l2, CrossFamily.padded(l2, length), kind);
    }
}
