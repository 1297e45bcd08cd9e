// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.PortPartition;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Local ports for the flows of a [FlowTable], as a source NAT needs them: each flow gets a port of
/// a local address under which its server sees it. A port is taken as long as the flow lives, so a
/// local address serves 64,511 flows *towards each server* and protocol. Each is given again as
/// late as can be, in an order that cannot be guessed (RFC 6056).
///
/// To open a flow makes some short-lived objects, its tuples among them; packets of it make none.
///
/// **Thread-safety:** none; it belongs to the table's thread.
public final class LocalPortPool implements AutoCloseable {
    /// No port is free, or the table is full.
    public static final int NONE = LocalPorts.NONE;

    private final FlowTable flows;
    private final LocalPorts ports;
    private final Map<Pair, Integer> numbers = new HashMap<>();
    private final List<PortAllocator> allocators = new ArrayList<>();
    private final FlowKey pair = new FlowKey();

    private record Pair(Protocol protocol, IpAddress local, Endpoint server) {}

    /// The pool of a table; to be closed before it.
    ///
    /// @param flows that will have ports
    /// @throws IllegalStateException if the table has a pool already
    public LocalPortPool(FlowTable flows) {
        this.flows = flows;
        flows.pool(this);
        long seed = new SecureRandom().nextLong();
        ports = new LocalPorts(new PortPartition(0, 1), flows.connections(), seed);
    }

    /// Opens a flow whose packets are sent on to a server from a local address.
    ///
    /// @param tuple of the client's packets, as they arrive
    /// @param local the address from which they are sent on
    /// @param server to which
    /// @param nowSeconds the present time
    /// @param flow set to the client's direction if it is opened
    /// @return the local port; [#NONE] if none is free or the table is full: nothing is opened then
    /// @throws IllegalArgumentException if there is a flow of this tuple, or if local address and
    ///   server are of different families; the client may be of either
    public int open(FlowTuple tuple, IpAddress local, Endpoint server, int nowSeconds, Flow flow) {
        if (flows.find(tuple, flow)) {
            throw new IllegalArgumentException("there is a flow " + tuple + " already");
        }
        Protocol protocol = tuple.protocol();
        FlowTable.fill(pair, protocol, server, new Endpoint(local, PortPartition.FIRST));
        int number = number(new Pair(protocol, local, server));
        PortAllocator allocator = allocators.get(number - 1);
        int port = ports.choose(allocator, pair, LocalPorts.ALL_OURS);
        if (port == NONE) {
            return NONE;
        }
        FlowTuple answers = new FlowTuple(protocol, server, new Endpoint(local, port));
        if (!flows.open(tuple, answers, nowSeconds, flow)) {
            ports.release(allocator, port);
            return NONE;
        }
        flow.allocator(number);
        return port;
    }

    private int number(Pair pair) {
        Integer known = numbers.get(pair);
        if (known != null) {
            return known;
        }
        allocators.add(new PortAllocator());
        numbers.put(pair, allocators.size());
        return allocators.size();
    }

    /// How many ports flows have.
    ///
    /// @param protocol of the flows
    /// @param local their local address
    /// @param server their server
    /// @return 0 to 64,511
    public int used(Protocol protocol, IpAddress local, Endpoint server) {
        Integer number = numbers.get(new Pair(protocol, local, server));
        return number == null ? 0 : allocators.get(number - 1).used();
    }

    void release(Flow ended) {
        if (ended.allocator() != 0) {
            ports.release(allocators.get(ended.allocator() - 1), FlowTable.localPort(ended));
        }
    }

    @Override
    public void close() {
        ports.close();
        pair.close();
    }
}
