// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/// What a worker's thread does while there is nothing to do.
public enum IdleMode {
    /// It asks again at once: the least latency, for a processor of its own.
    SPIN {
        @Override
        IdleStrategy strategy() {
            return new BusySpinIdleStrategy();
        }
    },

    /// It asks again some hundred times, then sleeps for longer and longer, 0.5 ms at the most, and
    /// 2 ms when there has been nothing to do for five seconds. Under load it never sleeps.
    BACK_OFF {
        @Override
        IdleStrategy strategy() {
            return new BackOff(500, 2_000);
        }
    },

    /// As [#BACK_OFF], 2 ms at the most, and 4 ms after twenty seconds: for balancers that share a
    /// small machine.
    PARK {
        @Override
        IdleStrategy strategy() {
            return new BackOff(2_000, 4_000);
        }
    };

    abstract IdleStrategy strategy();
}
