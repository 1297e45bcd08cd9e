// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;

/// How long handshakes take, as JSON: the same in lists and in the API's models.
public final class HandshakeJson {
    private HandshakeJson() {}

    /// Those with a server, or with all of a service.
    ///
    /// @param handshakes any
    /// @return those of the last minute, and all
    public static ObjectNode of(Handshakes handshakes) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.set("lastMinute", times(handshakes.lastMinute()));
        return node.set("total", times(handshakes.total()));
    }

    private static ObjectNode times(HandshakeTimes times) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("count", times.count())
                .put("p50Micros", times.micros(0.5))
                .put("p90Micros", times.micros(0.9))
                .put("p99Micros", times.micros(0.99));
    }
}
