// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.run.Termination;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat run`: forwards packets until it is told to stop.
@Command(
        name = Run.NAME,
        description = "Runs the balancer until SIGTERM or SIGINT.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  fullnat run --config /etc/fullnat.yaml",
            "",
            "Prints how the machine suits it, and a line \"ready\" when it forwards. Stops within two seconds, with status 0.",
            "SIGHUP makes it read the file again and change what is different.",
            "All keys of the file: docs/configuration.md"
        })
final class RunCommand implements Callable<Integer> {
    private final Termination termination;

    @Spec private CommandSpec spec;

    @Option(
            names = {Run.SHORT_CONFIG, Run.CONFIG},
            paramLabel = "FILE",
            required = true,
            description = "The configuration, YAML.")
    private Path file;

    RunCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() {
        return Run.forward(file, termination, spec.commandLine().getOut());
    }
}
