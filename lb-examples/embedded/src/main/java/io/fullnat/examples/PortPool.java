// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.PortPartition;

/// The connection table and the local ports alone, without a balancer: a source NAT that gives each
/// connection of clients a port of one address towards one server.
public final class PortPool implements AutoCloseable {
    private static final int UDP = 17;
    private static final long SERVER_AND_LOCAL = pair(0x0B01000A, 0x6401000A); // as in a packet
    private static final int SERVER_PORT = Short.reverseBytes((short) 53) & 0xFFFF;
    private static final int IDLE_SECONDS = 30;

    private final PortAllocator allocator = new PortAllocator();
    private final ConnectionTable table;
    private final LocalPorts ports;

    /// A pool for some connections.
    ///
    /// @param connections at the most
    /// @param seed secret of hash and port choice
    public PortPool(int connections, long seed) {
        table = new ConnectionTable(connections, seed, 0, (entry, evicted) -> release(entry));
        ports = new LocalPorts(new PortPartition(0, 1), table, seed);
    }

    /// Opens a connection for a client.
    ///
    /// @param client its address
    /// @param clientPort its port
    /// @param nowSeconds the present time
    /// @return the local port, or [LocalPorts#NONE]
    public int open(int client, int clientPort, int nowSeconds) {
        int port = ports.choose(allocator, SERVER_AND_LOCAL, SERVER_PORT, UDP);
        if (port == LocalPorts.NONE) {
            return port;
        }
        long entry =
                table.open(
                        pair(client, 0x5002000A),
                        ConnectionKey.portsAndProtocol(clientPort, UDP),
                        SERVER_AND_LOCAL,
                        ConnectionKey.portsAndProtocol(LocalPorts.ports(SERVER_PORT, port), UDP));
        if (entry == 0) {
            ports.release(allocator, port);
            return LocalPorts.NONE;
        }
        table.start(entry, ConnectionState.UDP_ONEWAY, IDLE_SECONDS, nowSeconds);
        return port;
    }

    /// Ends connections that have been idle too long, and frees their ports.
    ///
    /// @param nowSeconds the present time
    public void expire(int nowSeconds) {
        while (table.expire(nowSeconds, 100) > 0) {
            // in steps, as a worker would between two bursts
        }
    }

    private void release(long entry) {
        ports.release(allocator, ConnectionKey.outboundDestinationPort(entry));
    }

    /// Ports in use.
    ///
    /// @return how many
    public int used() {
        return allocator.used();
    }

    private static long pair(int source, int destination) {
        return (source & 0xFFFF_FFFFL) | ((long) destination << 32);
    }

    @Override
    public void close() {
        ports.close();
        table.close();
    }
}
