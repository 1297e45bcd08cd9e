// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.cli.output.LeftoverListing;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat leftover`.
@Command(
        name = "leftover",
        description = "What becomes of packets that no service and no connection explains.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat leftover list",
            "  fullnat leftover set defence-udp-drop=yes",
            "  fullnat leftover set unused-ports=drop,host-rate=2000"
        })
final class LeftoverVerbs extends VerbGroup {
    LeftoverVerbs() {}

    @Command(
            name = "list",
            description = "Lists what is said of them.",
            mixinStandardHelpOptions = true)
    Request list(@Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new LeftoverListing(json));
    }

    @Command(
            name = "set",
            description = "Changes what is given, at once; no connection ends.",
            mixinStandardHelpOptions = true)
    Request set(
            @Parameters(
                            paramLabel = "NAME=VALUE[,...]",
                            description = "Names are those of the list.")
                    String words) {
        return Steps.setLeftovers(words);
    }
}
