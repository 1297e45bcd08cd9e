// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.core.packet.Tcp;

/// How connections of a [SimulatedTcp] behave that begin from now on. Belongs to the host's thread.
final class TcpHabits {
    /// The largest window without a scale.
    static final int PLAIN_WINDOW = 65_535;

    /// The largest window with the largest scale.
    static final int LARGEST_WINDOW = PLAIN_WINDOW << Tcp.MAX_WINDOW_SCALE;

    boolean wrapsSoon;
    boolean stamps;
    boolean selects;
    boolean cutsAnew;
    boolean closesWindows;

    /// By how much windows are shifted; less than 0 if no scale is offered.
    int scale = -1;

    /// What is offered to a peer that has a scale as well.
    int window = PLAIN_WINDOW;
}
