// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The models of the API, in the JSON Schema words that `models.json` uses. What the API's document
/// says is therefore exactly what is accepted. Thread-safe.
final class Schemas {
    /// The models by name.
    static final Schemas MODELS = new Schemas(models());

    private static final int MAX_SHOWN = 60;

    private final ObjectNode models;
    private final Map<String, Pattern> patterns = new ConcurrentHashMap<>();

    Schemas(ObjectNode models) {
        this.models = models;
    }

    private static ObjectNode models() {
        ObjectNode models = Json.resource("models.json");
        describe(ServiceAttributes.ALL, models, "VirtualServerSpecTiny", true);
        describe(ServiceAttributes.ALL, models, "VirtualServerSpecExpand", false);
        describe(ServerAttributes.ALL, models, "RealServerSpecTiny", true);
        return models;
    }

    private static <T> void describe(
            List<Attribute<T, ?>> attributes, ObjectNode models, String model, boolean request) {
        AttributeModels.describe(attributes, models.withObjectProperty(model), request);
    }

    /// All models.
    ///
    /// @return to be left as it is
    ObjectNode all() {
        return models;
    }

    /// Checks a value.
    ///
    /// @param model the name of its model
    /// @throws Failure with 400, naming the place in the value as a JSON path
    void check(String model, JsonNode value) {
        check(named(model), value, "$");
    }

    private JsonNode named(String model) {
        return Objects.requireNonNull(models.get(model), () -> "no model " + model);
    }

    private void check(JsonNode schema, JsonNode value, String path) {
        JsonNode reference = schema.get("$ref");
        if (reference != null) {
            String target = reference.asText();
            check(named(target.substring(target.lastIndexOf('/') + 1)), value, path);
            return;
        }
        switch (schema.path("type").asText()) {
            case "object" -> checkObject(schema, value, path);
            case "array" -> checkArray(schema, value, path);
            case "string" -> checkString(schema, value, path);
            case "integer" -> checkInteger(schema, value, path);
            case "boolean" -> require(value.isBoolean(), path, value, "true or false");
            default -> throw new IllegalStateException("no such type in " + schema);
        }
    }

    private void checkObject(JsonNode schema, JsonNode value, String path) {
        require(value.isObject(), path, value, "an object");
        JsonNode properties = schema.path("properties");
        JsonNode others = schema.path("additionalProperties");
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            String place = path + "." + shown(member.getKey());
            JsonNode known = properties.get(member.getKey());
            if (known != null) {
                check(known, member.getValue(), place);
            } else if (others.isObject()) {
                check(others, member.getValue(), place);
            } else {
                throw Failure.invalid(
                        place + ": there is no such key; there are " + names(properties));
            }
        }
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.asText())) {
                throw Failure.invalid(path + "." + required.asText() + " is missing");
            }
        }
    }

    private static String names(JsonNode properties) {
        List<String> names = new ArrayList<>();
        properties.fieldNames().forEachRemaining(names::add);
        return names.isEmpty() ? "none" : String.join(", ", names);
    }

    private void checkArray(JsonNode schema, JsonNode value, String path) {
        require(value.isArray(), path, value, "an array");
        int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        if (value.size() > most) {
            throw Failure.invalid(path + " has " + value.size() + " elements; " + most + " may be");
        }
        for (int i = 0; i < value.size(); i++) {
            check(schema.path("items"), value.path(i), path + "[" + i + "]");
        }
    }

    private void checkString(JsonNode schema, JsonNode value, String path) {
        require(value.isTextual(), path, value, "a string");
        String text = value.asText();
        JsonNode choices = schema.get("enum");
        if (choices != null) {
            List<String> words = new ArrayList<>();
            choices.forEach(choice -> words.add(choice.asText()));
            require(words.contains(text), path, value, "one of " + String.join(", ", words));
        }
        int least = schema.path("minLength").asInt(0);
        int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        if (text.length() < least || text.length() > most) {
            throw Failure.invalid(
                    path + " has " + text.length() + " characters; not " + least + "-" + most);
        }
        JsonNode pattern = schema.get("pattern");
        if (pattern != null) {
            Pattern compiled = patterns.computeIfAbsent(pattern.asText(), Pattern::compile);
            require(compiled.matcher(text).find(), path, value, "of the form " + compiled);
        }
    }

    private static void checkInteger(JsonNode schema, JsonNode value, String path) {
        require(value.isIntegralNumber(), path, value, "a whole number");
        BigInteger number = value.bigIntegerValue();
        BigInteger least = schema.path("minimum").bigIntegerValue();
        BigInteger most =
                schema.has("maximum")
                        ? schema.path("maximum").bigIntegerValue()
                        : BigInteger.valueOf(Long.MAX_VALUE);
        if (number.compareTo(least) < 0 || number.compareTo(most) > 0) {
            throw Failure.invalid(path + ": " + number + " is not " + least + "-" + most);
        }
    }

    private static void require(boolean right, String path, JsonNode value, String wanted) {
        if (!right) {
            throw Failure.invalid(path + ": " + shown(value.toString()) + " is not " + wanted);
        }
    }

    private static String shown(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }
}
