// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;

/// The balancer's timeouts: all of them, or the three that `ipvsadm` knows.
public record TimeoutListing(Form form) implements Request.Listing {
    /// How they are printed.
    public enum Form {
        /// `ipvsadm -L --timeout`.
        THREE,
        /// A table.
        TABLE,
        /// JSON.
        JSON
    }

    @Override
    public void print(Operations operations, PrintWriter out) {
        Timeouts timeouts = operations.control().desired().timeouts();
        switch (form) {
            case THREE ->
                    out.printf(
                            "Timeout (tcp tcpfin udp): %d %d %d%n",
                            timeouts.seconds(TimedState.ESTABLISHED),
                            timeouts.seconds(TimedState.FIN_WAIT),
                            timeouts.seconds(TimedState.UDP_STREAM));
            case TABLE -> {
                out.printf("%-12s %8s %8s%n", "STATE", "SECONDS", "DEFAULT");
                for (TimedState state : TimedState.values()) {
                    out.printf(
                            "%-12s %8d %8d%n",
                            state.key(), timeouts.seconds(state), state.defaultSeconds());
                }
            }
            case JSON -> {
                ObjectNode node = ListingJson.object();
                for (TimedState state : TimedState.values()) {
                    node.put(state.key(), timeouts.seconds(state));
                }
                out.println(ListingJson.text(node, true));
            }
        }
    }
}
