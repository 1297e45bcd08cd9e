// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.io.Memory;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.translate.Rewrite;

/// A flow that writes both addresses and both ports: the same twelve bytes and two checksum
/// corrections whatever of them the mode changes.
final class TranslatedFlow {
    private TranslatedFlow() {}

    /// Fills a flow whose key is written: its packets become the reverse of the other direction's
    /// key.
    ///
    /// @param flow the flow
    /// @param direction of its packets
    /// @param addresses source and destination of its key
    /// @param ports source and destination port of its key
    /// @param others the addresses of the other direction's key
    /// @param otherPorts the ports of the other direction's key
    /// @param server slot of the real server's counters
    static void write(
            long flow,
            int direction,
            long addresses,
            int ports,
            long others,
            int otherPorts,
            int server) {
        Memory.putInt(flow + TRAFFIC, TrafficTable.offset(server, direction));
        Rewrite.prepare(
                flow,
                addresses,
                ports,
                Long.rotateLeft(others, 32),
                Integer.rotateLeft(otherPorts, 16));
    }
}
