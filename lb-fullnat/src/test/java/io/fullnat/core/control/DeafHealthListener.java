// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.health.HealthListener;

/// Does nothing about what it is told of health.
final class DeafHealthListener implements HealthListener {
    @Override
    public void serverChanged(ServiceKey service, Endpoint server, ServerHealth health) {}

    @Override
    public void endConnections(ServiceKey service, Endpoint server) {}

    @Override
    public void quorumChanged(ServiceKey service, String quorum, ServiceHealth health) {}
}
