// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static io.fullnat.balancer.api.ApiRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a service has refused, and its half-open connections, in the agent's model and the
/// overview's.
@Timeout(60)
final class RefusalRoutesTest {
    private static final String OVERVIEW = "/v2/overview/services?service=192.0.2.80-80-tcp";

    private final ApiRig rig = new ApiRig().serving();
    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());

    @AfterEach
    void close() {
        rig.close();
    }

    private void syn(String from, int port) {
        client.send(
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .ipv4(from, "192.0.2.80")
                        .tcp(port, 80)
                        .flags(Tcp.SYN));
    }

    private JsonNode agents() {
        JsonNode service = rig.get(WEB).body().path("Items").path(0);
        Schemas.MODELS.check("VirtualServerSpecExpand", service);
        return service;
    }

    private JsonNode overviews() {
        JsonNode body = rig.get(OVERVIEW).body();
        ApiRig.check("OverviewServices", body);
        return body.path("services").path(0);
    }

    @Test
    void refusedPacketsAndHalfOpenConnectionsAreSaid() throws InterruptedException {
        assertThat(agents().path("Refused")).isEmpty();
        assertThat(agents().has("HalfOpen")).isFalse();
        assertThat(overviews().path("refused")).isEmpty();
        assertThat(overviews().has("halfOpen")).isFalse();

        rig.put(WEB, "{\"SchedName\":\"rr\",\"MaxHalfOpen\":2}").is(200, "changed");
        rig.put(WEB + "/deny", "{\"Items\":[{\"addr\":\"192.0.2.66\"}]}").is(200, "changed");
        syn("192.0.2.66", 1000);
        syn("192.0.2.66", 1001);
        syn("192.0.2.7", 1000);
        while (agents().path("Refused").path("ACCESS_DENIED").asInt() < 2
                || agents().path("HalfOpen").asInt() < 1
                || overviews().path("halfOpen").asInt() < 1) {
            Thread.sleep(20);
        }

        assertThat(agents().path("Refused")).hasToString("{\"ACCESS_DENIED\":2}");
        assertThat(agents().path("HalfOpen").asInt()).isOne();
        assertThat(overviews().path("refused")).hasToString("{\"ACCESS_DENIED\":2}");
        assertThat(overviews().path("halfOpen").asInt()).isOne();
    }
}
