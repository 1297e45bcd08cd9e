// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.core.flow.Flow;
import io.fullnat.core.flow.FlowTable;
import io.fullnat.core.flow.LocalPortPool;
import org.jspecify.annotations.Nullable;

/// The flow table and the local ports alone, without a balancer: a source NAT that gives each flow
/// of clients to a resolver a port of one address.
///
/// Not thread-safe.
public final class PortPool implements AutoCloseable {
    /// No port is free.
    public static final int NONE = LocalPortPool.NONE;

    private static final Endpoint VIRTUAL = Endpoint.of("192.0.2.53", 53);
    private static final Endpoint SERVER = Endpoint.of("10.0.1.11", 53);
    private static final IpAddress LOCAL = IpAddress.parse("10.0.1.100");
    private static final int IDLE_SECONDS = 30;

    private final Flow flow = new Flow();
    private final FlowTable flows;
    private final LocalPortPool ports;

    /// A pool for some flows.
    ///
    /// @param capacity flows at the most
    public PortPool(int capacity) {
        flows = new FlowTable(capacity, IDLE_SECONDS, 0, ended -> {});
        ports = new LocalPortPool(flows);
    }

    /// Opens a flow for a client.
    ///
    /// @param client its address and port
    /// @param nowSeconds the present time
    /// @return the local port, or [#NONE]
    public int open(Endpoint client, int nowSeconds) {
        FlowTuple tuple = new FlowTuple(Protocol.UDP, client, VIRTUAL);
        return ports.open(tuple, LOCAL, SERVER, nowSeconds, flow);
    }

    /// The client to whom an answer goes back.
    ///
    /// @param localPort to which the server sent it
    /// @return the client; null if no flow has the port
    public @Nullable Endpoint client(int localPort) {
        FlowTuple answer = new FlowTuple(Protocol.UDP, SERVER, new Endpoint(LOCAL, localPort));
        return flows.find(answer, flow) ? flow.opposite().source() : null;
    }

    /// Ends flows that have been idle too long, and frees their ports.
    ///
    /// @param nowSeconds the present time
    public void expire(int nowSeconds) {
        while (flows.expire(nowSeconds, 100) > 0) {
            // in steps, as a worker would between two bursts
        }
    }

    /// Ports in use.
    ///
    /// @return how many
    public int used() {
        return ports.used(Protocol.UDP, LOCAL, SERVER);
    }

    @Override
    public void close() {
        ports.close();
        flows.close();
    }
}
