// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.dpip;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.balancer.cli.dpip.DpipWords.Arguments;
import io.fullnat.balancer.cli.dpip.DpipWords.Flag;
import io.fullnat.balancer.cli.output.AddressListing;
import io.fullnat.balancer.cli.output.LinkListing;
import io.fullnat.balancer.cli.output.NeighbourListing;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.cli.output.RouteListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.text.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// `dpip`: DPVS's grammar of links, addresses, routes, neighbours and sets over this balancer.
public final class Dpip {
    /// Objects that are not built, with what can be done instead.
    static final Map<String, String> MISSING_OBJECTS =
            Map.ofEntries(
                    Map.entry("vlan", "a device port.vlan (as in lan.100) is there as it is used"),
                    Map.entry("tunnel", "only FullNAT is forwarded"),
                    Map.entry("qsch", "traffic is not shaped"),
                    Map.entry("cls", "traffic is not shaped"),
                    Map.entry("ipv6", "\"counters\" has what is counted of packets"),
                    Map.entry("iftraf", "\"connection list --json\" has each connection's traffic"),
                    Map.entry("eal-mem", "memory is not shown"),
                    Map.entry("flow", "return traffic needs no flow rules"),
                    Map.entry("maddr", "groups are joined as addresses need them"),
                    Map.entry("lldp", "there is no LLDP"));

    private final DpipWords words;

    private Dpip(DpipWords words) {
        this.words = words;
    }

    /// What a line asks for.
    ///
    /// @param line the words after `dpip`
    /// @throws io.fullnat.api.BalancerException if the line is wrong or asks for what is not built
    public static Request parse(List<String> line) {
        return new Dpip(DpipWords.parse(line)).request();
    }

    private Request request() {
        List<String> all = words.words();
        if (words.has(Flag.VERSION)) {
            return new Request.Text("dpip of fullnat " + ProductVersion.text() + "\n");
        }
        if (words.has(Flag.HELP) || all.isEmpty() || all.equals(List.of("help"))) {
            return new Request.Text(DpipHelp.text());
        }
        String object = all.get(0);
        if (MISSING_OBJECTS.containsKey(object)) {
            throw Refusal.unsupported(
                    "\"" + object + "\" is not supported: " + MISSING_OBJECTS.get(object));
        }
        if (!DpipHelp.OBJECTS.contains(object)) {
            throw Refusal.invalid(
                    "unknown object \""
                            + object
                            + "\""
                            + Spelling.hint(object, DpipHelp.OBJECTS)
                            + "; there are link, addr, route, neigh, ipset");
        }
        if (all.size() == 1) {
            throw Refusal.invalid(object + " needs a verb; see \"dpip " + object + " help\"");
        }
        String verb = all.get(1);
        if (verb.equals("help")) {
            return new Request.Text(DpipHelp.text(object));
        }
        if (object.equals("ipset")) {
            return DpipSets.parse(words);
        }
        boolean mayForce = object.equals("addr") && Set.of("del", "flush").contains(verb);
        if (words.has(Flag.FORCE) && !mayForce) {
            throw Refusal.unsupported(
                    "--force is not supported: it belongs to ipset, and to addr del and flush");
        }
        if (!Set.of("show", "list").contains(verb)) {
            words.flags().stream()
                    .filter(flag -> flag != Flag.FORCE)
                    .findFirst()
                    .ifPresent(flag -> {
                        throw Refusal.invalid(
                                object + " " + verb + " takes no option; options are for show");
                    });
        }
        return switch (object) {
            case "link" -> link(verb);
            case "addr" -> address(verb);
            case "route" -> route(verb);
            default -> neighbour(verb);
        };
    }

    private Request link(String verb) {
        switch (verb) {
            case "show", "list" -> {}
            case "set", "change" ->
                    throw Refusal.unsupported(
                            "link set is not supported: ports are set up by the configuration"
                                    + " file");
            case "add", "del" ->
                    throw Refusal.unsupported(
                            "link " + verb + " is not supported: there are no bonding devices");
            default -> throw unknown("link", verb);
        }
        Arguments arguments = words.arguments(Set.of(), Set.of("status", "-i"));
        arguments
                .bare()
                .filter(name -> name.matches("cpu[0-9]*"))
                .ifPresent(name -> {
                    throw Refusal.unsupported(
                            "link show " + name + " is not supported; see \"counters --worker\"");
                });
        return new Request.Show(
                new LinkListing(
                        arguments.bare().map(Values::device),
                        words.has(Flag.STATISTICS),
                        words.has(Flag.VERBOSE),
                        words.has(Flag.JSON)));
    }

    private Request address(String verb) {
        return switch (verb) {
            case "show", "list" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                yield new Request.Show(
                        new AddressListing(
                                arguments.value("dev").map(Values::device),
                                words.family(),
                                words.has(Flag.STATISTICS),
                                words.has(Flag.VERBOSE),
                                words.has(Flag.JSON)));
            }
            case "add" -> Steps.addAddress(interfaceAddress());
            case "del" ->
                    Request.edit(new Change.RemoveAddress(withoutEnd(), words.has(Flag.FORCE)));
            case "flush" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                yield Steps.flushAddresses(
                        Values.device(arguments.needed("dev")),
                        words.family(),
                        words.has(Flag.FORCE));
            }
            case "replace" -> Steps.replaceAddress(interfaceAddress());
            case "set", "change" ->
                    throw Refusal.unsupported(
                            "addr " + verb + " is not supported: use addr replace");
            default -> throw unknown("addr", verb);
        };
    }

    private InterfaceAddress withoutEnd() {
        InterfaceAddress address = interfaceAddress();
        if (!address.lifetime().isForever()) {
            throw Refusal.unsupported("a lifetime is not supported in addr del; leave it out");
        }
        return address;
    }

    private InterfaceAddress interfaceAddress() {
        Arguments arguments =
                words.without("sapool")
                        .arguments(
                                Set.of(
                                        "dev",
                                        "valid_lft",
                                        "prefered_lft",
                                        "preferred_lft",
                                        "scope"),
                                Set.of("broadcast"));
        // A local address has its ports from the service that lists it.
        if (arguments.value("preferred_lft").isPresent()
                && arguments.value("prefered_lft").isPresent()) {
            throw Refusal.unsupported(
                    "preferred_lft and prefered_lft together are not supported; give one");
        }
        Optional<Long> valid = arguments.value("valid_lft").map(AddressLifetime::parse);
        Optional<Long> preferred =
                arguments
                        .value("preferred_lft")
                        .or(() -> arguments.value("prefered_lft"))
                        .map(AddressLifetime::parse);
        IpPrefix prefix = Values.prefix(arguments.neededBare("an address"));
        words.address(prefix.address());
        requireDefault(arguments, "scope", isLinkLocal(prefix) ? "link" : "global");
        return new InterfaceAddress(prefix, Values.device(arguments.needed("dev")))
                .withLifetime(AddressLifetime.of(valid, preferred));
    }

    private static boolean isLinkLocal(IpPrefix prefix) {
        return prefix.address() instanceof Ipv6Address v6 && v6.isLinkLocal();
    }

    private static void requireDefault(Arguments arguments, String keyword, String only) {
        arguments
                .value(keyword)
                .filter(value -> !value.equals(only))
                .ifPresent(value -> {
                    throw Refusal.unsupported(
                            "\"" + keyword + " " + value + "\" is not supported, only " + only);
                });
    }

    private Request route(String verb) {
        Set<String> missing = Set.of("local", "tos", "table");
        return switch (verb) {
            case "show", "list" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                yield new Request.Show(
                        new RouteListing(
                                arguments.value("dev").map(Values::device),
                                words.family(),
                                words.has(Flag.JSON)));
            }
            case "add" -> {
                Arguments arguments =
                        words.arguments(
                                Set.of("via", "dev", "src", "scope", "metric", "mtu"), missing);
                Optional<IpAddress> gateway = gateway(arguments);
                requireDefault(arguments, "scope", gateway.isPresent() ? "global" : "link");
                requireDefault(arguments, "metric", "0");
                yield Steps.addRoute(
                        new Route(
                                destination(arguments, gateway),
                                gateway,
                                Values.device(arguments.needed("dev"))),
                        arguments.value("mtu"),
                        arguments.value("src").map(Values::address).map(words::address));
            }
            case "del" -> {
                Arguments arguments =
                        words.arguments(
                                Set.of("via", "dev"), Set.of("src", "local", "tos", "table"));
                Optional<IpAddress> gateway = gateway(arguments);
                yield Steps.removeRoute(
                        destination(arguments, gateway),
                        gateway,
                        arguments.value("dev").map(Values::device));
            }
            case "flush" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                yield Steps.flushRoutes(Values.device(arguments.needed("dev")), words.family());
            }
            case "set", "change", "replace" ->
                    throw Refusal.unsupported(
                            "route " + verb + " is not supported: delete the route and add it");
            default -> throw unknown("route", verb);
        };
    }

    private Optional<IpAddress> gateway(Arguments arguments) {
        return arguments.value("via").map(Values::address).map(words::address);
    }

    private IpPrefix destination(Arguments arguments, Optional<IpAddress> gateway) {
        return words.destination(arguments.neededBare("a network or \"default\""), gateway);
    }

    private Request neighbour(String verb) {
        return switch (verb) {
            case "show", "list" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                yield new Request.Show(
                        new NeighbourListing(
                                arguments.value("dev").map(Values::device),
                                words.family(),
                                words.has(Flag.JSON)));
            }
            case "add" -> {
                Arguments arguments = words.arguments(Set.of("lladdr", "dev"), Set.of());
                IpAddress address =
                        words.address(Values.address(arguments.neededBare("an address")));
                yield Request.edit(
                        new Change.SetNeighbour(
                                new Neighbour(
                                        address,
                                        MacAddress.parse(arguments.needed("lladdr")),
                                        Values.device(arguments.needed("dev")))));
            }
            case "del" -> {
                Arguments arguments = words.arguments(Set.of("lladdr", "dev"), Set.of());
                IpAddress address =
                        words.address(Values.address(arguments.neededBare("an address")));
                Optional<MacAddress> mac = arguments.value("lladdr").map(MacAddress::parse);
                yield Steps.removeNeighbour(address, Values.device(arguments.needed("dev")), mac);
            }
            case "flush" -> {
                Arguments arguments = words.arguments(Set.of("dev"), Set.of());
                arguments.refuseBare();
                words.family()
                        .ifPresent(family -> {
                            throw Refusal.unsupported(
                                    "neigh flush is of both families; leave -4, -6 and -f out");
                        });
                yield Steps.flushNeighbours(arguments.value("dev").map(Values::device));
            }
            case "set", "change", "replace" ->
                    throw Refusal.unsupported(
                            "neigh " + verb + " is not supported; \"neigh add\" replaces");
            default -> throw unknown("neigh", verb);
        };
    }

    private static RuntimeException unknown(String object, String verb) {
        List<String> verbs = List.of("show", "list", "add", "del", "flush", "replace", "set");
        return Refusal.invalid(
                "unknown verb \""
                        + verb
                        + "\""
                        + Spelling.hint(verb, verbs)
                        + "; see \"dpip "
                        + object
                        + " help\"");
    }
}
