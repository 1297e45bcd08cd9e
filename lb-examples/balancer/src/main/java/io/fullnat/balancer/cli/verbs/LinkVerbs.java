// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.cli.output.LinkListing;
import io.fullnat.balancer.cli.output.NetworkTables;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat link`.
@Command(
        name = "link",
        description = "Ports, as the configuration file opened them.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExample:%n",
        footer = "  fullnat link list --json")
final class LinkVerbs extends VerbGroup {
    LinkVerbs() {}

    @Command(
            name = "list",
            description = "Lists ports with their link and traffic.",
            mixinStandardHelpOptions = true)
    Request list(
            @Parameters(arity = "0..1", paramLabel = "PORT", description = "One port.")
                    Optional<String> port,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        Optional<String> name = port.map(Values::device);
        return new Request.Show(
                json
                        ? new LinkListing(name, true, true, true)
                        : (operations, out) -> NetworkTables.links(operations, name, out));
    }
}
