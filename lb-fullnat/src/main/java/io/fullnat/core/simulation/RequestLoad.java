// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// What a [RequestClient] does.
///
/// @param connections how many to open in all, 1 or more
/// @param concurrent how many of them at once, 1 or more
/// @param requestsPerConnection how many requests to send on each, one after another, 1 or more
/// @param maxBodyLength the longest response body in bytes; lengths are drawn from 0 to this, at
///   most 99,999,999
/// @param seed starts the generator of lengths and bodies
public record RequestLoad(
        int connections, int concurrent, int requestsPerConnection, int maxBodyLength, long seed) {
    private static final int LONGEST = 99_999_999;

    /// Checks the ranges.
    ///
    /// @throws IllegalArgumentException if a value is out of range
    public RequestLoad {
        if (connections < 1
                || concurrent < 1
                || requestsPerConnection < 1
                || maxBodyLength < 0
                || maxBodyLength > LONGEST) {
            throw new IllegalArgumentException(
                    connections
                            + " connections, "
                            + concurrent
                            + " at once, of "
                            + requestsPerConnection
                            + " requests for up to "
                            + maxBodyLength
                            + " bytes: all must be 1 or more, bytes 0-"
                            + LONGEST);
        }
    }
}
