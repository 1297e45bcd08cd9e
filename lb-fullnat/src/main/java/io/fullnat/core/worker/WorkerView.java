// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.stack.NetworkView;
import java.util.List;
import java.util.Set;

/// All that one worker works by at one revision. Made by the control plane, not changed after.
public final class WorkerView {
    private final long revision;
    private final NetworkView network;
    private final ServiceMap services;
    private final PortAllocator[] allocators;
    private final List<ServiceEntry> renewed;
    private final List<NetworkView.Own> announcements;
    private final PurgeRules purges;
    private final Set<Integer> flushed;

    /// A view.
    ///
    /// @param revision counts publications
    /// @param network shared by all workers
    /// @param services the worker's own
    /// @param allocators the worker's own, by allocator number
    /// @param renewed those services whose state is not that of the view before
    /// @param announcements addresses this worker is to announce when it takes the view over
    /// @param purges connections that end with the change
    /// @param flushed numbers of devices whose neighbours are to be forgotten
    public WorkerView(
            long revision,
            NetworkView network,
            ServiceMap services,
            PortAllocator[] allocators,
            List<ServiceEntry> renewed,
            List<NetworkView.Own> announcements,
            PurgeRules purges,
            Set<Integer> flushed) {
        this.revision = revision;
        this.network = network;
        this.services = services;
        this.allocators = allocators;
        this.renewed = List.copyOf(renewed);
        this.announcements = List.copyOf(announcements);
        this.purges = purges;
        this.flushed = Set.copyOf(flushed);
    }

    /// Counts publications.
    ///
    /// @return larger than that of any earlier view
    public long revision() {
        return revision;
    }

    NetworkView network() {
        return network;
    }

    ServiceMap services() {
        return services;
    }

    PortAllocator[] allocators() {
        return allocators;
    }

    List<ServiceEntry> renewed() {
        return renewed;
    }

    List<NetworkView.Own> announcements() {
        return announcements;
    }

    PurgeRules purges() {
        return purges;
    }

    Set<Integer> flushed() {
        return flushed;
    }
}
