// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.balancer.cli.output.ConnectionListing;
import io.fullnat.balancer.cli.output.WorkerChoice;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import java.util.List;
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
            "  fullnat connection list --tuple tcp:198.51.100.7:40000:192.0.2.80:80 --json",
            "  fullnat connection remove tcp 192.0.2.80:80 --client 198.51.100.0/24",
            "  fullnat connection remove --server 10.0.1.11:8080"
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
            @Mixin ConnectionWords connections,
            @Option(names = "--worker", paramLabel = "N", description = "From 0.")
                    Optional<String> worker,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(
                new ConnectionListing(
                        connections.filter(),
                        worker.map(text -> Values.number("--worker", text, 0, MAX_WORKER))
                                .map(WorkerChoice::worker)
                                .orElse(WorkerChoice.ALL),
                        json));
    }

    @Command(
            name = "remove",
            description = {
                "Ends connections, now, and says how many. Either end learns of it when it next",
                "sends: TCP is answered by a reset. The client may connect again at once."
            },
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ConnectionWords connections,
            @Option(names = "--all", description = "All connections of the balancer.")
                    boolean all) {
        ConnectionFilter filter = connections.filter();
        if (filter.equals(ConnectionFilter.ALL) != all) {
            throw Refusal.invalid(
                    all
                            ? "--all means all connections; leave out what says which"
                            : "say which connections: tcp or udp and a service, --tuple, --server,"
                                    + " --client or --local; or --all");
        }
        return new Request.End(
                present -> List.of(new Change.EndConnections(filter)), filter.tuple());
    }
}
