// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.TemplateFilter;
import io.fullnat.balancer.cli.output.TemplateListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fullnat template`.
@Command(
        name = "template",
        description = "Persistence templates: which client goes to which real server.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat template list tcp 192.0.2.80:80",
            "  fullnat template remove tcp 192.0.2.80:80 --client 198.51.100.0/24",
            "  fullnat template remove --server 10.0.1.11:8080"
        })
final class TemplateVerbs extends VerbGroup {
    TemplateVerbs() {}

    @Command(
            name = "list",
            description = {
                "Lists templates, in no order, in the columns of connections: the client's port",
                "is 0, the state NONE."
            },
            mixinStandardHelpOptions = true)
    Request list(
            @Mixin TemplateWords templates,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new TemplateListing(templates.filter(), json));
    }

    @Command(
            name = "count",
            description = "How many templates there are of each service with persistence.",
            mixinStandardHelpOptions = true)
    Request count(@Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(TemplateListing.count(json));
    }

    @Command(
            name = "remove",
            description = {
                "Removes templates, and says how many. Live connections go on; the client's next",
                "one is scheduled anew."
            },
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin TemplateWords templates,
            @Option(names = "--all", description = "All templates of the balancer.") boolean all) {
        TemplateFilter filter = templates.filter();
        if (filter.equals(TemplateFilter.ALL) != all) {
            throw Refusal.invalid(
                    all
                            ? "--all means all templates; leave out what says which"
                            : "say which templates: tcp or udp and a service, --server or --client;"
                                    + " or --all");
        }
        return new Request.Forget(filter);
    }
}
