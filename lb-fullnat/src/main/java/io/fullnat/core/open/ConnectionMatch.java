// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.NO_LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OWNER;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.address.Masks;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.service.TrafficTable;
import java.util.Collection;
import java.util.List;
import org.agrona.collections.IntHashSet;

/// A [ConnectionFilter] as a worker asks it of the connections in its table. Immutable; makes
/// nothing.
public final class ConnectionMatch {
    /// Connections of a service are told by what clients connect to.
    public static final int ANY = -1;

    private final ConnectionFilter filter;
    private final int service;
    private final Frontend[] left;
    private final Frontend[] stays;
    private final IntHashSet servers = new IntHashSet();
    private final boolean ofEach;
    private final boolean ofIpv4;
    private final long maskHigh;
    private final long maskLow;
    private final long networkHigh;
    private final long networkLow;

    /// A match for a filter.
    ///
    /// @param filter which connections
    /// @param servers slots of the real servers that it means; not looked at if it means all
    public ConnectionMatch(ConnectionFilter filter, Collection<Integer> servers) {
        this(filter, servers, ANY);
    }

    /// A match for a filter.
    ///
    /// @param filter which connections
    /// @param servers slots of the real servers that it means; not looked at if it means all
    /// @param service slot of the service that it means; [#ANY] if it means no service, or one that
    ///   has no slot
    public ConnectionMatch(ConnectionFilter filter, Collection<Integer> servers, int service) {
        this(filter, servers, service, List.of(), List.of());
    }

    private ConnectionMatch(
            ConnectionFilter filter,
            Collection<Integer> servers,
            int service,
            List<Frontend> left,
            List<Frontend> stays) {
        this.filter = filter;
        this.service = service;
        this.left = left.toArray(Frontend[]::new);
        this.stays = stays.toArray(Frontend[]::new);
        this.servers.addAll(servers);
        ofEach = filter.clients().isEmpty();
        ofIpv4 = filter.clients().filter(net -> net.address() instanceof Ipv4Address).isPresent();
        int length = filter.clients().map(IpPrefix::mappedLength).orElse(0);
        maskHigh = Masks.high(length);
        maskLow = Masks.low(length);
        networkHigh = filter.clients().map(net -> net.address().high()).orElse(0L) & maskHigh;
        networkLow = filter.clients().map(net -> net.address().low()).orElse(0L) & maskLow;
    }

    /// The connections of a service to what it does not have any more.
    ///
    /// @param service its slot
    /// @param left what clients no longer connect to
    /// @param stays what they do
    /// @return the match
    public static ConnectionMatch of(int service, List<Frontend> left, List<Frontend> stays) {
        return new ConnectionMatch(ConnectionFilter.ALL, List.of(), service, left, stays);
    }

    /// Whether a connection is meant.
    ///
    /// @param entry of the connection
    boolean accepts(long entry) {
        return isFromNetwork(entry)
                && (left.length == 0 || isOfNoFrontend(entry))
                && (filter.service().isEmpty() || isOf(filter.service().get(), entry))
                && (filter.server().isEmpty() || isTo(filter.server().get(), entry))
                && (filter.local().isEmpty() || hasLocal(filter.local().get(), entry))
                && (filter.tuple().isEmpty() || has(filter.tuple().get(), entry));
    }

    private boolean isFromNetwork(long entry) {
        long high = ConnectionKey.sourceHigh(entry, INBOUND);
        long low = ConnectionKey.sourceLow(entry, INBOUND);
        return (low & maskLow) == networkLow
                && (high & maskHigh) == networkHigh
                && (ofEach || Addresses.isIpv4(high, low) == ofIpv4);
    }

    private boolean isOf(ServiceKey key, long entry) {
        return service == ANY
                ? Memory.getUnsignedByte(entry + PROTOCOL) == key.protocol().number()
                        && !key.isGroup()
                        && isDestination(key.endpoint(), entry, INBOUND)
                : Memory.getInt(entry + OWNER) == service;
    }

    private boolean isOfNoFrontend(long entry) {
        return Memory.getInt(entry + OWNER) == service
                && covers(left, entry)
                && !covers(stays, entry);
    }

    private static boolean covers(Frontend[] frontends, long entry) {
        int port = ConnectionKey.destinationPort(entry, INBOUND);
        for (Frontend frontend : frontends) {
            if (port >= frontend.from()
                    && port <= frontend.to()
                    && isDestination(frontend.address(), entry, INBOUND)) {
                return true;
            }
        }
        return false;
    }

    /// A server may be one of the same port as its clients ask for: that one is looked at, too.
    private boolean isTo(Endpoint server, long entry) {
        return servers.contains(server(entry))
                && (server.port() == 0
                        || server.port() == ConnectionKey.sourcePort(entry, OUTBOUND));
    }

    private static int server(long entry) {
        return TrafficTable.slot(ConnectionLayout.traffic(entry));
    }

    private static boolean hasLocal(IpAddress address, long entry) {
        return Memory.getInt(entry + LOCAL) != NO_LOCAL && isDestination(address, entry, OUTBOUND);
    }

    private static boolean has(FlowTuple tuple, long entry) {
        return Memory.getUnsignedByte(entry + PROTOCOL) == tuple.protocol().number()
                && (isBetween(tuple.source(), tuple.destination(), entry, INBOUND)
                        || isBetween(tuple.destination(), tuple.source(), entry, INBOUND)
                        || isBetween(tuple.source(), tuple.destination(), entry, OUTBOUND)
                        || isBetween(tuple.destination(), tuple.source(), entry, OUTBOUND));
    }

    private static boolean isBetween(Endpoint first, Endpoint second, long entry, int direction) {
        return first.port() == ConnectionKey.sourcePort(entry, direction)
                && first.address().low() == ConnectionKey.sourceLow(entry, direction)
                && first.address().high() == ConnectionKey.sourceHigh(entry, direction)
                && isDestination(second, entry, direction);
    }

    private static boolean isDestination(Endpoint endpoint, long entry, int direction) {
        return endpoint.port() == ConnectionKey.destinationPort(entry, direction)
                && isDestination(endpoint.address(), entry, direction);
    }

    private static boolean isDestination(IpAddress address, long entry, int direction) {
        return address.low() == ConnectionKey.destinationLow(entry, direction)
                && address.high() == ConnectionKey.destinationHigh(entry, direction);
    }
}
