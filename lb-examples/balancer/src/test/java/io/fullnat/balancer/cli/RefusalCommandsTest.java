// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a service has refused, and what of it waits half-open, as the commands tell it.
final class RefusalCommandsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Path PAGE = Path.of("../..", "docs", "commands.md");
    private static final String SERVICE = "tcp 192.0.2.80:80";
    private static final String SHOW = "service show " + SERVICE;
    private static final String EDIT = "service edit " + SERVICE;

    private final CommandRig rig = CommandRig.withService();

    @AfterEach
    void close() {
        rig.close();
    }

    private JsonNode json() throws IOException {
        JsonNode service = MAPPER.readTree(rig.done(SHOW + " --json")).path("services").path(0);
        assertThat(MAPPER.readTree(rig.done("service list --json")).path("services").path(0))
                .isEqualTo(service);
        return service;
    }

    @Test
    void nothingIsSaidWhereThereIsNothing() throws IOException {
        rig.connect(40_000);
        assertThat(rig.done(SHOW)).doesNotContain("half-open", "refused");
        assertThat(json().path("halfOpen").isNull()).isTrue();
        assertThat(json().path("refused")).isEqualTo(MAPPER.createObjectNode());
    }

    @Test
    void whatIsRefusedIsSaidByOutcome() throws IOException {
        rig.done(EDIT + " --max-connections 1");
        rig.connect(40_000);
        assertThat(rig.done(SHOW)).doesNotContain("refused");
        assertThat(rig.tryToConnect(40_001)).isEmpty();
        assertThat(rig.tryToConnect(40_001)).isEmpty();
        rig.done("deny add " + SERVICE + " 192.0.2.7");
        assertThat(rig.tryToConnect(40_002)).isEmpty();

        assertThat(rig.done(SHOW))
                .contains(
                        "max-connections 1\n\nrefused packets: ACCESS_DENIED 1, SERVICE_FULL 2\n\n")
                .doesNotContain("half-open");
        assertThat(json().path("refused"))
                .isEqualTo(
                        MAPPER.createObjectNode().put("ACCESS_DENIED", 1).put("SERVICE_FULL", 2));

        rig.done("ipvsadm -Z " + CommandRig.WEB);
        assertThat(rig.done(SHOW)).doesNotContain("refused");
        assertThat(json().path("refused")).isEmpty();
    }

    @Test
    void halfOpenOnesAreSaidWhereTheyAreLimited() throws IOException {
        rig.done(EDIT + " --max-half-open 5");
        assertThat(rig.done(SHOW)).contains("max-half-open 5\n\nhalf-open 0\n\n");
        assertThat(json().path("halfOpen").isNumber()).isTrue();
        rig.connect(40_000);
        rig.connect(40_001);
        assertThat(rig.done(SHOW)).contains("\nhalf-open 2\n").doesNotContain("refused");
        assertThat(json().path("halfOpen").asInt()).isEqualTo(2);

        rig.done(EDIT + " --max-half-open 0");
        assertThat(rig.done(SHOW)).doesNotContain("half-open");
        assertThat(json().path("halfOpen").isNull()).isTrue();
    }

    /// The example of the page is what comes of it.
    @Test
    void thePageShowsWhatIsThere() throws IOException {
        rig.done(EDIT + " --timeouts fin-wait=600 --max-connections 1 --max-half-open 100");
        rig.done("deny add " + SERVICE + " 203.0.113.0/24");
        rig.connect(40_000);
        rig.tryToConnect(40_001);
        rig.tryToConnect(40_001);
        String page = Files.readString(PAGE);
        int from = page.indexOf("```\n{ \"services\"") + 4;
        JsonNode shown =
                MAPPER.readTree(
                        page.substring(from, page.indexOf("```", from)).replace("{…}", "{}"));

        assertThat(shown.path("services").path(0).size()).isGreaterThan(10);
        same("", shown, MAPPER.readTree(rig.done("service list --json")));
    }

    /// What is shown is there; not all of it is shown.
    private static void same(String at, JsonNode shown, JsonNode real) {
        if (shown.isObject()) {
            assertThat(real.isObject()).as(at).isTrue();
            shown.properties()
                    .forEach(field -> {
                        assertThat(real.has(field.getKey())).as(at + "/" + field).isTrue();
                        same(
                                at + "/" + field.getKey(),
                                field.getValue(),
                                real.path(field.getKey()));
                    });
        } else if (shown.isArray()) {
            assertThat(real).as(at).hasSameSizeAs(shown);
            for (int i = 0; i < shown.size(); i++) {
                same(at + "/" + i, shown.path(i), real.path(i));
            }
        } else {
            assertThat(real).as(at).isEqualTo(shown);
        }
    }
}
