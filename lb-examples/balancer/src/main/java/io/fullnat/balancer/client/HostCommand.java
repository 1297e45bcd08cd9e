// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat host`: how the machine of a running balancer suits it.
@Command(
        name = "host",
        description = "Says where a running balancer's workers and memory are, with advice.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat host                  CPUs, hugepages, NUMA nodes, and what to do about them",
            "  fullnat host --json           the same for programs",
            "",
            "What each line of advice means: docs/operations.md"
        })
public final class HostCommand implements Callable<Integer> {
    private final Remote remote;

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Mixin private final SocketOption socket = new SocketOption();

    public HostCommand(Remote remote) {
        this.remote = remote;
    }

    @Override
    public Integer call() {
        List<String> arguments = json ? List.of("host", "--json") : List.of("host");
        return remote.run(
                socket.path(),
                arguments,
                "",
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
    }
}
