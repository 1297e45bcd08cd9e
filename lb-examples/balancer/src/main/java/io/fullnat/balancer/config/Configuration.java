// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.core.IdleMode;
import java.util.ArrayList;
import java.util.List;

/// A whole configuration file, checked: every name in it refers to something. Immutable and
/// thread-safe.
///
/// @param workers the threads that forward
/// @param memory for packets
/// @param ports to open, one at least
/// @param api where commands and programs reach the balancer
/// @param punting how much goes to the kernel by the interfaces beside ports
/// @param arp what is believed of neighbours, and defended
/// @param addresses of the balancer, virtual addresses included
/// @param routes static ones
/// @param neighbours static ones
/// @param timeouts idle times that differ from the defaults
/// @param services with their real servers and local addresses
/// @param unusedPorts what a client hears that sends to a port of the balancer's that no service
///   uses
/// @param log what is logged, and where changes are written down
/// @param sets that services admit clients by
/// @param webhooks programs that are told events
public record Configuration(
        WorkerSettings workers,
        MemorySettings memory,
        List<PortSettings> ports,
        ApiSettings api,
        PuntSettings punting,
        NeighbourSettings arp,
        List<InterfaceAddress> addresses,
        List<Route> routes,
        List<Neighbour> neighbours,
        Timeouts timeouts,
        List<VirtualService> services,
        Refusal unusedPorts,
        LogSettings log,
        List<IpSet> sets,
        List<WebhookSettings> webhooks) {
    /// Copies the lists.
    public Configuration {
        ports = List.copyOf(ports);
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        neighbours = List.copyOf(neighbours);
        services = List.copyOf(services);
        sets = List.copyOf(sets);
        webhooks = List.copyOf(webhooks);
    }

    /// A configuration without sets and webhooks.
    ///
    /// @param workers the threads that forward
    /// @param memory for packets
    /// @param ports to open, one at least
    /// @param api where commands and programs reach the balancer
    /// @param punting how much goes to the kernel by the interfaces beside ports
    /// @param arp what is believed of neighbours, and defended
    /// @param addresses of the balancer, virtual addresses included
    /// @param routes static ones
    /// @param neighbours static ones
    /// @param timeouts idle times that differ from the defaults
    /// @param services with their real servers and local addresses
    /// @param unusedPorts what a client hears that sends to an unused port of the balancer's
    /// @param log what is logged, and where changes are written down
    public Configuration(
            WorkerSettings workers,
            MemorySettings memory,
            List<PortSettings> ports,
            ApiSettings api,
            PuntSettings punting,
            NeighbourSettings arp,
            List<InterfaceAddress> addresses,
            List<Route> routes,
            List<Neighbour> neighbours,
            Timeouts timeouts,
            List<VirtualService> services,
            Refusal unusedPorts,
            LogSettings log) {
        this(
                workers,
                memory,
                ports,
                api,
                punting,
                arp,
                addresses,
                routes,
                neighbours,
                timeouts,
                services,
                unusedPorts,
                log,
                List.of(),
                List.of());
    }

    /// A configuration with API, ARP, log and timeouts as they are unless the file says otherwise,
    /// and unused ports that are refused.
    ///
    /// @param workers the threads that forward
    /// @param memory for packets
    /// @param ports to open
    /// @param addresses of the balancer
    /// @param routes static ones
    /// @param neighbours static ones
    /// @param services with all that belongs to them
    public Configuration(
            WorkerSettings workers,
            MemorySettings memory,
            List<PortSettings> ports,
            List<InterfaceAddress> addresses,
            List<Route> routes,
            List<Neighbour> neighbours,
            List<VirtualService> services) {
        this(
                workers,
                memory,
                ports,
                ApiSettings.DEFAULT,
                PuntSettings.DEFAULT,
                NeighbourSettings.DEFAULT,
                addresses,
                routes,
                neighbours,
                Timeouts.NONE,
                services,
                Refusal.REJECT,
                LogSettings.DEFAULT);
    }

    /// What becomes of packets that no service explains.
    ///
    /// @return what the file says of unused ports and of the kernel
    public LeftoverPolicy leftovers() {
        return new LeftoverPolicy(unusedPorts, punting);
    }

    /// What workers do while there is nothing to do: what the file says, else they spin where each
    /// has a processor to itself and all ports are NICs, and back off otherwise. A thread that
    /// spins would take the processor from the kernel's half of a virtual device.
    ///
    /// @return the mode
    public IdleMode idle() {
        boolean alone =
                !workers.cpus().isEmpty() && ports.stream().allMatch(port -> port.device().pci());
        return workers.idle().orElse(alone ? IdleMode.SPIN : IdleMode.BACK_OFF);
    }

    /// What a fresh balancer has to be told, as one transaction.
    ///
    /// @return in an order in which each change finds what it needs
    public List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        addresses.forEach(address -> changes.add(new Change.AddAddress(address)));
        routes.forEach(route -> changes.add(new Change.AddRoute(route)));
        neighbours.forEach(neighbour -> changes.add(new Change.SetNeighbour(neighbour)));
        if (!timeouts.equals(Timeouts.NONE)) {
            changes.add(new Change.SetTimeouts(timeouts));
        }
        if (!leftovers().equals(LeftoverPolicy.DEFAULT)) {
            changes.add(new Change.SetLeftovers(leftovers()));
        }
        sets.forEach(set -> changes.add(new Change.CreateSet(set)));
        services.forEach(service -> changes.add(new Change.AddService(service)));
        return changes;
    }
}
