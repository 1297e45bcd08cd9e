// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import io.fullnat.balancer.run.Termination;
import java.util.List;
import java.util.ServiceLoader;

/// A command of `fullnat` that another module brings, found by [ServiceLoader]: the balancer does
/// not depend on it, and is whole without.
public interface ExtraCommand {
    /// The word that names the command.
    ///
    /// @return as typed after `fullnat`
    String name();

    /// A line for the examples of `fullnat --help`.
    ///
    /// @return what to type, and from column 38 what it is for
    String example();

    /// Makes the command.
    ///
    /// @param termination tells a long-running one to end
    /// @return an object with picocli's annotations; what it throws is told as by any other command
    Object make(Termination termination);

    /// Finds all that are there.
    ///
    /// @return in the order of the class path, or of the modules
    static List<ExtraCommand> all() {
        return ServiceLoader.load(ExtraCommand.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
