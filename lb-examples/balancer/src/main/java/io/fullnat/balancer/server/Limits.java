// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.time.Duration;

/// What one client may take of a listener.
///
/// @param connections at once; one more takes the place of the one that has kept the server waiting
///   longest
/// @param lineBytes of a request line
/// @param headerBytes of all headers
/// @param bodyBytes of a body
/// @param first how long a new connection may take until its first request line is there
/// @param idle the same between two requests
/// @param request how long headers and body may take after the request line
/// @param write how long a client may take no byte of an answer
record Limits(
        int connections,
        int lineBytes,
        int headerBytes,
        int bodyBytes,
        Duration first,
        Duration idle,
        Duration request,
        Duration write) {
    /// What holds outside tests.
    static final Limits DEFAULT =
            new Limits(
                    64,
                    2048,
                    8192,
                    1 << 20,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30));
}
