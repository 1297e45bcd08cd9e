// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.balancer.attribute.AttributeJson;
import io.fullnat.balancer.attribute.LeftoverAttributes;
import java.util.List;

/// What becomes of packets that nothing explains: `/leftovers`. Thread-safe.
final class LeftoverRoutes {
    private final Control control;

    LeftoverRoutes(Control control) {
        this.control = control;
    }

    List<ApiRoute> routes() {
        return List.of(
                ApiRoute.of(
                                "GET",
                                "/leftovers",
                                "What becomes of packets that no service explains",
                                this::get)
                        .answers(200, "Leftovers"),
                ApiRoute.of("PUT", "/leftovers", "Changes what is given", this::put)
                        .takes("Leftovers")
                        .answers(200, "Outcome"));
    }

    private Reply get(Call call) {
        ObjectNode node = Json.object();
        AttributeJson.write(
                LeftoverAttributes.ALL,
                control.desired().leftovers(),
                node,
                AttributeJson.Names.LISTING);
        return Reply.ok(node);
    }

    private Reply put(Call call) {
        return Edit.apply(control, present -> put(present, call.body()));
    }

    private static Edit put(DesiredState present, JsonNode body) {
        LeftoverPolicy desired =
                AttributeModels.read(LeftoverAttributes.ALL, body, present.leftovers());
        return desired.equals(present.leftovers())
                ? Edit.unchanged()
                : Edit.changed(new Change.SetLeftovers(desired));
    }
}
