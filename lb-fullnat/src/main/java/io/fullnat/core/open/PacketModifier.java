// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.core.service.ServiceEntry;

/// Changes packets of some connections beyond their translation: puts an option in, moves sequence
/// numbers. A connection keeps one from its first packet on, until it is done; meanwhile all its
/// packets are handled beside the fast loop, in their place in the burst.
///
/// A packet is modified when it is sure that it can be sent, before it is translated; one of a
/// client once more afterwards, if the modifier [#finishes]. What is thrown costs that packet, and
/// the connection its modifier, or its life ([#afterFault()]). For the worker's thread, which is
/// never to wait.
public interface PacketModifier {
    /// What becomes of a connection whose modifier has thrown.
    enum AfterFault {
        /// It goes on without.
        PLAIN,
        /// It goes on with it.
        KEPT,
        /// It is reset.
        RESET
    }

    /// What becomes of a connection when this has thrown.
    ///
    /// @return the same always
    default AfterFault afterFault() {
        return AfterFault.PLAIN;
    }

    /// Sees a connection that has just begun, or that begins anew: its record is all zeros.
    ///
    /// @param entry of the connection
    /// @param record [Modifiers#RECORD_LENGTH] bytes that the modifier has for this connection
    /// @param service of the connection as it is now
    default void begin(long entry, long record, ServiceEntry service) {}

    /// Sees a packet.
    ///
    /// @param packet to change; [ModifiedPacket#done()] makes the connection plain again
    void modify(ModifiedPacket packet);

    /// Whether it sees packets of clients once more when they are translated. Such packets are sent
    /// one by one.
    ///
    /// @return the same always
    default boolean finishes() {
        return false;
    }

    /// Sees a client's packet as the real server is to get it: what no translation would understand
    /// is done here, and a packet of its own sent ahead ([ModifiedPacket#ahead(int)]).
    ///
    /// @param packet to change; [ModifiedPacket#done()] makes the connection plain again
    default void finish(ModifiedPacket packet) {}

    /// Hears that a link on the way to the real server takes no longer packets. Anybody may say so
    /// who knows the connection's addresses and ports there.
    ///
    /// @param record the same as before
    /// @param longest bytes of the longest packet, as the client sends it
    default void tooBig(long record, int longest) {}

    /// Sees a connection that ends with its modifier in place, or begins anew.
    ///
    /// @param record the same as before
    default void ended(long record) {}
}
