// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Route;
import io.fullnat.balancer.cli.output.NetworkTables;
import io.fullnat.balancer.cli.output.RouteListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
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
            "  fullnat route add default wan --via fe80::1",
            "  fullnat route remove default -6",
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
                            description =
                                    "ADDRESS/LENGTH, or \"default\" for 0.0.0.0/0 or ::/0, as"
                                            + " the gateway's family or -4, -6 say.")
                    String network,
            @Mixin Family family,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.") String device,
            @Option(
                            names = "--via",
                            paramLabel = "GATEWAY",
                            description = "The next hop; none if the network is on the link.")
                    Optional<IpAddress> via) {
        Optional<String> of = family.given().or(() -> via.map(IpAddress::family));
        IpPrefix destination =
                destination(network, family.given(), of)
                        .orElseThrow(() ->
                                Refusal.invalid(
                                        "\"default\" is 0.0.0.0/0 or ::/0: add --via GATEWAY, -4"
                                                + " or -6"));
        return Request.edit(
                new Change.AddRoute(new Route(destination, via, Values.device(device))));
    }

    @Command(
            name = "remove",
            description = "Removes a static route.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Parameters(
                            paramLabel = "NETWORK",
                            description =
                                    "ADDRESS/LENGTH, or \"default\" for 0.0.0.0/0 or ::/0: -4"
                                            + " or -6 if there are both.")
                    String network,
            @Mixin Family family) {
        return destination(network, family.given(), family.given())
                .map(destination -> Request.edit(new Change.RemoveRoute(destination)))
                .orElseGet(Steps::removeDefaultRoute);
    }

    /// A network, the default route's of a family too.
    ///
    /// @param given the family that the line says
    /// @param of the family that it means
    /// @return empty for the default route of a family that is not known
    private static Optional<IpPrefix> destination(
            String network, Optional<String> given, Optional<String> of) {
        if (network.equals("default")) {
            return of.map(Steps::everywhere);
        }
        IpPrefix prefix = Values.prefix(network);
        given.filter(said -> !said.equals(prefix.address().family()))
                .ifPresent(said -> {
                    throw Refusal.invalid(
                            prefix + " is " + prefix.address().family() + ", not " + said);
                });
        return Optional.of(prefix);
    }

    /// Of which family a network is.
    static final class Family {
        @Option(names = "-4", description = "\"default\" is 0.0.0.0/0.")
        private boolean ipv4;

        @Option(names = "-6", description = "\"default\" is ::/0.")
        private boolean ipv6;

        Family() {}

        Optional<String> given() {
            if (ipv4 && ipv6) {
                throw Refusal.invalid("-4 and -6 exclude each other");
            }
            return ipv4
                    ? Optional.of(Ipv4Address.ANY.family())
                    : ipv6 ? Optional.of(Ipv6Address.ANY.family()) : Optional.empty();
        }
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
