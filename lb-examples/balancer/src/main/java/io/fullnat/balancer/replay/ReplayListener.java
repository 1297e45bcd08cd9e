// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.counter.Outcome;
import java.util.List;

/// Is told what happens in a replay, in order.
interface ReplayListener {
    /// A frame of the capture has come in.
    ///
    /// @param port by number
    /// @param nanos when, since 1970
    /// @param bytes as it came in
    /// @param outcomes how it ended, and packets that it ended the wait of; empty if it waits
    void received(int port, long nanos, byte[] bytes, List<Outcome> outcomes);

    /// A frame of the capture has not been played.
    ///
    /// @param why in words
    void passedOver(int port, long nanos, byte[] bytes, String why);

    /// A frame has left.
    void sent(int port, long nanos, byte[] bytes);

    /// Packets that had waited have ended without a frame coming in.
    void ended(long nanos, List<Outcome> outcomes);
}
