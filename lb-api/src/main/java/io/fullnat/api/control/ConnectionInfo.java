// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;

/// One connection as it is now. Immutable and thread-safe.
///
/// @param worker the number of the worker that has it
/// @param service the one that it was opened for, which may be gone since
/// @param state its state, in the short names of docs/operations.md, for example `TCP_EST`
/// @param secondsLeft after which it ends if no packet comes
/// @param ageSeconds since it was created
/// @param client who connected
/// @param virtual the virtual address that the client connected to
/// @param local the local address and port that the real server sees
/// @param server the real server
/// @param traffic of the connection; its connection count is 1
public record ConnectionInfo(
        int worker,
        ServiceKey service,
        String state,
        int secondsLeft,
        int ageSeconds,
        Endpoint client,
        Endpoint virtual,
        Endpoint local,
        Endpoint server,
        TrafficCounts traffic) {
    /// Refuses null.
    public ConnectionInfo {
        requireNonNull(service, "service");
        requireNonNull(state, "state");
        requireNonNull(client, "client");
        requireNonNull(virtual, "virtual");
        requireNonNull(local, "local");
        requireNonNull(server, "server");
        requireNonNull(traffic, "traffic");
    }

    /// The transport protocol.
    ///
    /// @return its service's
    public Protocol protocol() {
        return service.protocol();
    }
}
