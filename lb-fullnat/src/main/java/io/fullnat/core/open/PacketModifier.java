// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

/// Changes packets of some connections beyond their translation: puts an option in, moves sequence
/// numbers. A connection keeps one from its first packet on, until it is done; meanwhile all its
/// packets are handled beside the fast loop, in their place in the burst.
///
/// A packet is modified when it is sure that it can be sent, before it is translated. What is
/// thrown costs that packet, and the connection its modifier. For the worker's thread, which is
/// never to wait.
public interface PacketModifier {
    /// Sees a connection that has just begun, or that begins anew: its record is all zeros.
    ///
    /// @param entry of the connection
    /// @param record [Modifiers#RECORD_LENGTH] bytes that the modifier has for this connection
    default void begin(long entry, long record) {}

    /// Sees a packet.
    ///
    /// @param packet to change; [ModifiedPacket#done()] makes the connection plain again
    void modify(ModifiedPacket packet);

    /// Sees a connection that ends with its modifier in place, or begins anew.
    ///
    /// @param record the same as before
    default void ended(long record) {}
}
