// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static io.fullnat.balancer.api.ApiRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.service.RealServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A server that the operator has taken out, and what health checkers say of it.
final class InhibitRoutesTest {
    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private static String server(String more) {
        return "{\"Items\":[{\"ip\":\"10.0.1.11\",\"port\":8080" + more + "}]}";
    }

    private RealServer server() {
        return rig.web().realServers().getFirst();
    }

    private String report() {
        String version = rig.get(WEB).body().path("Items").path(0).path("Version").asText();
        return WEB + "/rs/health?version=" + version;
    }

    @Test
    void itIsOutAndBackWhateverCheckersSay() {
        rig.put(WEB + "/rs", server(",\"inhibited\":true")).is(200, "changed");
        rig.put(WEB + "/rs", server(",\"inhibited\":true")).is(200, "unchanged");
        assertThat(server()).isEqualTo(RealServer.of("10.0.1.11", 8080).withInhibited(true));
        JsonNode out = rig.get(WEB + "/rs").body().path("Items").path(0);
        Schemas.MODELS.check("RealServerSpecExpand", out);
        assertThat(out.path("Spec").path("inhibited").asBoolean()).isTrue();
        assertThat(out.path("Spec").path("weight").asInt()).isOne();
        assertThat(out.path("Health").path("reason").asText()).isEqualTo("inhibited");

        rig.put(report(), server(",\"inhibited\":false,\"weight\":1")).is(200, "changed");
        assertThat(server().inhibited()).isTrue();
        rig.put(WEB + "/rs", server(",\"weight\":1")).is(200, "unchanged");
        rig.put(WEB + "/rs", server(",\"inhibited\":false")).is(200, "changed");
        assertThat(server().inhibited()).isFalse();
    }
}
