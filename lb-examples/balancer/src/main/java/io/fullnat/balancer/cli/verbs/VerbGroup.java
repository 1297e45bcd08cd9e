// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A command that is nothing without a verb.
abstract class VerbGroup implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public final void run() {
        throw new ParameterException(spec.commandLine(), "no verb given");
    }
}
