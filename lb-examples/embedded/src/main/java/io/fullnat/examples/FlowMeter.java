// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.core.flow.Flow;
import io.fullnat.core.flow.FlowTable;
import io.fullnat.core.packet.Ipv4;

/// The flow table without a balancer: counts what passes in each flow, per direction, and forgets
/// flows that have been silent for a minute. Nothing is allocated once it stands, however many
/// flows come and go.
///
/// Not thread-safe: one meter a thread.
public final class FlowMeter implements AutoCloseable {
    private static final int IDLE_SECONDS = 60;

    private final Flow flow = new Flow();
    private final FlowTable table;
    private long uncounted;

    /// A meter that has seen nothing.
    ///
    /// @param flows how many it can follow at once
    /// @param nowSeconds the present time
    public FlowMeter(int flows, int nowSeconds) {
        table = new FlowTable(flows, IDLE_SECONDS, nowSeconds, ended -> {});
    }

    /// Counts a packet.
    ///
    /// @param ip address of the header of a TCP or UDP packet that passed [Ipv4#isWellFormed]
    /// @param nowSeconds the present time
    public void count(long ip, int nowSeconds) {
        table.expire(nowSeconds, 16);
        if (table.find(ip, flow) || table.open(ip, nowSeconds, flow)) {
            flow.count(Ipv4.totalLength(ip), nowSeconds);
        } else {
            uncounted++;
        }
    }

    /// Packets of the direction of a flow that a packet belongs to.
    ///
    /// @param ip as in [#count(long, int)]
    /// @return 0 if the flow is not known
    public long packets(long ip) {
        return table.find(ip, flow) ? flow.packets() : 0;
    }

    /// How many flows are followed now.
    ///
    /// @return at most what the constructor was given
    public int flows() {
        return table.size();
    }

    /// Packets that were not counted since the table was full.
    ///
    /// @return a count
    public long uncounted() {
        return uncounted;
    }

    @Override
    public void close() {
        table.close();
    }
}
