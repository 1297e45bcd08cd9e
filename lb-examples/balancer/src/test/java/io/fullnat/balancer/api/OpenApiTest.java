// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The API's document says what the API does.
final class OpenApiTest {
    private static final Path PAGE = Path.of("../../docs/api.md");
    private static final Set<String> WORDS =
            Set.of(
                    "$ref",
                    "type",
                    "description",
                    "properties",
                    "required",
                    "additionalProperties",
                    "items",
                    "enum",
                    "minimum",
                    "maximum",
                    "minLength",
                    "maxLength",
                    "maxItems");

    private final ApiRig rig = new ApiRig().serving();
    private final JsonNode document = rig.get("/v2/openapi.json").body();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Set<String> operations(JsonNode document) {
        Set<String> operations = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            path.getValue()
                    .fieldNames()
                    .forEachRemaining(verb ->
                            operations.add(verb.toUpperCase(Locale.ROOT) + " " + path.getKey()));
        }
        return operations;
    }

    private Set<String> routes() {
        return rig.router.routes().stream()
                .map(route -> route.verb() + " " + route.template())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void namesEachRouteOnceAndNoOther() {
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
        assertThat(operations(document)).isEqualTo(routes()).hasSize(rig.router.routes().size());
    }

    @Test
    void eachRouteItNamesIsAnsweredAndNotByNotFound() {
        for (ApiRoute route : rig.router.routes()) {
            String path = "/v2" + route.template().replace("{VipPort}", "192.0.2.80-80-tcp");
            ApiRig.Answer answer = rig.call(route.verb(), path.replace("{name}", "lan"), "");
            assertThat(answer.error()).as(route.toString()).isNotEqualTo("INTERNAL");
            assertThat(answer.message()).as(path).doesNotContain("there is no path");
            assertThat(answer.status() == 501).as(path).isEqualTo(route.isRefused());
        }
    }

    @Test
    void whatItSaysOfSuccessesIsTrueOfEachRouteThatReads() {
        rig.put(ApiRig.WEB + "/deny", "{\"Items\":[{\"addr\":\"198.51.100.0/24\"}]}");
        rig.put("/v2/device/lan/route", "{\"dst\":\"10.8.0.0/16\",\"gateway\":\"10.0.1.254\"}");
        rig.put("/v2/device/lan/neighbour", "{\"addr\":\"10.0.1.9\",\"mac\":\"02:00:00:00:00:9\"}");
        rig.put("/v2/ipset/lan", "{\"Type\":\"hash:net\",\"Name\":\"lan\"}");
        for (ApiRoute route : rig.router.routes()) {
            if (route.verb().equals("GET") && !route.isRefused()) {
                String path = "/v2" + route.template().replace("{VipPort}", "192.0.2.80-80-tcp");
                ApiRig.Answer answer = rig.get(path.replace("{name}", "lan"));
                ApiRoute.Answer said = route.answers().getFirst();
                assertThat(answer.status()).as(path).isEqualTo(said.status());
                if (said.type().equals(ApiRoute.Answer.JSON)) {
                    said.model().ifPresent(model -> Schemas.MODELS.check(model, answer.body()));
                }
            }
        }
    }

    @Test
    void itsReferencesLeadSomewhereAndItsWordsAreThoseThatAreChecked() {
        ObjectNode models = (ObjectNode) document.path("components").path("schemas");
        for (String reference : document.findValuesAsText("$ref")) {
            assertThat(reference).startsWith("#/components/schemas/");
            assertThat(models.has(reference.substring(reference.lastIndexOf('/') + 1)))
                    .as(reference)
                    .isTrue();
        }
        models.properties().forEach(model -> assertWords(model.getValue()));
    }

    private static void assertWords(JsonNode schema) {
        schema.fieldNames().forEachRemaining(word -> assertThat(WORDS).contains(word));
        schema.path("properties").forEach(OpenApiTest::assertWords);
        if (schema.has("items")) {
            assertWords(schema.path("items"));
        }
    }

    @Test
    void thePageForOperatorsNamesEachRouteAndStatus() throws IOException {
        String page = Files.readString(PAGE);
        for (String route : routes()) {
            assertThat(page).contains("`" + route.replace(" ", " /v2") + "`");
        }
        for (io.fullnat.api.ErrorCode code : io.fullnat.api.ErrorCode.values()) {
            assertThat(page).contains("`" + code + "`");
            assertThat(page.lines().filter(line -> line.contains("`" + code + "`")))
                    .anyMatch(line -> line.startsWith("| " + Failure.statusOf(code) + " "));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"n\":1} | ",
                "{\"n\":3} | $.n: 3 is not 1-2",
                "{\"n\":1,\"l\":[\"ab\",\"abcd\"]} | $.l[1] has 4 characters; not 1-3",
                "{\"n\":1,\"l\":[\"a\",\"a\",\"a\"]} | $.l has 3 elements; 2 may be",
                "{\"n\":1,\"e\":\"z\"} | $.e: \"z\" is not one of x, y",
                "{\"n\":1,\"m\":{\"k\":true}} | ",
                "{\"n\":1,\"m\":{\"k\":1}} | $.m.k: 1 is not true or false",
                "{\"n\":99999999999999999999} | $.n: 99999999999999999999 is not 1-2",
                "{} | $.n is missing",
                "{\"n\":null} | $.n: null is not a whole number",
            })
    void checksValuesByTheWordsOfSchemas(String value, String reason) {
        Schemas schemas =
                new Schemas(
                        (ObjectNode)
                                parse(
                                        "{\"M\":{\"type\":\"object\",\"required\":[\"n\"],"
                                                + "\"properties\":{\"n\":{\"type\":\"integer\","
                                                + "\"minimum\":1,\"maximum\":2},"
                                                + "\"l\":{\"type\":\"array\",\"maxItems\":2,"
                                                + "\"items\":{\"type\":\"string\",\"minLength\":1,"
                                                + "\"maxLength\":3}},\"e\":{\"type\":\"string\","
                                                + "\"enum\":[\"x\",\"y\"]},"
                                                + "\"m\":{\"type\":\"object\","
                                                + "\"additionalProperties\":"
                                                + "{\"type\":\"boolean\"}}}}}"));
        if (reason == null) {
            schemas.check("M", parse(value));
        } else {
            assertThatThrownBy(() -> schemas.check("M", parse(value)))
                    .isInstanceOf(Failure.class)
                    .hasMessage(reason);
        }
    }

    private static JsonNode parse(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
