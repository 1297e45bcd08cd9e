// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.ServiceKey;
import java.util.Optional;

/// Which connections are meant: those for which all that is given holds. Immutable and thread-safe.
///
/// @param service only those of this service, whether it is still there or not
/// @param tuple only the one that has this tuple in either direction, on the client's or on the
///   real server's side
/// @param server only those to this real server; with port 0 to any port of this address
/// @param clients only those of clients in this network
/// @param local only those with this local address
public record ConnectionFilter(
        Optional<ServiceKey> service,
        Optional<FlowTuple> tuple,
        Optional<Endpoint> server,
        Optional<IpPrefix> clients,
        Optional<IpAddress> local) {
    /// Refuses null.
    public ConnectionFilter {
        requireNonNull(service, "service");
        requireNonNull(tuple, "tuple");
        requireNonNull(server, "server");
        requireNonNull(clients, "clients");
        requireNonNull(local, "local");
    }

    /// All connections.
    public static final ConnectionFilter ALL =
            new ConnectionFilter(Optional.empty(), Optional.empty());

    /// Those of a service or a tuple.
    ///
    /// @param service only those of this service
    /// @param tuple only the one with this tuple
    public ConnectionFilter(Optional<ServiceKey> service, Optional<FlowTuple> tuple) {
        this(service, tuple, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// Those of one service.
    ///
    /// @param key of the service
    /// @return the filter
    public static ConnectionFilter of(ServiceKey key) {
        return new ConnectionFilter(Optional.of(key), Optional.empty());
    }

    /// The one with a tuple.
    ///
    /// @param tuple of either direction and side
    /// @return the filter
    public static ConnectionFilter of(FlowTuple tuple) {
        return new ConnectionFilter(Optional.empty(), Optional.of(tuple));
    }

    /// Of those that are meant, only those to a real server.
    ///
    /// @param endpoint of the server; with port 0 any port of its address
    /// @return a new value
    public ConnectionFilter withServer(Endpoint endpoint) {
        return new ConnectionFilter(service, tuple, Optional.of(endpoint), clients, local);
    }

    /// Of those that are meant, only those of some clients.
    ///
    /// @param network of the clients
    /// @return a new value
    public ConnectionFilter withClients(IpPrefix network) {
        return new ConnectionFilter(service, tuple, server, Optional.of(network), local);
    }

    /// Of those that are meant, only those with a local address.
    ///
    /// @param address the local address
    /// @return a new value
    public ConnectionFilter withLocal(IpAddress address) {
        return new ConnectionFilter(service, tuple, server, clients, Optional.of(address));
    }

    /// Whether a connection is meant.
    ///
    /// @param connection any
    /// @return true if it passes
    public boolean accepts(ConnectionInfo connection) {
        requireNonNull(connection, "connection");
        return service.map(key -> key.equals(connection.service())).orElse(true)
                && tuple.map(flow -> has(flow, connection)).orElse(true)
                && server.map(endpoint -> isTo(endpoint, connection)).orElse(true)
                && clients.map(network -> network.contains(connection.client().address()))
                        .orElse(true)
                && local.map(address -> address.equals(connection.local().address())).orElse(true);
    }

    private static boolean isTo(Endpoint endpoint, ConnectionInfo connection) {
        return endpoint.address().equals(connection.server().address())
                && (endpoint.port() == 0 || endpoint.port() == connection.server().port());
    }

    private static boolean has(FlowTuple flow, ConnectionInfo connection) {
        FlowTuple in =
                new FlowTuple(connection.protocol(), connection.client(), connection.virtual());
        FlowTuple out =
                new FlowTuple(connection.protocol(), connection.server(), connection.local());
        return flow.equals(in)
                || flow.equals(in.reversed())
                || flow.equals(out)
                || flow.equals(out.reversed());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        service.ifPresent(key -> text.append(" of ").append(key));
        tuple.ifPresent(flow -> text.append(" with ").append(flow));
        server.ifPresent(to ->
                text.append(" to ")
                        .append(to.port() == 0 ? to.address().toString() : to.toString()));
        clients.ifPresent(network -> text.append(" from ").append(network));
        local.ifPresent(address -> text.append(" by ").append(address));
        return text.isEmpty() ? "all" : text.substring(1);
    }
}
