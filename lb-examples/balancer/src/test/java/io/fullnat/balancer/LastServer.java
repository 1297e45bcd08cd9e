// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import java.util.List;

/// A scheduler as an application brings it: always the last server.
public final class LastServer implements SchedulerFactory {
    /// Called by the service loader.
    public LastServer() {}

    @Override
    public String name() {
        return "last";
    }

    @Override
    public Scheduler create(List<RealServer> servers, SchedulerContext context) {
        return (request, loads) -> servers.size() - 1;
    }
}
