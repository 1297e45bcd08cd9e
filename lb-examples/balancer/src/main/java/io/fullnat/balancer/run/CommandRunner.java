// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import java.io.PrintWriter;
import java.util.List;

/// Carries out command lines inside the balancer that they are about. Thread-safe.
@FunctionalInterface
public interface CommandRunner {
    /// Carries out one command line. Never throws for a wrong one: it says what is wrong on `err`.
    ///
    /// @param arguments its words, that which names the command first
    /// @param input what came on standard input; empty for a command that reads none
    /// @param out gets the output, piece by piece
    /// @param err gets complaints, lines `COMMAND: reason`
    /// @return the exit status: 0 only when done
    int run(List<String> arguments, String input, PrintWriter out, PrintWriter err);
}
