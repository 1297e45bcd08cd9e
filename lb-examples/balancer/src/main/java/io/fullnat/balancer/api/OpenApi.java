// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.balancer.api.ApiRoute.Answer;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The API's document, OpenAPI 3.1, made of the routes and models themselves.
final class OpenApi {
    private static final String MODELS = "#/components/schemas/";

    private OpenApi() {}

    static ObjectNode document(List<ApiRoute> routes) {
        ObjectNode document = Json.object().put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "fullnat")
                .put("version", "2")
                .put(
                        "description",
                        "Paths and models of the DPVS agent, and some more. Each error has the"
                                + " model Error.");
        document.putArray("servers").addObject().put("url", "/v2");
        ObjectNode paths = document.putObject("paths");
        for (ApiRoute route : routes) {
            paths.withObjectProperty(route.template())
                    .set(route.verb().toLowerCase(Locale.ROOT), operation(route));
        }
        document.putObject("components").set("schemas", Schemas.MODELS.all());
        return document;
    }

    private static ObjectNode operation(ApiRoute route) {
        ObjectNode operation = Json.object().put("summary", route.summary());
        if (route.place() == ApiRoute.Place.SOCKET) {
            operation.put("description", "Over the Unix socket only.");
        }
        ArrayNode parameters = operation.putArray("parameters");
        for (String segment : route.segments()) {
            if (segment.startsWith("{")) {
                ObjectNode parameter = parameters.addObject();
                parameter
                        .put("name", segment.substring(1, segment.length() - 1))
                        .put("in", "path")
                        .put("required", true);
                parameter.putObject("schema").put("type", "string");
            }
        }
        for (Parameter parameter : route.parameters()) {
            ObjectNode node = parameters.addObject();
            node.put("name", parameter.name())
                    .put("in", "query")
                    .put("required", parameter.required())
                    .put("description", parameter.summary());
            node.putObject("schema").put("type", parameter.flag() ? "boolean" : "string");
        }
        route.body()
                .ifPresent(model -> {
                    ObjectNode body = operation.putObject("requestBody");
                    body.put("required", true);
                    content(body, Answer.JSON, Optional.of(model));
                });
        ObjectNode responses = operation.putObject("responses");
        for (Answer answer : route.answers()) {
            ObjectNode response = responses.putObject(Integer.toString(answer.status()));
            response.put("description", answer.type().equals(Answer.NDJSON) ? "Lines" : "Done");
            content(response, answer.type(), answer.model());
        }
        ObjectNode error = responses.putObject(route.isRefused() ? "501" : "default");
        error.put("description", route.isRefused() ? "Not supported" : "Refused");
        content(error, Answer.JSON, Optional.of("Error"));
        return operation;
    }

    private static void content(ObjectNode to, String type, Optional<String> model) {
        ObjectNode schema = to.putObject("content").putObject(type).putObject("schema");
        model.ifPresent(name -> schema.put("$ref", MODELS + name));
    }
}
