// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.balancer.cli.output.LocalAddressTable;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat laddr`.
@Command(
        name = "laddr",
        description = "Local addresses: the source addresses towards real servers.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat laddr add tcp 192.0.2.80:80 10.0.1.100 lan",
            "  fullnat laddr remove tcp 192.0.2.80:80 10.0.1.100    it drains",
            "  fullnat laddr remove tcp 192.0.2.80:80 10.0.1.100 --force",
            "  fullnat laddr list"
        })
final class LocalAddressVerbs extends VerbGroup {
    LocalAddressVerbs() {}

    @Command(
            name = "list",
            description = "Lists the local addresses of a service, or of all.",
            mixinStandardHelpOptions = true)
    Request list(
            @Mixin OptionalServiceWords service,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new LocalAddressTable(service.key(), json));
    }

    @Command(
            name = "add",
            description = "Adds a local address, and the interface address that it needs.",
            mixinStandardHelpOptions = true)
    Request add(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "ADDRESS", description = "The local address.")
                    IpAddress address,
            @Parameters(index = "3", paramLabel = "DEVICE", description = "Its port, or port.vlan.")
                    String device) {
        return Request.edit(
                new Change.AddLocalAddress(
                        service.key(), new LocalAddress(address, Values.device(device))));
    }

    @Command(
            name = "remove",
            description = "Removes a local address; it drains until its last connection ends.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Mixin ServiceWords service,
            @Parameters(index = "2", paramLabel = "ADDRESS", description = "The local address.")
                    IpAddress address,
            @Option(
                            names = "--force",
                            description = "End its connections now, also if it drains already.")
                    boolean force) {
        return force
                ? Steps.endLocalAddress(service.key(), address)
                : Steps.removeLocalAddress(service.key(), address, Optional.empty(), false);
    }

    @Command(
            name = "flush",
            description = "Removes all local addresses of a service, each as \"remove\" does.",
            mixinStandardHelpOptions = true)
    Request flush(
            @Mixin ServiceWords service,
            @Option(names = "--force", description = "End their connections now.") boolean force) {
        return Request.edit(new Change.FlushLocalAddresses(service.key(), force), force);
    }
}
