// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.io.PacketIo;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.run.Operations;
import java.util.List;

/// What is done to a balancer that has no configuration file.
record FixedOperations(Control control, CountersReader counters, PacketIo io)
        implements Operations {
    @Override
    public List<Change> reload(boolean dryRun) {
        return List.of();
    }

    @Override
    public Configuration configuration() {
        throw new UnsupportedOperationException("nobody asks for it");
    }

    @Override
    public String export() {
        return "";
    }
}
