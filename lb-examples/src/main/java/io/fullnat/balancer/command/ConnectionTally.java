package io.fullnat.balancer.command;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.ConnectionState;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Connections of one worker, counted from the listing of connections: services are counted over
/// all workers only.
final class ConnectionTally {
    private static final Set<String> ACTIVE =
            Set.of(ConnectionState.ESTABLISHED.shortName(), ConnectionState.UDP_NORMAL.shortName());

    private record ServerName(ServiceKey key, Endpoint server, boolean active) {}

    private record LocalName(ServiceKey key, IpAddress local) {}

    private final Map<ServerName, Long> servers = new HashMap<>();
    private final Map<LocalName, Long> locals = new HashMap<>();

    private ConnectionTally() {}

    static ConnectionTally of(Control control, ConnectionFilter filter, int worker) {
        ConnectionTally tally = new ConnectionTally();
        control.connections(
                filter,
                connection -> {
                    if (connection.worker() == worker) {
                        tally.add(connection);
                    }
                    return true;
                });
        return tally;
    }

    private void add(ConnectionInfo connection) {
        ServiceKey key = new ServiceKey(connection.protocol(), connection.virtual());
        boolean active = ACTIVE.contains(connection.state());
        servers.merge(new ServerName(key, connection.server(), active), 1L, Long::sum);
        locals.merge(new LocalName(key, connection.local().address()), 1L, Long::sum);
    }

    /// A real server with the connections of this worker alone.
    RealServerStatus of(ServiceKey key, RealServerStatus status) {
        Endpoint endpoint = status.server().endpoint();
        return new RealServerStatus(
                status.server(),
                servers.getOrDefault(new ServerName(key, endpoint, true), 0L),
                servers.getOrDefault(new ServerName(key, endpoint, false), 0L),
                status.traffic(),
                status.rates());
    }

    long of(ServiceKey key, IpAddress local) {
        return locals.getOrDefault(new LocalName(key, local), 0L);
    }
}
