// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// A command that is nothing without a verb.
abstract class VerbGroup implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public final void run() {
        throw new ParameterException(spec.commandLine(), "no verb given");
    }

    /// Gives verbs options that no method names.
    ///
    /// @param verbs by their words
    void addOptions(Map<String, CommandLine> verbs) {}

    /// The verb and its options of the line that is being carried out.
    final ParseResult verb() {
        return spec.commandLine().getParseResult().subcommand();
    }
}
