// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Edits;
import io.fullnat.balancer.attribute.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Attributes as fields of the API's models.
final class AttributeModels {
    private static final int MAX_WORD = 255;

    private AttributeModels() {}

    /// Puts the schemas of attributes into a model.
    ///
    /// @param model gets a property for each
    /// @param request whether it is a request's, in which none must be; in an answer all are
    static <T> void describe(List<Attribute<T, ?>> attributes, ObjectNode model, boolean request) {
        ObjectNode properties = model.withObjectProperty("properties");
        for (Attribute<T, ?> attribute : attributes) {
            properties.set(attribute.restField(), schema(attribute, request));
            if (!request) {
                model.withArrayProperty("required").add(attribute.restField());
            }
        }
    }

    /// The schema of an attribute.
    ///
    /// @param request whether of a request's model
    private static ObjectNode schema(Attribute<?, ?> attribute, boolean request) {
        ObjectNode schema = Json.object();
        switch (attribute.kind()) {
            case Kind.Choice<?> choice -> {
                ArrayNode words = schema.put("type", "string").putArray("enum");
                choice.all().forEach(words::add);
            }
            case Kind.Whole whole ->
                    schema.put("type", "integer")
                            .put("minimum", whole.min())
                            .put("maximum", whole.max());
            case Kind.Switch ignored -> {
                if (request) {
                    schema.put("type", "boolean");
                } else {
                    schema.put("type", "string").putArray("enum").add("true").add("false");
                }
            }
            case Kind.Seconds seconds ->
                    schema.put("type", "integer").put("minimum", 0).put("maximum", seconds.max());
            case Kind.Text text ->
                    schema.put("type", "string")
                            .put("minLength", text.min())
                            .put("maxLength", text.max());
            case Kind.Parsed<?> ignored -> schema.put("type", "string").put("maxLength", MAX_WORD);
            case Kind.Lines<?> lines ->
                    schema.put("type", "array")
                            .put("maxItems", lines.max())
                            .putObject("items")
                            .put("type", "string")
                            .put("maxLength", Kind.Lines.MAX_LENGTH);
            case Kind.ByState ignored -> {
                return schema.put("$ref", "#/components/schemas/Timeouts");
            }
        }
        return schema.put("description", attribute.modelHelp(request));
    }

    /// What a request makes of an owner.
    ///
    /// @param body of a model with the attributes
    /// @param owner as it is, or with the defaults
    /// @throws io.fullnat.api.BalancerException for a value that the schema cannot refuse
    static <T> T read(List<Attribute<T, ?>> attributes, JsonNode body, T owner) {
        List<UnaryOperator<T>> edits = new ArrayList<>(attributes.size());
        for (Attribute<T, ?> attribute : attributes) {
            edits.add(edit(attribute, body.path(attribute.restField())));
        }
        return Edits.apply(owner, edits);
    }

    private static <T, V> UnaryOperator<T> edit(Attribute<T, V> attribute, JsonNode said) {
        if (said.isMissingNode()) {
            return attribute.isKept() ? owner -> owner : attribute::reset;
        }
        V value = value(attribute, said);
        return owner -> attribute.with(owner, value);
    }

    @SuppressWarnings("unchecked") // the kind says what V is
    private static <V> V value(Attribute<?, V> attribute, JsonNode value) {
        return (V)
                switch (attribute.kind()) {
                    case Kind.Choice<V> choice -> choice.of(value.asText()).orElseThrow();
                    case Kind.Whole ignored -> (Integer) value.asInt();
                    case Kind.Switch ignored -> (Boolean) value.asBoolean();
                    case Kind.Seconds ignored -> Kind.Seconds.of(value.asLong());
                    case Kind.Text ignored -> value.asText();
                    case Kind.Parsed<V> parsed ->
                            parsed.parse(attribute.restField(), value.asText());
                    case Kind.Lines<V> lines -> lines.parse(attribute.restField(), texts(value));
                    case Kind.ByState ignored -> TimeoutRoutes.read(value, Timeouts.NONE);
                };
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asText).toList();
    }
}
