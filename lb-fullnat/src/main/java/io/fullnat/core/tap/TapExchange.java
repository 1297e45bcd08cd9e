// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import org.jspecify.annotations.Nullable;

/// By which a worker is given a tap, and has it taken away: it looks once a duty cycle. A tap's
/// memory is the heap's to give back, so nobody waits for the worker.
///
/// **Thread-safety:** [#set(Tap)] any thread; the rest is the worker's.
public final class TapExchange {
    private volatile @Nullable Tap wanted;

    /// No tap yet.
    public TapExchange() {}

    /// Gives the worker a tap.
    ///
    /// @param tap null to take it away
    public void set(@Nullable Tap tap) {
        wanted = tap;
    }

    /// The tap that the worker is to have now.
    ///
    /// @return null for none
    public @Nullable Tap get() {
        return wanted;
    }
}
