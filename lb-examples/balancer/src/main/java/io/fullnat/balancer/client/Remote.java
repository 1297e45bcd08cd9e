// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/// Lets a running balancer carry out a command line. Thread-safe.
@FunctionalInterface
public interface Remote {
    /// Carries it out and waits.
    ///
    /// @param socket where the balancer listens
    /// @param arguments the words of the command line
    /// @param input for the command
    /// @param out gets its output
    /// @param err gets its complaints
    /// @return its exit status
    /// @throws io.fullnat.api.BalancerException if no balancer answers there
    int run(Path socket, List<String> arguments, String input, PrintWriter out, PrintWriter err);
}
