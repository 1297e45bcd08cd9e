// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.nio.file.Path;

/// Reads pages of a running balancer's API. Thread-safe.
@FunctionalInterface
public interface Pages {
    /// Reads one.
    ///
    /// @param socket where the balancer listens
    /// @param path with its query, in printable ASCII
    /// @param most bytes that it may have
    /// @return the page
    /// @throws io.fullnat.api.BalancerException if it cannot be had
    byte[] get(Path socket, String path, int most);
}
