// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.balancer.cli.output.AccessTable;
import io.fullnat.balancer.cli.request.Request;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat deny` and `fullnat allow`.
@Command(
        description = "Clients that a service keeps out (deny), or admits and nobody else (allow).",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat deny add tcp 192.0.2.80:80 203.0.113.0/24",
            "  fullnat allow add tcp 192.0.2.80:80 198.51.100.7",
            "  fullnat deny add tcp 192.0.2.80:80 ipset:bots",
            "  fullnat deny list"
        })
final class AccessVerbs extends VerbGroup {
    private final AccessRule.Action action;

    AccessVerbs(AccessRule.Action action) {
        this.action = action;
    }

    @Command(
            name = "list",
            description = "Lists the clients of a service, or of all.",
            mixinStandardHelpOptions = true)
    Request list(
            @Mixin OptionalServiceWords service,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new AccessTable(service.key(), action, json));
    }

    @Command(
            name = "add",
            description = "Adds clients; connections of those now kept out end.",
            mixinStandardHelpOptions = true)
    Request add(
            @Mixin ServiceWords service,
            @Parameters(
                            index = "2",
                            paramLabel = "CLIENTS",
                            description = "ADDRESS, ADDRESS/LENGTH, ipset:NAME or ipset:NAME,dst")
                    Clients clients) {
        return Request.edit(
                new Change.AddAccessRule(service.key(), new AccessRule(action, clients)));
    }

    @Command(
            name = "remove",
            description = "Removes clients, as they were added.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ServiceWords service,
            @Parameters(
                            index = "2",
                            paramLabel = "CLIENTS",
                            description = "ADDRESS, ADDRESS/LENGTH, ipset:NAME or ipset:NAME,dst")
                    Clients clients) {
        return Request.edit(
                new Change.RemoveAccessRule(service.key(), new AccessRule(action, clients)));
    }
}
