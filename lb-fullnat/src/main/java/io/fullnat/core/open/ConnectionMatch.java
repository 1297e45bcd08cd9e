// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.NO_LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.service.TrafficTable;
import java.util.Collection;
import org.agrona.collections.IntHashSet;

/// A [ConnectionFilter] as a worker asks it of the connections in its table. Immutable; makes
/// nothing.
public final class ConnectionMatch {
    private static final int SECOND_ADDRESS = ADDRESSES + 4;
    private static final int SECOND_PORT = PORTS + 2;

    private final ConnectionFilter filter;
    private final IntHashSet servers = new IntHashSet();
    private final int clientMask;
    private final int clientNetwork;

    /// A match for a filter.
    ///
    /// @param filter which connections
    /// @param servers slots of the real servers that it means; not looked at if it means all
    public ConnectionMatch(ConnectionFilter filter, Collection<Integer> servers) {
        this.filter = filter;
        this.servers.addAll(servers);
        int length = filter.clients().map(network -> network.length()).orElse(0);
        clientMask = length == 0 ? 0 : -1 << (32 - length);
        clientNetwork =
                filter.clients().map(network -> bits(network.address()) & clientMask).orElse(0);
    }

    private static int bits(IpAddress address) {
        return switch (address) {
            case Ipv4Address v4 -> v4.bits();
        };
    }

    /// Whether a connection is meant.
    ///
    /// @param entry of the connection
    boolean accepts(long entry) {
        long out = entry + FLOW_LENGTH;
        return (Memory.getNetworkInt(entry + ADDRESSES) & clientMask) == clientNetwork
                && (filter.service().isEmpty() || isOf(filter.service().get(), entry))
                && (filter.server().isEmpty() || servers.contains(server(entry)))
                && (filter.local().isEmpty() || hasLocal(bits(filter.local().get()), entry, out))
                && (filter.tuple().isEmpty() || has(filter.tuple().get(), entry, out));
    }

    private static boolean isOf(ServiceKey key, long in) {
        return Memory.getUnsignedByte(in + PROTOCOL) == key.protocol().number()
                && is(key.endpoint(), in + SECOND_ADDRESS, in + SECOND_PORT);
    }

    private static int server(long entry) {
        return TrafficTable.slot(Memory.getInt(entry + TRAFFIC));
    }

    private static boolean hasLocal(int address, long entry, long out) {
        return Memory.getInt(entry + LOCAL) != NO_LOCAL
                && address == Memory.getNetworkInt(out + SECOND_ADDRESS);
    }

    private static boolean has(FlowTuple tuple, long in, long out) {
        return Memory.getUnsignedByte(in + PROTOCOL) == tuple.protocol().number()
                && (isBetween(tuple.source(), tuple.destination(), in)
                        || isBetween(tuple.destination(), tuple.source(), in)
                        || isBetween(tuple.source(), tuple.destination(), out)
                        || isBetween(tuple.destination(), tuple.source(), out));
    }

    private static boolean isBetween(Endpoint first, Endpoint second, long flow) {
        return is(first, flow + ADDRESSES, flow + PORTS)
                && is(second, flow + SECOND_ADDRESS, flow + SECOND_PORT);
    }

    private static boolean is(Endpoint endpoint, long address, long port) {
        return bits(endpoint.address()) == Memory.getNetworkInt(address)
                && endpoint.port() == Memory.getNetworkShort(port);
    }
}
