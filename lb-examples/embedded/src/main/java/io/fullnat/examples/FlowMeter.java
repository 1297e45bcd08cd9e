// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.packet.Ipv4;
import java.security.SecureRandom;

/// The connection table without a balancer: counts what passes in each flow, per direction, and
/// forgets flows that have been silent for a minute. Nothing is allocated once it stands, however
/// many flows come and go.
///
/// Not thread-safe: one meter a thread.
public final class FlowMeter implements AutoCloseable {
    private static final int IDLE_SECONDS = 60;

    /// Where source and destination address lie in an IPv4 header (RFC 791 §3.1).
    private static final int ADDRESSES = 12;

    private final ConnectionTable table;
    private long uncounted;

    /// A meter that has seen nothing.
    ///
    /// @param flows how many it can follow at once
    /// @param nowSeconds the present time
    public FlowMeter(int flows, int nowSeconds) {
        long seed = new SecureRandom().nextLong();
        table = new ConnectionTable(flows, seed, nowSeconds, (entry, evicted) -> {});
    }

    /// Counts a packet.
    ///
    /// @param ip address of the header of a TCP or UDP packet that passed [Ipv4#isWellFormed]
    /// @param nowSeconds the present time
    public void count(long ip, int nowSeconds) {
        table.expire(nowSeconds, 16);
        long addresses = Memory.getLong(ip + ADDRESSES);
        int ports = Memory.getInt(Ipv4.payload(ip));
        long flow = table.find(addresses, ConnectionKey.portsAndProtocol(ports, Ipv4.protocol(ip)));
        if (flow == 0) {
            flow = open(addresses, ports, Ipv4.protocol(ip), nowSeconds);
        }
        if (flow == 0) {
            uncounted++;
            return;
        }
        Memory.putInt(flow + PACKETS, Memory.getInt(flow + PACKETS) + 1);
        Memory.addLong(flow + BYTES, Ipv4.totalLength(ip));
        Memory.putInt(flow + LAST_SEEN, nowSeconds);
    }

    /// The answers of a flow have its tuple with both halves of each word exchanged.
    private long open(long addresses, int ports, int protocol, int nowSeconds) {
        long entry =
                table.open(
                        addresses,
                        ConnectionKey.portsAndProtocol(ports, protocol),
                        Long.rotateLeft(addresses, 32),
                        ConnectionKey.portsAndProtocol(Integer.rotateLeft(ports, 16), protocol));
        if (entry != 0) {
            table.start(entry, ConnectionState.UDP_STREAM, IDLE_SECONDS, nowSeconds);
        }
        return entry;
    }

    /// Packets of the direction of a flow that a packet belongs to.
    ///
    /// @param ip as in [#count(long, int)]
    /// @return 0 if the flow is not known
    public long packets(long ip) {
        int ports = Memory.getInt(Ipv4.payload(ip));
        long flow =
                table.find(
                        Memory.getLong(ip + ADDRESSES),
                        ConnectionKey.portsAndProtocol(ports, Ipv4.protocol(ip)));
        return flow == 0 ? 0 : Memory.getInt(flow + PACKETS) & 0xFFFF_FFFFL;
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
