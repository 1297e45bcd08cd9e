// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.RealServer;
import io.fullnat.balancer.cli.output.ServerTable;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat server`.
@Command(
        name = "server",
        description = "Real servers: where connections go.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat server add tcp 192.0.2.80:80 10.0.1.11:8080 --weight 10",
            "  fullnat server edit tcp 192.0.2.80:80 10.0.1.11:8080 --weight 0",
            "  fullnat server remove tcp 192.0.2.80:80 10.0.1.11:8080 --end-connections",
            "  fullnat server list tcp 192.0.2.80:80"
        })
final class ServerVerbs extends VerbGroup {
    ServerVerbs() {}

    @Command(
            name = "list",
            description = "Lists the real servers of a service, or of all.",
            mixinStandardHelpOptions = true)
    Request list(
            @Mixin OptionalServiceWords service,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new ServerTable(service.key(), json));
    }

    @Command(
            name = "add",
            description = "Adds a real server; the service must not have it.",
            mixinStandardHelpOptions = true)
    Request add(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = "ADDRESS:PORT")
                    Endpoint server,
            @Option(
                            names = {"-w", "--weight"},
                            paramLabel = "WEIGHT",
                            description = "0-65535, default 1; 0 gets no new connections.")
                    Optional<String> weight) {
        return Request.edit(
                new Change.AddRealServer(
                        service.key(),
                        RealServer.of(server)
                                .withWeight(weight.map(ServerVerbs::weight).orElse(1))));
    }

    @Command(
            name = "edit",
            description = "Changes the weight of a real server.",
            mixinStandardHelpOptions = true)
    Request edit(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = "ADDRESS:PORT")
                    Endpoint server,
            @Option(
                            names = {"-w", "--weight"},
                            paramLabel = "WEIGHT",
                            required = true,
                            description = "0-65535; 0 gets no new connections.")
                    String weight) {
        return Steps.editServer(service.key(), server, Optional.of(weight(weight)));
    }

    @Command(
            name = "remove",
            description = "Removes a real server; its connections go on until they end.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = "ADDRESS:PORT")
                    Endpoint server,
            @Option(
                            names = "--end-connections",
                            description = "End its connections now, and say how many.")
                    boolean end) {
        return Request.edit(new Change.RemoveRealServer(service.key(), server, end), end);
    }

    private static int weight(String text) {
        return Values.number("weight", text, 0, RealServer.MAX_WEIGHT);
    }
}
