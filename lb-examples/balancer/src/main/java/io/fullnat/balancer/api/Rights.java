// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

/// What a listener lets pages in browsers do. Immutable and thread-safe.
///
/// @param token whether each request must bear a token
/// @param changes whether they may change something
/// @param reason why not; empty if they may
public record Rights(boolean token, boolean changes, String reason) {
    /// Nothing is known of a listener.
    static final Rights UNKNOWN =
            new Rights(false, false, "this listener does not say what it allows");
}
