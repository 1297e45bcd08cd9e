// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Locale;
import java.util.function.Function;

/// JSON as lists print it: one object whose one field is the list. Field names are in camel case
/// and stable; numbers are numbers, addresses are text, what is not there is `null`.
public final class ListingJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ListingJson() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// Prints `{"NAME": [...]}`.
    static <T> void print(
            PrintWriter out, String name, Collection<T> items, Function<T, JsonNode> toJson) {
        ObjectNode root = object();
        root.set(name, array(items, toJson));
        out.print(text(root, true));
        out.print('\n');
    }

    static <T> ArrayNode array(Collection<T> items, Function<T, JsonNode> toJson) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        items.forEach(item -> array.add(toJson.apply(item)));
        return array;
    }

    /// A tree as text, on one line or several.
    public static String text(JsonNode node, boolean pretty) {
        try {
            return Visible.lines(
                    pretty
                            ? MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node)
                            : MAPPER.writeValueAsString(node));
        } catch (JsonProcessingException e) {
            throw new BalancerException(ErrorCode.INTERNAL, "cannot write JSON", e);
        }
    }

    /// `tcp` or `udp`.
    static String name(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    static ObjectNode endpoint(Endpoint endpoint) {
        return object().put("address", endpoint.address().toString()).put("port", endpoint.port());
    }

    static ObjectNode service(ServiceKey key) {
        ObjectNode node = object().put("protocol", name(key.protocol()));
        return node.setAll(virtual(key));
    }

    /// What names a service beside its protocol.
    static ObjectNode virtual(ServiceKey key) {
        ObjectNode node = object();
        if (key.isGroup()) {
            return node.put("group", key.group());
        }
        node.setAll(endpoint(key.endpoint()));
        return key.frontend().isOnePort() || key.frontend().isAllPorts()
                ? node
                : node.put("lastPort", key.lastPort());
    }
}
