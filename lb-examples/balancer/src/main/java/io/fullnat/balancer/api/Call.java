// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.Map;
import java.util.Objects;

/// One request to one route, checked against what the route declares.
///
/// @param path what the path's `{names}` stand for
/// @param query parameters by name
/// @param body valid for the route's model; null in JSON's sense if the route takes none
/// @param lastEventId of the last event that the client has got, empty if it wants none of before
record Call(
        Map<String, String> path, Map<String, String> query, JsonNode body, String lastEventId) {
    static final JsonNode NO_BODY = NullNode.getInstance();

    String path(String name) {
        return Objects.requireNonNull(path.get(name));
    }

    /// A parameter that says true or false.
    ///
    /// @return false if it is not there
    boolean flag(String name) {
        return "true".equals(query.get(name));
    }
}
