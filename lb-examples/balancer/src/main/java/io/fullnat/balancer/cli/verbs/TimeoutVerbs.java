// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.cli.output.TimeoutListing;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat timeout`.
@Command(
        name = "timeout",
        description = "How long connections may be idle, by their state.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat timeout list",
            "  fullnat timeout set established=900,udp-stream=60",
            "  fullnat timeout set established=0      (the default again)",
            "  fullnat service edit udp 192.0.2.80:53 --timeouts dns"
        })
final class TimeoutVerbs extends VerbGroup {
    TimeoutVerbs() {}

    @Command(
            name = "list",
            description = "Lists the timeouts of services that have none of their own.",
            mixinStandardHelpOptions = true)
    Request list(@Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(
                new TimeoutListing(json ? TimeoutListing.Form.JSON : TimeoutListing.Form.TABLE));
    }

    @Command(
            name = "set",
            description = "Changes those given, for live connections too.",
            mixinStandardHelpOptions = true)
    Request set(
            @Parameters(
                            paramLabel = "STATE=SECONDS[,...]",
                            description = "0 for the default; dns, none.")
                    String words) {
        return Steps.setTimeouts(words);
    }
}
