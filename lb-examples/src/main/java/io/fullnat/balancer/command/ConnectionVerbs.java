package io.fullnat.balancer.command;

import io.fullnat.api.control.ConnectionFilter;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fullnat connection`.
@Command(
        name = "connection",
        description = "Connections.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat connection list tcp 192.0.2.80:80",
            "  fullnat connection list --tuple tcp:198.51.100.7:40000:192.0.2.80:80 --json"
        })
final class ConnectionVerbs extends VerbGroup {
    private static final int MAX_WORKER = 1023;

    ConnectionVerbs() {}

    @Command(
            name = "list",
            description = {
                "Lists connections, in no order: worker (from 1), protocol, time left, state,",
                "client, virtual address, local address, real server."
            },
            mixinStandardHelpOptions = true)
    Request list(
            @Mixin OptionalServiceWords service,
            @Option(
                            names = "--tuple",
                            paramLabel = "TUPLE",
                            description = {
                                "The one of this tuple, PROTO:ADDRESS:PORT:ADDRESS:PORT,",
                                "in either direction and on either side."
                            })
                    Optional<String> tuple,
            @Option(names = "--worker", paramLabel = "N", description = "From 0.")
                    Optional<String> worker,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(
                new ConnectionListing(
                        new ConnectionFilter(service.key(), tuple.map(Values::socketPair)),
                        worker.map(text -> Values.number("--worker", text, 0, MAX_WORKER))
                                .map(WorkerChoice::worker)
                                .orElse(WorkerChoice.ALL),
                        json));
    }
}
