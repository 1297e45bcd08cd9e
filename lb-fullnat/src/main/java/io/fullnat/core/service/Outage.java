// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

/// Whether a service has a server that takes connections: found out by a look at all of them, as
/// often as [OutagePace] lets. For one thread.
final class Outage {
    private final OutagePace pace;
    private boolean nobodyUsable;
    private boolean someFull;

    /// @param servers of the service
    Outage(int servers) {
        pace = new OutagePace(servers);
    }

    /// Looks, if it is not too early.
    ///
    /// @param service whose servers
    /// @param nowNs the present
    void look(ServiceEntry service, long nowNs) {
        if (pace.isEarly(nowNs)) {
            return;
        }
        nobodyUsable = true;
        someFull = false;
        for (int i = 0; i < service.serverCount(); i++) {
            if (service.isWanted(i)) {
                boolean full = service.server(i).isFull();
                someFull |= full;
                nobodyUsable &= full;
            }
        }
        pace.looked(nowNs);
    }

    /// Whether the last look has found no usable server, a moment ago.
    ///
    /// @param nowNs the present
    boolean isKnown(long nowNs) {
        return nobodyUsable && pace.isEarly(nowNs);
    }

    /// Whether the last look has found no usable server.
    boolean hasNobody() {
        return nobodyUsable;
    }

    /// Whether the last look has found one that is full.
    boolean hasFull() {
        return someFull;
    }
}
