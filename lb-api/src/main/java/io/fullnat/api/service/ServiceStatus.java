package io.fullnat.api.service;

import java.util.List;

/// A virtual service as it is now, over all workers.
///
/// @param service the wished state
/// @param realServers its servers, in configuration order
/// @param localAddresses its local addresses, in configuration order
/// @param traffic of all its servers since they were added, removed ones included
public record ServiceStatus(
        VirtualService service,
        List<RealServerStatus> realServers,
        List<LocalAddressStatus> localAddresses,
        TrafficCounts traffic) {
    /// Copies the lists.
    public ServiceStatus {
        realServers = List.copyOf(realServers);
        localAddresses = List.copyOf(localAddresses);
    }
}
