// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.io.PacketIo;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import java.util.List;

/// All that commands and the API do to a running balancer. Thread-safe.
public interface Operations {
    /// State and transactions.
    ///
    /// @return the engine's control
    Control control();

    /// What the workers counted.
    ///
    /// @return the engine's counters
    CountersReader counters();

    /// The ports with their capabilities, link and statistics.
    ///
    /// @return what the balancer runs on
    PacketIo io();

    /// Reads the configuration file again and makes the running state what it says, in one
    /// transaction; connections that stay valid stay.
    ///
    /// @param dryRun whether to find out only what would change
    /// @return the changes, in order; empty if the state is what the file says
    /// @throws io.fullnat.api.BalancerException if the file has an error, asks for something that
    ///   needs a restart, or is refused; nothing is changed then
    List<Change> reload(boolean dryRun);

    /// What the balancer was started with, or took over from its file since.
    ///
    /// @return the configuration; services and network may have changed since
    Configuration configuration();

    /// The running state as a configuration file that reproduces it.
    ///
    /// @return YAML
    String export();

    /// Begins to capture what the workers receive and send.
    ///
    /// @param settings which packets
    /// @return to be closed; one at a time
    /// @throws io.fullnat.api.BalancerException if one is under way, or this balancer has none
    default PacketCapture capture(CaptureSettings settings) {
        throw new BalancerException(
                ErrorCode.UNSUPPORTED, "packets of this balancer cannot be captured");
    }
}
