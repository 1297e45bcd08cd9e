package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.FlowTuple;
import io.fullnat.api.service.ServiceKey;
import java.util.Optional;

/// Which connections to list. Immutable and thread-safe.
///
/// @param service only those of this service
/// @param tuple only the one that has this tuple in either direction, on the client's or on the
///   real server's side
public record ConnectionFilter(Optional<ServiceKey> service, Optional<FlowTuple> tuple) {
    /// Refuses null.
    public ConnectionFilter {
        requireNonNull(service, "service");
        requireNonNull(tuple, "tuple");
    }

    /// All connections.
    public static final ConnectionFilter ALL =
            new ConnectionFilter(Optional.empty(), Optional.empty());

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

    /// Whether a connection is meant.
    ///
    /// @param connection any
    /// @return true if it passes
    public boolean accepts(ConnectionInfo connection) {
        requireNonNull(connection, "connection");
        return service.map(key -> isOf(key, connection)).orElse(true)
                && tuple.map(flow -> has(flow, connection)).orElse(true);
    }

    private static boolean isOf(ServiceKey key, ConnectionInfo connection) {
        return key.protocol() == connection.protocol()
                && key.endpoint().equals(connection.virtual());
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
}
