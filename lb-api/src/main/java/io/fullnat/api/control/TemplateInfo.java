// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.ServiceKey;

/// A persistence template as it is now: which real server a client's next connections go to.
/// Immutable and thread-safe.
///
/// @param service whose it is
/// @param client the address, or the network, that is one client to the service
/// @param server the real server
/// @param secondsLeft until it lapses, unless a connection begins meanwhile
/// @param proved whether a connection of the client has been established; one that is not gives way
///   first when the table is full
public record TemplateInfo(
        ServiceKey service, IpPrefix client, Endpoint server, int secondsLeft, boolean proved) {
    /// Refuses null.
    public TemplateInfo {
        requireNonNull(service, "service");
        requireNonNull(client, "client");
        requireNonNull(server, "server");
    }
}
