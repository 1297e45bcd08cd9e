// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.config.ConfigurationWriter;
import java.util.List;

/// Writes a running state as a configuration file.
final class StateExport {
    private static final String HEADER =
            "# The state of a running balancer, as \"fullnat config export\" found it.\n";

    private StateExport() {}

    /// Writes, reads what was written, and compares: a file that would not bring back the same
    /// state is never given out.
    ///
    /// @param state the running state
    /// @param started gives workers, memory, ports and api
    /// @return YAML
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if the state has something that no
    ///   configuration may have, such as a route whose gateway is on no network
    static String write(DesiredState state, Configuration started) {
        String yaml = HEADER + ConfigurationWriter.write(configuration(state, started));
        Configuration read;
        try {
            read = ConfigurationFile.parse("exported", yaml);
        } catch (BalancerException e) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "the running state cannot be a configuration; change this first:\n"
                            + e.getMessage(),
                    e);
        }
        List<Change> lost = StateDifference.between(state, read);
        if (!lost.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INTERNAL,
                    "the running state does not come back from its configuration: "
                            + ChangeLine.of(lost.getFirst(), state));
        }
        return yaml;
    }

    private static Configuration configuration(DesiredState state, Configuration started) {
        return new Configuration(
                started.workers(),
                started.memory(),
                started.ports(),
                started.api(),
                started.punting(),
                started.arp(),
                List.copyOf(state.addresses().values()),
                List.copyOf(state.routes().values()),
                state.neighbours(),
                state.timeouts(),
                List.copyOf(state.services().values()),
                started.unusedPorts(),
                started.log());
    }
}
