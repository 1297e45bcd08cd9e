// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.core.transmit.FaultLog;
import java.util.List;

/// All that is looked at once a second, on the control thread. A watch that fails leaves the others
/// alone.
final class Watches {
    private final List<Watch> watches;
    private final FaultLog faults;

    Watches(FaultLog faults, Watch... watches) {
        this.faults = faults;
        this.watches = List.of(watches);
    }

    void poll(long nowNs) {
        for (Watch watch : watches) {
            try {
                watch.poll(nowNs);
            } catch (Throwable fault) { // of a custom port, for example
                faults.report(watch.getClass().getSimpleName(), fault);
            }
        }
    }
}
