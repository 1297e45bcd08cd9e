// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.service.ServicePolicy.Refusal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LeftoverRoutesTest {
    private static final String PATH = "/v2/leftovers";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void changesWhatIsGivenAndKeepsTheRest() {
        rig.put(PATH, "{\"defence-tcp-drop\":true,\"unused-ports\":\"drop\"}").is(200, "changed");
        rig.put(PATH, "{\"host-rate\":9}").is(200, "changed");
        rig.put(PATH, "{\"host-rate\":9}").is(200, "unchanged");

        JsonNode leftovers = rig.get(PATH).body();
        Schemas.MODELS.check("Leftovers", leftovers);
        assertThat(leftovers.path("unused-ports").asText()).isEqualTo("drop");
        assertThat(leftovers.path("defence-tcp-drop").asBoolean()).isTrue();
        assertThat(leftovers.path("defence-udp-drop").asBoolean()).isFalse();
        assertThat(leftovers.path("host-rate").asInt()).isEqualTo(9);
        assertThat(leftovers.path("other-rate").asInt()).isEqualTo(10_000);
        assertThat(rig.balancer.control().desired().leftovers().unusedPorts())
                .isEqualTo(Refusal.DROP);
    }

    @Test
    void refusesWhatCannotBe() {
        rig.put(PATH, "{\"host-rate\":0}").refuses(400, "INVALID_ARGUMENT", "host-rate");
        rig.put(PATH, "{\"hostrate\":1}").refuses(400, "INVALID_ARGUMENT", "hostrate");
        rig.put(PATH, "{\"unused-ports\":\"ask\"}")
                .refuses(400, "INVALID_ARGUMENT", "unused-ports");
        rig.put(PATH, "{\"defence-udp-drop\":\"yes\"}")
                .refuses(400, "INVALID_ARGUMENT", "defence-udp-drop");
        assertThat(rig.get(PATH).body().path("host-rate").asInt()).isEqualTo(50_000);
    }
}
