// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.output.ServiceTable;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat service`.
@Command(
        name = "service",
        description = "Virtual services: what clients connect to.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat service add tcp 192.0.2.80:80 --scheduler wrr",
            "  fullnat service edit tcp 192.0.2.80:80 --timeout 300",
            "  fullnat service edit udp 192.0.2.80:53 --refusal drop",
            "  fullnat service add-frontend tcp group:shop 192.0.2.81:1000-2000",
            "  fullnat service list",
            "  fullnat service show tcp 192.0.2.80:80 --json"
        })
final class ServiceVerbs extends VerbGroup {
    private static final String FRONTEND = "ADDRESS:PORT, ADDRESS:FIRST-LAST, ADDRESS:0";

    private static final AttributeOptions<VirtualService> OPTIONS =
            new AttributeOptions<>(ServiceAttributes.ALL);

    ServiceVerbs() {}

    @Override
    void addOptions(Map<String, CommandLine> verbs) {
        OPTIONS.addTo(verbs);
    }

    @Command(name = "list", description = "Lists all services.", mixinStandardHelpOptions = true)
    Request list(@Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new ServiceTable(Optional.empty(), json));
    }

    @Command(
            name = "show",
            description = "Shows one service with all that belongs to it.",
            mixinStandardHelpOptions = true)
    Request show(
            @Mixin ServiceWords service,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new ServiceTable(Optional.of(service.key()), json));
    }

    @Command(
            name = "add",
            description = "Adds a service; it must not be there.",
            mixinStandardHelpOptions = true)
    Request add(@Mixin ServiceWords service) {
        return Request.edit(
                new Change.AddService(
                        OPTIONS.given(verb()).apply(VirtualService.of(service.key()))));
    }

    @Command(
            name = "edit",
            description = "Changes what is given, and keeps the rest.",
            mixinStandardHelpOptions = true)
    Request edit(@Mixin ServiceWords service) {
        return Steps.editService(service.key(), OPTIONS.edited(verb()));
    }

    @Command(
            name = "remove",
            description = "Removes a service; its connections go on until they end.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ServiceWords service,
            @Option(
                            names = "--end-connections",
                            description = "End its connections now, and say how many.")
                    boolean end) {
        return Request.edit(new Change.RemoveService(service.key(), end), end);
    }

    @Command(
            name = "add-frontend",
            description = "Has clients of a group connect to one more address and ports.",
            mixinStandardHelpOptions = true)
    Request addFrontend(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "FRONTEND", description = FRONTEND)
                    Frontend frontend) {
        return Steps.addFrontend(service.key(), frontend);
    }

    @Command(
            name = "remove-frontend",
            description =
                    "Takes one from a group; connections to it go on, or end if the group's removal"
                            + " is end.",
            mixinStandardHelpOptions = true)
    Request removeFrontend(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "FRONTEND", description = FRONTEND)
                    Frontend frontend) {
        return Steps.removeFrontend(service.key(), frontend);
    }

    @Command(
            name = "zero",
            description = "Lets the counts of a service, or of all, begin at 0 again.",
            mixinStandardHelpOptions = true)
    Request zero(@Mixin OptionalServiceWords service) {
        return Request.edit(new Change.ZeroCounters(service.key()));
    }
}
