// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

/// How the servers of a service are together. Immutable and thread-safe.
///
/// @param quorumUp whether as much of it is up as its quorum asks for
/// @param weightUp the weights of its servers that are up, added
/// @param sorry whether its sorry server gets the new connections
public record ServiceHealth(boolean quorumUp, long weightUp, boolean sorry) {
    /// A service of which nothing is known.
    public static final ServiceHealth UNKNOWN = new ServiceHealth(true, 0, false);
}
