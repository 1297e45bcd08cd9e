// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is counted as packets come, over the API: templates, and what sets decide.
@Timeout(60)
final class TrafficRoutesTest {
    private static final String TEMPLATES = "/v2/templates";
    private static final String BOTS = "/v2/ipset/bots";

    /// Stands still, so that nothing ends by itself.
    private final ManualClock clock = new ManualClock();

    private final ApiRig rig = new ApiRig(builder -> builder.clock(clock)).serving();

    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());
    private final FrameEnd server = new FrameEnd(rig.io.wire("lan").far(), rig.io.buffers());

    @BeforeEach
    void prepare() {
        rig.control()
                .apply(
                        new Change.SetNeighbour(
                                new Neighbour(
                                        IpAddress.parse("10.0.1.11"),
                                        MacAddress.parse("02:00:00:00:00:51"),
                                        "lan")));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void connect(String from, int port) {
        client.send(
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .ipv4(from, "192.0.2.80")
                        .tcp(port, 80)
                        .flags(Tcp.SYN));
    }

    private JsonNode await(String path, String field, long wanted) throws InterruptedException {
        JsonNode body = rig.get(path).body();
        while (body.path(field).asLong() < wanted) {
            client.receiveAll();
            server.receiveAll();
            Thread.sleep(1);
            body = rig.get(path).body();
        }
        return body;
    }

    /// They are counted at most once a second.
    private JsonNode counted() {
        clock.advance(Duration.ofSeconds(1));
        return rig.get(TEMPLATES + "/count").body();
    }

    @Test
    void templatesAreCountedByService() throws Exception {
        JsonNode none = counted();
        ApiRig.check("TemplateCounts", none);
        assertThat(none.path("services")).as("none with persistence").isEmpty();

        VirtualService web = rig.web();
        Persistence persistence = Persistence.of(Duration.ofMinutes(2));
        rig.control()
                .apply(
                        new Change.SetPolicy(
                                web.key(), web.policy().withPersistence(Optional.of(persistence))));
        connect("192.0.2.7", 40_000);
        connect("192.0.2.7", 40_001);
        connect("192.0.2.8", 40_000);
        while (rig.get(TEMPLATES).lines().size() < 2) {
            Thread.sleep(1);
        }
        JsonNode counts = counted();

        ApiRig.check("TemplateCounts", counts);
        assertThat(counts.path("total").asInt()).isEqualTo(2);
        assertThat(counts.path("capacity").asInt()).isEqualTo(none.path("capacity").asInt());
        assertThat(counts.path("services"))
                .containsExactly(
                        Json.object()
                                .put("protocol", "TCP")
                                .put("virtual", "192.0.2.80:80")
                                .put("templates", 2));

        assertThat(rig.delete(TEMPLATES + "?client=192.0.2.8", "").text())
                .isEqualTo("{\"removed\":1}");
        assertThat(counted().path("total").asInt()).isEqualTo(1);
    }

    /// As of a variable that is not set: all of them are not what was wanted.
    @ParameterizedTest
    @ValueSource(strings = {"client=", "server=", "service=", "client=&all=true"})
    void templatesOfNothingAreNotAll(String query) {
        assertThat(rig.get(TEMPLATES + "?" + query.replace("&all=true", "")).status())
                .isEqualTo(400);
        assertThat(rig.delete(TEMPLATES + "?" + query, "").status()).isEqualTo(400);
        assertThat(rig.get("/v2/connections?" + query.replace("&all=true", "")).status())
                .isEqualTo(400);
        assertThat(rig.delete("/v2/connections?" + query, "").status()).isEqualTo(400);
    }

    /// Of each set its own counts, whichever others there are.
    @Test
    void setsCountWhatTheyRefuseAndAdmit() throws Exception {
        for (String name : new String[] {"bots", "friends", "others"}) {
            String address = name.equals("bots") ? "192.0.2.7" : "192.0.2.8";
            rig.put(
                            "/v2/ipset/" + name,
                            "{\"Type\":\"hash:ip\",\"Name\":\""
                                    + name
                                    + "\",\"Entries\":[{\"Entry\":\""
                                    + address
                                    + "\"}]}")
                    .is(201, "created");
        }
        String service = ApiRig.WEB;
        rig.put(service + "/deny", "{\"Items\":[{\"ipset\":\"bots\"}]}").is(200, "changed");
        rig.put(service + "/allow", "{\"Items\":[{\"ipset\":\"friends\"}]}").is(200, "changed");
        for (int port = 40_000; port < 40_003; port++) {
            connect("192.0.2.7", port);
        }
        connect("192.0.2.8", 40_000);
        connect("192.0.2.8", 40_001);

        JsonNode bots = await(BOTS, "Refused", 3L);
        JsonNode friends = await("/v2/ipset/friends", "Admitted", 2L);
        assertThat(bots.path("Refused").asLong()).isEqualTo(3);
        assertThat(bots.path("Admitted").asLong()).isZero();
        assertThat(bots.path("Uses")).hasSize(1);
        assertThat(bots.path("Uses").path(0).path("Count").asLong()).isEqualTo(3);
        assertThat(friends.path("Refused").asLong()).isZero();
        assertThat(friends.path("Admitted").asLong()).isEqualTo(2);
        JsonNode all = rig.get("/v2/ipset").body();
        ApiRig.check("IpsetInfoArray", all);
        assertThat(all.path("Infos")).hasSize(3);
        for (JsonNode info : all.path("Infos")) {
            assertThat(info).isEqualTo(rig.get("/v2/ipset/" + info.path("Name").asText()).body());
        }
        assertThat(rig.get("/v2/ipset/others").body().path("Admitted").asLong()).isZero();
    }
}
