// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fullnat completion`.
@Command(
        name = "completion",
        description = "Prints a script that completes commands in a shell.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  source <(fullnat completion bash)",
            "  source <(fullnat completion zsh)",
            "  fullnat completion fish | source"
        })
final class CompletionCommand implements Callable<Request> {
    @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish")
    private String shell = "";

    CompletionCommand() {}

    @Override
    public Request call() {
        if (!VerbWords.SHELLS.contains(shell)) {
            throw Refusal.unsupported(
                    "no completion for \""
                            + shell
                            + "\"; there is "
                            + String.join(", ", VerbWords.SHELLS));
        }
        return new Request.Completion(shell);
    }
}
