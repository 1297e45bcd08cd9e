// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.ServiceKey;

/// What comes of the health of servers beside the words that workers read. Called on the control
/// thread.
public interface HealthListener {
    /// A server has come up or gone down, or gets connections or none from now on.
    ///
    /// @param service whose server it is
    /// @param server which
    /// @param health how it is now
    void serverChanged(ServiceKey service, Endpoint server, ServerHealth health);

    /// A server gets no connections any more, and those that it has are to end.
    ///
    /// @param service whose server it is
    /// @param server which
    void endConnections(ServiceKey service, Endpoint server);

    /// A service has lost its quorum, or has it again.
    ///
    /// @param service which
    /// @param quorum what its quorum is, and how much is up
    /// @param health how it is now
    void quorumChanged(ServiceKey service, String quorum, ServiceHealth health);
}
