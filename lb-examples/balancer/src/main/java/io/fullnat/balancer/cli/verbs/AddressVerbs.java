// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.balancer.cli.output.AddressListing;
import io.fullnat.balancer.cli.output.NetworkTables;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat address`.
@Command(
        name = "address",
        description = "Interface addresses.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat address add 10.0.1.1/24 lan",
            "  fullnat address add 10.0.9.1/24 lan.100",
            "  fullnat address add 2001:db8:1::1/64 lan",
            "  fullnat address list"
        })
final class AddressVerbs extends VerbGroup {
    AddressVerbs() {}

    @Command(
            name = "list",
            description = "Lists addresses, those of services included.",
            mixinStandardHelpOptions = true)
    Request list(
            @Option(names = "--device", paramLabel = "DEVICE", description = "Of one device.")
                    Optional<String> device,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        Optional<String> name = device.map(Values::device);
        return new Request.Show(
                json
                        ? new AddressListing(name, Optional.empty(), true, false, true)
                        : (operations, out) -> NetworkTables.addresses(operations, name, out));
    }

    @Command(
            name = "add",
            description = "Adds an address with its network, or begins its lifetime anew.",
            mixinStandardHelpOptions = true)
    Request add(
            @Parameters(paramLabel = "ADDRESS", description = "ADDRESS or ADDRESS/LENGTH")
                    IpPrefix address,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.") String device,
            @Option(
                            names = "--kernel",
                            description = "The kernel's alone, by the interface beside the port.")
                    boolean kernel,
            @Option(
                            names = "--valid-lifetime",
                            paramLabel = "SECONDS",
                            description = "Removed after that; default: forever.")
                    Optional<String> valid,
            @Option(
                            names = "--preferred-lifetime",
                            paramLabel = "SECONDS",
                            description =
                                    "Not spoken from after that if another address fits; default:"
                                            + " as long as it is valid.")
                    Optional<String> preferred) {
        AddressLifetime lifetime =
                AddressLifetime.of(
                        valid.map(AddressLifetime::parse), preferred.map(AddressLifetime::parse));
        return Request.edit(
                new Change.AddAddress(
                        new InterfaceAddress(address, Values.device(device), kernel, lifetime)));
    }

    @Command(
            name = "remove",
            description = "Removes an address, as it was added.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Parameters(paramLabel = "ADDRESS", description = "ADDRESS or ADDRESS/LENGTH")
                    IpPrefix address,
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.") String device,
            @Option(names = "--force", description = "Also a virtual address of services.")
                    boolean force) {
        return Request.edit(
                new Change.RemoveAddress(
                        new InterfaceAddress(address, Values.device(device)), force));
    }

    @Command(
            name = "flush",
            description = "Removes all addresses of a device, or none if a service needs one.",
            mixinStandardHelpOptions = true)
    Request flush(
            @Parameters(paramLabel = "DEVICE", description = "A port, or port.vlan.") String device,
            @Option(names = "--force", description = "Also a virtual address of services.")
                    boolean force) {
        return Steps.flushAddresses(Values.device(device), Optional.empty(), force);
    }
}
