// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat reload`: tells a running balancer to read its configuration file again.
@Command(
        name = "reload",
        description = "Makes a running balancer what its configuration file says now.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat reload --dry-run      what would change, and whether it would be taken",
            "  fullnat reload                change it; connections that stay valid stay",
            "",
            "SIGHUP to the balancer does the same. Keys that need a restart: docs/configuration.md"
        })
public final class ReloadCommand implements Callable<Integer> {
    private final Remote remote;

    @Spec private CommandSpec spec;

    @Option(names = "--dry-run", description = "Only say what would change.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print the changes as JSON.")
    private boolean json;

    @Mixin private final SocketOption socket = new SocketOption();

    public ReloadCommand(Remote remote) {
        this.remote = remote;
    }

    @Override
    public Integer call() {
        List<String> arguments = new ArrayList<>(List.of("reload"));
        if (dryRun) {
            arguments.add("--dry-run");
        }
        if (json) {
            arguments.add("--json");
        }
        return remote.run(
                socket.path(),
                arguments,
                "",
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
    }
}
