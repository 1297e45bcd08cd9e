// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.output.ServiceTable;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
            "  fullnat service list",
            "  fullnat service show tcp 192.0.2.80:80 --json"
        })
final class ServiceVerbs extends VerbGroup {
    ServiceVerbs() {}

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
    Request add(
            @Mixin ServiceWords service,
            @Option(
                            names = {"-s", "--scheduler"},
                            paramLabel = "NAME",
                            description = "rr, wrr or wlc (default).")
                    Optional<String> scheduler,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            description = "Idle time after which a connection ends.")
                    Optional<String> timeout,
            @Option(
                            names = "--refusal",
                            paramLabel = "WORD",
                            description =
                                    "What a client hears that cannot be served: reject (default) or drop.")
                    Optional<String> refusal,
            @Option(
                            names = "--removal",
                            paramLabel = "WORD",
                            description =
                                    "Connections of a removed server: drain (default) or end.")
                    Optional<String> removal,
            @Option(
                            names = "--timeouts",
                            paramLabel = "STATE=SECONDS[,...]",
                            description = "Idle times by state; dns for short ones of UDP.")
                    Optional<String> timeouts) {
        return Request.edit(
                new Change.AddService(
                        VirtualService.of(service.key())
                                .withScheduler(scheduler.map(Values::scheduler).orElse("wlc"))
                                .withConnectionTimeout(
                                        timeout.flatMap(text ->
                                                Values.timeout(
                                                        Values.timeoutSeconds("--timeout", text))))
                                .withPolicy(
                                        Values.policy(
                                                ServicePolicy.DEFAULT,
                                                refusal,
                                                removal,
                                                timeouts))));
    }

    @Command(
            name = "edit",
            description = "Changes what is given, and keeps the rest.",
            mixinStandardHelpOptions = true)
    Request edit(
            @Mixin ServiceWords service,
            @Option(
                            names = {"-s", "--scheduler"},
                            paramLabel = "NAME",
                            description = "rr, wrr or wlc.")
                    Optional<String> scheduler,
            @Option(
                            names = "--timeout",
                            paramLabel = "SECONDS",
                            description = "Idle time; 0 for the defaults.")
                    Optional<String> timeout,
            @Option(
                            names = "--refusal",
                            paramLabel = "WORD",
                            description =
                                    "What a client hears that cannot be served: reject or drop.")
                    Optional<String> refusal,
            @Option(
                            names = "--removal",
                            paramLabel = "WORD",
                            description = "Connections of a removed server: drain or end.")
                    Optional<String> removal,
            @Option(
                            names = "--timeouts",
                            paramLabel = "STATE=SECONDS[,...]",
                            description = "Idle times by state; 0 for the balancer's; dns, none.")
                    Optional<String> timeouts) {
        return Steps.editService(
                service.key(),
                scheduler.map(Values::scheduler),
                timeout.map(text -> Values.timeoutSeconds("--timeout", text)),
                before -> Values.policy(before, refusal, removal, timeouts));
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
            name = "zero",
            description = "Lets the counts of a service, or of all, begin at 0 again.",
            mixinStandardHelpOptions = true)
    Request zero(@Mixin OptionalServiceWords service) {
        return Request.edit(new Change.ZeroCounters(service.key()));
    }
}
