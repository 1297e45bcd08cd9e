// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.balancer.text.Reason;
import io.fullnat.balancer.text.Visible;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// JSON trees, read strictly: no key twice, nothing behind the value, bounded depth and numbers.
/// Thread-safe.
public final class Json {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_LENGTH = 40;

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .maxNumberLength(MAX_NUMBER_LENGTH)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    static JsonNode text(String value) {
        return JsonNodeFactory.instance.textNode(value);
    }

    /// Reads one value.
    ///
    /// @throws Failure with 400, saying where the text stops to be JSON
    public static JsonNode parse(byte[] utf8) {
        try {
            JsonNode value = MAPPER.readTree(utf8);
            if (value.isMissingNode()) {
                throw Failure.invalid("the body is empty; JSON is needed");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw Failure.invalid("the body is no JSON" + place(e) + ": " + reason(e));
        } catch (IOException e) {
            throw Failure.invalid("the body is no JSON: " + Reason.of(e));
        }
    }

    /// What is wrong, without what the library says of itself.
    private static String reason(JsonProcessingException e) {
        if (e instanceof StreamConstraintsException) {
            return "nested deeper than "
                    + MAX_DEPTH
                    + " levels, or a number of more than "
                    + MAX_NUMBER_LENGTH
                    + " digits";
        }
        if (e instanceof MismatchedInputException) { // of the tree reader, only this
            return "there is more behind the value";
        }
        String said = String.valueOf(e.getOriginalMessage());
        int option = said.indexOf('`'); // of the library, not of the client
        int end = option < 0 ? said.indexOf(": was expecting") : said.lastIndexOf(':', option);
        return end < 0 ? said : said.substring(0, end);
    }

    private static String place(JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        return location == null
                ? ""
                : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    /// Reads a resource of this package.
    static ObjectNode resource(String name) {
        try (InputStream in = Json.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing");
            }
            return (ObjectNode) MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes a value on one line.
    public static byte[] bytes(JsonNode value) {
        try {
            // By way of a string: a writer of bytes would give up at half of a surrogate pair. What
            // a terminal would obey is escaped, too, for who looks at it with curl.
            return Visible.lines(MAPPER.writeValueAsString(value)).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
