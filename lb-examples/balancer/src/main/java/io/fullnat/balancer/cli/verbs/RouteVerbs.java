// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Route;
import io.fullnat.balancer.cli.output.NetworkTables;
import io.fullnat.balancer.cli.output.RouteListing;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat route`.
@Command(
        name = "route",
        description = "Routes.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat route add default wan --via 192.0.2.254",
            "  fullnat route add ::/0 wan --via fe80::1",
            "  fullnat route remove default",
            "  fullnat route list"
        })
final class RouteVerbs extends VerbGroup {
    RouteVerbs() {}

    @Command(
            name = "list",
            description = "Lists static routes and connected networks.",
            mixinStandardHelpOptions = true)
    Request list(
            @Option(names = "--device", paramLabel = "DEVICE", description = "Of one device.")
                    Optional<String> device,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        Optional<String> name = device.map(Values::device);
        return new Request.Show(
                json
                        ? new RouteListing(name, Optional.empty(), true)
                        : (operations, out) -> NetworkTables.routes(operations, name, out));
    }

    @Command(name = "add", description = "Adds a static route.", mixinStandardHelpOptions = true)
    Request add(
            @Parameters(
                            paramLabel = "NETWORK",
                            description = "ADDRESS/LENGTH, or \"default\" for 0.0.0.0/0")
                    IpPrefix network,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.") String device,
            @Option(
                            names = "--via",
                            paramLabel = "GATEWAY",
                            description = "The next hop; none if the network is on the link.")
                    Optional<IpAddress> via) {
        return Request.edit(new Change.AddRoute(new Route(network, via, Values.device(device))));
    }

    @Command(
            name = "remove",
            description = "Removes a static route.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Parameters(
                            paramLabel = "NETWORK",
                            description = "ADDRESS/LENGTH, or \"default\" for 0.0.0.0/0")
                    IpPrefix network) {
        return Request.edit(new Change.RemoveRoute(network));
    }

    @Command(
            name = "flush",
            description = "Removes all static routes of a device.",
            mixinStandardHelpOptions = true)
    Request flush(
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.")
                    String device) {
        return Steps.flushRoutes(Values.device(device), Optional.empty());
    }
}
