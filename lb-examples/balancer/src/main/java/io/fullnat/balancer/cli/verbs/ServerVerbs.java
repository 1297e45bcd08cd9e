// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.RealServer;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.cli.output.ServerTable;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import java.util.Map;
import picocli.CommandLine;
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
            "  fullnat server inhibit tcp 192.0.2.80:80 10.0.1.11:8080",
            "  fullnat server remove tcp 192.0.2.80:80 10.0.1.11:8080 --end-connections",
            "  fullnat server list tcp 192.0.2.80:80"
        })
final class ServerVerbs extends VerbGroup {
    private static final String SERVER = "ADDRESS:PORT, port 0 for the one that clients ask for";

    private static final AttributeOptions<RealServer> OPTIONS =
            new AttributeOptions<>(ServerAttributes.ALL);

    ServerVerbs() {}

    @Override
    void addOptions(Map<String, CommandLine> verbs) {
        OPTIONS.addTo(verbs);
    }

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
            @Parameters(index = "2", paramLabel = "SERVER", description = SERVER) Endpoint server) {
        return Request.edit(
                new Change.AddRealServer(
                        service.key(), OPTIONS.given(verb()).apply(RealServer.of(server))));
    }

    @Command(
            name = "edit",
            description = "Changes what is given, and keeps the rest.",
            mixinStandardHelpOptions = true)
    Request edit(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = SERVER) Endpoint server) {
        return Steps.editServer(service.key(), server, OPTIONS.edited(verb()));
    }

    @Command(
            name = "inhibit",
            description =
                    "Takes a real server out: no new connections; its weight and those it has stay.",
            mixinStandardHelpOptions = true)
    Request inhibit(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = "ADDRESS:PORT")
                    Endpoint server) {
        return Steps.editServer(service.key(), server, known -> known.withInhibited(true));
    }

    @Command(
            name = "uninhibit",
            description = "Lets it get new connections again.",
            mixinStandardHelpOptions = true)
    Request uninhibit(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = "ADDRESS:PORT")
                    Endpoint server) {
        return Steps.editServer(service.key(), server, known -> known.withInhibited(false));
    }

    @Command(
            name = "remove",
            description = "Removes a real server; its connections go on until they end.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "SERVER", description = SERVER) Endpoint server,
            @Option(
                            names = "--end-connections",
                            description = "End its connections now, and say how many.")
                    boolean end) {
        return Request.edit(new Change.RemoveRealServer(service.key(), server, end), end);
    }
}
