// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Whether the link of one port is down, for all workers: set by the control plane, which watches
/// links, and looked at by each worker before it sends. A device that loses packets without a word
/// while its link is down so takes none.
///
/// Thread-safe.
public final class LinkGate {
    private final AtomicLong lost = new AtomicLong();
    private volatile boolean down;
    private final AtomicInteger returns = new AtomicInteger();

    /// Up at first: the device itself refuses until control has looked.
    public LinkGate() {}

    /// Whether nothing can be sent.
    ///
    /// @return true while the link is down
    public boolean isDown() {
        return down;
    }

    /// Says how it is. Of one thread only, the control plane's.
    ///
    /// @param isDown true while the link is down
    public void down(boolean isDown) {
        boolean back = down && !isDown;
        down = isDown;
        if (back) {
            returns.incrementAndGet();
        }
    }

    /// How often the link has come back.
    ///
    /// @return a number that is another one after each time
    public int returns() {
        return returns.get();
    }

    /// How many packets could not be sent by this port because of its link, own ones included.
    ///
    /// @return packets since the start
    public long lost() {
        return lost.get();
    }

    void addLost(int packets) {
        lost.addAndGet(packets);
    }
}
