// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;

/// How servers are, as JSON: the same in lists and in the API's models.
public final class HealthJson {
    private HealthJson() {}

    /// How a real server is, and why.
    ///
    /// @param health any
    /// @return all that it says; without `lastCheckSeconds` if it was not checked
    public static ObjectNode of(ServerHealth health) {
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("state", health.up() ? "up" : "down")
                        .put("use", health.use().word())
                        .put("admin", health.admin().word())
                        .put("active", health.active().word())
                        .put("passive", health.passive().word())
                        .put("external", health.external().word())
                        .put("reason", health.reason())
                        .put("sinceSeconds", health.since().toSeconds());
        health.lastCheck().ifPresent(last -> node.put("lastCheckSeconds", last.toSeconds()));
        return node.put("sharePercent", percent(health));
    }

    /// A server's share of its weight.
    ///
    /// @param health any
    /// @return 0 to 100
    public static int percent(ServerHealth health) {
        return (int) Math.round(100 * health.share());
    }

    /// How the servers of a service are together.
    ///
    /// @param health any
    /// @return all that it says
    public static ObjectNode of(ServiceHealth health) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("quorumUp", health.quorumUp())
                .put("weightUp", health.weightUp())
                .put("sorry", health.sorry())
                .put("announcement", health.announcement().word());
    }
}
