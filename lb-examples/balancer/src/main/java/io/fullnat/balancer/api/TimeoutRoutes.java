// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.Timeouts;
import java.util.List;

/// The balancer's timeouts: `/timeouts`. Thread-safe.
final class TimeoutRoutes {
    private final Control control;

    TimeoutRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of("GET", "/timeouts", "Idle times by state, in seconds", this::get)
                        .answers(200, "Timeouts"),
                ApiRoute.of("PUT", "/timeouts", "Changes those given; 0 for the default", this::put)
                        .takes("Timeouts")
                        .answers(200, "Outcome"));
    }

    private Reply get(Call call) {
        Timeouts timeouts = control.desired().timeouts();
        ObjectNode node = Json.object();
        for (TimedState state : TimedState.values()) {
            node.put(state.key(), timeouts.seconds(state));
        }
        return Reply.ok(node);
    }

    private Reply put(Call call) {
        return Edit.apply(control, present -> put(present, call.body()));
    }

    private static Edit put(DesiredState present, JsonNode body) {
        Timeouts desired = read(body, present.timeouts());
        return desired.equals(present.timeouts())
                ? Edit.unchanged()
                : Edit.changed(new Change.SetTimeouts(desired));
    }

    /// What a body makes of timeouts.
    static Timeouts read(JsonNode body, Timeouts before) {
        Timeouts timeouts = before;
        for (TimedState state : TimedState.values()) {
            if (body.has(state.key())) {
                timeouts = timeouts.with(state, body.path(state.key()).asLong());
            }
        }
        return timeouts;
    }
}
