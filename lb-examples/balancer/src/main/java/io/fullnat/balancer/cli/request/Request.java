// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.FlowTuple;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/// What a command line asks for, once it has been read and found correct.
public sealed interface Request {
    /// A text that needs no balancer: help, version.
    record Text(String text) implements Request {}

    /// Something to be listed.
    record Show(Listing listing) implements Request {}

    /// One transaction.
    record Edit(Step step) implements Request {}

    /// One transaction that ends connections; how many is printed.
    ///
    /// @param step decides what to change
    /// @param tuple of the one connection that was asked for: that there is none is an error then
    record End(Step step, Optional<FlowTuple> tuple) implements Request {}

    /// One transaction that removes persistence templates; how many is printed.
    ///
    /// @param filter which ones
    record Forget(TemplateFilter filter) implements Request {}

    /// The script that completes commands in a shell. Needs no balancer, but knows all grammars.
    ///
    /// @param shell one of those that there are scripts for
    record Completion(String shell) implements Request {}

    /// Lines on standard input, to be carried out as one transaction.
    ///
    /// @param reader reads the words of one, each as a line of its own
    record Restore(LineReader reader) implements Request {}

    /// Reads lines of one grammar.
    @FunctionalInterface
    interface LineReader {
        /// What a line asks for; throws a [io.fullnat.api.BalancerException] if it is wrong.
        Request read(List<String> words);
    }

    /// Prints a part of the state.
    @FunctionalInterface
    interface Listing {
        /// Prints it.
        void print(Operations operations, PrintWriter out);
    }

    /// Makes changes of the state that it meets.
    @FunctionalInterface
    interface Step {
        /// Decides what to change; throws a [io.fullnat.api.BalancerException] to refuse.
        List<Change> changes(Present present);
    }

    /// A transaction that does not depend on the present state and may end connections.
    ///
    /// @param says whether it is to end some, and to say how many
    static Request edit(Change change, boolean says) {
        Step step = present -> List.of(change);
        return says ? new End(step, Optional.empty()) : new Edit(step);
    }

    /// A transaction that does not depend on the present state.
    static Request edit(Change change) {
        return new Edit(present -> List.of(change));
    }
}
