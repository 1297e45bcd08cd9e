// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Neighbour;
import io.fullnat.balancer.cli.output.NeighbourListing;
import io.fullnat.balancer.cli.output.NetworkTables;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat neighbour`.
@Command(
        name = "neighbour",
        description = "Neighbours: MAC addresses, configured or resolved.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat neighbour add 10.0.1.11 02:00:00:00:00:51 lan",
            "  fullnat neighbour list",
            "  fullnat neighbour flush --device lan"
        })
final class NeighbourVerbs extends VerbGroup {
    NeighbourVerbs() {}

    @Command(
            name = "list",
            description = "Lists what each worker knows.",
            mixinStandardHelpOptions = true)
    Request list(
            @Option(names = "--device", paramLabel = "DEVICE", description = "Of one device.")
                    Optional<String> device,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        Optional<String> name = device.map(Values::device);
        return new Request.Show(
                json
                        ? new NeighbourListing(name, Optional.empty(), true)
                        : (operations, out) -> NetworkTables.neighbours(operations, name, out));
    }

    @Command(
            name = "add",
            description = "Adds or replaces a static neighbour.",
            mixinStandardHelpOptions = true)
    Request add(
            @Parameters(paramLabel = "ADDRESS", description = "Its IP address.") IpAddress address,
            @Parameters(paramLabel = "MAC", description = "Its MAC address.") MacAddress mac,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.")
                    String device) {
        return Request.edit(
                new Change.SetNeighbour(new Neighbour(address, mac, Values.device(device))));
    }

    @Command(
            name = "flush",
            description =
                    "Forgets all that were resolved; they are asked for again. Static ones stay.",
            mixinStandardHelpOptions = true)
    Request flush(
            @Option(names = "--device", paramLabel = "DEVICE", description = "Of one device.")
                    Optional<String> device) {
        return Steps.flushNeighbours(device.map(Values::device));
    }

    @Command(
            name = "remove",
            description = "Removes a static neighbour.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Parameters(paramLabel = "ADDRESS", description = "Its IP address.") IpAddress address,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.")
                    String device) {
        return Steps.removeNeighbour(address, Values.device(device), Optional.empty());
    }
}
