// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which limits a service has reached, and where a client's template leads. A limit that is reached
/// is one in a copy with one connection, too. Immutable and thread-safe.
///
/// @param service as many connections as it may have
/// @param client as many of the client
/// @param network as many of its network
/// @param servers as many of these
/// @param doubtful servers that may be full, or not any more
/// @param template where the client's connections go
record Counted(
        boolean service,
        boolean client,
        boolean network,
        Set<Endpoint> servers,
        List<Endpoint> doubtful,
        Optional<Endpoint> template) {
    static Counted of(
            Control control, ServiceStatus status, FlowTuple tuple, ClientNetworks networks) {
        VirtualService service = status.service();
        ServiceLimits limits = service.policy().limits();
        ConnectionFilter all = ConnectionFilter.of(service.key());
        IpAddress client = tuple.source().address();
        int bits = client.bitLength();
        IpPrefix network =
                new IpPrefix(client, bits == 32 ? networks.ipv4() : networks.ipv6()).network();
        Set<Endpoint> full = new HashSet<>();
        List<Endpoint> doubtful = new ArrayList<>();
        for (RealServerStatus each : status.realServers()) {
            long now = each.activeConnections() + each.inactiveConnections();
            int most = each.server().maxConnections();
            int resume = each.server().resumeBelow();
            if (most > 0 && now >= most) {
                full.add(each.server().endpoint());
            } else if (most > 0 && resume > 0 && now >= resume) {
                doubtful.add(each.server().endpoint());
            }
        }
        return new Counted(
                has(control, all, limits.connections()),
                has(control, all.withClients(new IpPrefix(client, bits)), limits.perClient()),
                has(control, all.withClients(network), limits.perNetwork()),
                full,
                doubtful,
                template(control, service, client));
    }

    private static boolean has(Control control, ConnectionFilter filter, int limit) {
        if (limit == 0) {
            return false;
        }
        int[] count = new int[1];
        control.connections(filter, connection -> ++count[0] < limit);
        return count[0] >= limit;
    }

    private static Optional<Endpoint> template(
            Control control, VirtualService service, IpAddress client) {
        if (service.policy().persistence().isEmpty()) {
            return Optional.empty();
        }
        List<TemplateInfo> found = new ArrayList<>();
        control.templates(
                TemplateFilter.of(service.key()),
                template -> {
                    if (template.client().contains(client)) {
                        found.add(template);
                    }
                    return found.isEmpty();
                });
        return found.stream().map(TemplateInfo::server).findFirst();
    }
}
