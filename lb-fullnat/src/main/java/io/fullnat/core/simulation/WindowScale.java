// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.core.packet.Tcp;

/// The window scale of one connection (RFC 7323 §2): agreed on by both SYNs, whose own windows are
/// never scaled. Belongs to the host's thread.
final class WindowScale {
    private final int own;
    private final int plain;
    private final int largest;
    private int peers;
    private boolean agreed;

    WindowScale(TcpHabits habits) {
        own = habits.scale;
        plain = Math.min(habits.window, TcpHabits.PLAIN_WINDOW);
        largest = own < 0 ? plain : Math.min(habits.window >>> own, TcpHabits.PLAIN_WINDOW) << own;
    }

    /// The most that is ever offered.
    int largestWindow() {
        return agreed ? largest : plain;
    }

    /// Reads the peer's SYN.
    void agree(Segment syn) {
        int scale = syn.windowScale();
        agreed = own >= 0 && scale >= 0;
        peers = agreed ? scale : 0;
    }

    /// The option of a SYN.
    ///
    /// @return empty if it has none
    byte[] option(int flags) {
        boolean first = (flags & Tcp.ACK) == 0;
        return (first ? own >= 0 : agreed)
                ? new byte[] {Tcp.OPTION_WINDOW_SCALE, Tcp.WINDOW_SCALE_LENGTH, (byte) own}
                : new byte[0];
    }

    /// What stands in a segment that offers so many bytes.
    int field(int bytes, int flags) {
        int shifted = isScaled(flags) ? bytes >>> own : bytes;
        return Math.min(shifted, TcpHabits.PLAIN_WINDOW);
    }

    /// How many bytes a segment offers by its field.
    int offered(int field, int flags) {
        return isScaled(flags) ? field << own : field;
    }

    /// How many bytes a peer's segment offers.
    int peers(Segment segment) {
        return segment.has(Tcp.SYN) ? segment.window() : segment.window() << peers;
    }

    private boolean isScaled(int flags) {
        return agreed && (flags & Tcp.SYN) == 0;
    }
}
