package io.fullnat.core.worker;

import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.snat.PortLane;
import io.fullnat.core.stack.NetworkView;
import java.util.List;

/// All that one worker works by at one revision. Made by the control plane, not changed after.
public final class WorkerView {
    private final long revision;
    private final NetworkView network;
    private final ServiceMap services;
    private final PortLane[] lanes;
    private final List<NetworkView.Own> announcements;

    /// A view.
    ///
    /// @param revision counts publications
    /// @param network shared by all workers
    /// @param services the worker's own
    /// @param lanes the worker's own, by lane number
    /// @param announcements addresses this worker is to announce when it takes the view over
    public WorkerView(
            long revision,
            NetworkView network,
            ServiceMap services,
            PortLane[] lanes,
            List<NetworkView.Own> announcements) {
        this.revision = revision;
        this.network = network;
        this.services = services;
        this.lanes = lanes;
        this.announcements = List.copyOf(announcements);
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

    PortLane[] lanes() {
        return lanes;
    }

    List<NetworkView.Own> announcements() {
        return announcements;
    }
}
