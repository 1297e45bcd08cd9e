// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.ServiceKey;
import java.util.Optional;

/// Which persistence templates are meant: those for which all that is given holds. Immutable and
/// thread-safe.
///
/// @param service only those of this service
/// @param server only those that lead to this real server; with port 0 to any port of this address
/// @param clients only those of clients in this network
public record TemplateFilter(
        Optional<ServiceKey> service, Optional<Endpoint> server, Optional<IpPrefix> clients) {
    /// Refuses null.
    public TemplateFilter {
        requireNonNull(service, "service");
        requireNonNull(server, "server");
        requireNonNull(clients, "clients");
    }

    /// All templates.
    public static final TemplateFilter ALL =
            new TemplateFilter(Optional.empty(), Optional.empty(), Optional.empty());

    /// Those of one service.
    ///
    /// @param key of the service
    /// @return the filter
    public static TemplateFilter of(ServiceKey key) {
        return new TemplateFilter(Optional.of(key), Optional.empty(), Optional.empty());
    }

    /// Whether a template is meant.
    ///
    /// @param template any
    /// @return true if all that is given holds
    public boolean accepts(TemplateInfo template) {
        requireNonNull(template, "template");
        return service.filter(key -> !key.equals(template.service())).isEmpty()
                && server.filter(wanted -> !leadsTo(wanted, template.server())).isEmpty()
                && clients.filter(network -> !holds(network, template.client())).isEmpty();
    }

    private static boolean leadsTo(Endpoint wanted, Endpoint server) {
        return wanted.address().equals(server.address())
                && (wanted.port() == 0 || wanted.port() == server.port());
    }

    private static boolean holds(IpPrefix network, IpPrefix client) {
        return network.mappedLength() <= client.mappedLength()
                && network.contains(client.address());
    }
}
