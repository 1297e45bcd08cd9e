// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.dpip;

import io.fullnat.balancer.cli.request.WatchOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What `dpip --help` and `dpip OBJECT help` print.
public final class DpipHelp {
    public static final List<String> OBJECTS = List.of("link", "addr", "route", "neigh", "ipset");

    private DpipHelp() {}

    /// The verbs of an object.
    public static List<String> verbs(String object) {
        return switch (object) {
            case "link" -> List.of("show", "help");
            case "ipset" -> Stream.concat(DpipSets.VERBS.stream(), Stream.of("help")).toList();
            default -> List.of("show", "add", "del", "flush", "help");
        };
    }

    /// The words that may follow a verb, other than addresses and names.
    public static List<String> keywords(String object, String verb) {
        if (object.equals("ipset")) {
            return switch (verb) {
                case "create" -> List.of("range", "hashsize", "maxelem", "family", "comment");
                case "add" -> List.of("nomatch", "comment", "--force");
                case "del" -> List.of("--force");
                case "test" -> List.of("--verbose");
                case "show", "list" -> List.of("--verbose", "--json", WatchOption.NAME);
                default -> List.of();
            };
        }
        return switch (verb) {
            case "show" ->
                    object.equals("link")
                            ? List.of("--stats", "--verbose", "--json", WatchOption.NAME)
                            : List.of("dev", "--stats", "--verbose", "--json", WatchOption.NAME);
            case "add", "del" ->
                    switch (object) {
                        case "route" -> List.of("default", "via", "dev");
                        case "neigh" -> List.of("lladdr", "dev");
                        default -> List.of("dev");
                    };
            case "flush" -> List.of("dev");
            default -> List.of();
        };
    }

    static String text() {
        return """
        Usage: fullnat dpip [OPTION...] OBJECT VERB [ARGUMENT...]
        The grammar of DPVS's dpip. Options may stand anywhere.

        """
                + OBJECTS.stream().map(DpipHelp::lines).collect(Collectors.joining())
                + """

                Options of show
                  -s, --stats    numbers: traffic of links, ports of local addresses
                  -v, --verbose  more of it
                  -j, --json     JSON
                      --watch SECONDS
                                 again and again, so many seconds apart (0.1 to 86400)
                Others
                  -4, -f inet    only IPv4; default is 0.0.0.0/0
                  -6, -f inet6   only IPv6; default is ::/0
                  -h, --help     -V, --version

                Examples:
                  fullnat dpip addr add 10.0.1.1/24 dev lan
                  fullnat dpip route add default via 192.0.2.254 dev wan
                  fullnat dpip -6 route add default via fe80::1 dev wan
                  fullnat dpip addr show -s
                  fullnat dpip link show -s --watch 1

                Other objects of DPVS are refused by name. The exit status is 0 only if all was done:
                2 wrong line, 3 not supported, 20 port, 21-23 address, 24-25 route, 26 neighbour,
                28-29 and 31-33 set.
                """;
    }

    static String text(String object) {
        return "Usage: fullnat dpip " + object + " VERB\n" + lines(object);
    }

    private static String lines(String object) {
        return switch (object) {
            case "link" -> "  link  show [DEVICE]\n";
            case "ipset" ->
                    """
                      ipset create NAME TYPE [range RANGE] [family inet|inet6]
                            [hashsize N] [maxelem N] [comment]
                      ipset add NAME ENTRY [nomatch] [comment TEXT] [--force]
                      ipset del NAME ENTRY [--force]
                      ipset test NAME ENTRY [--verbose]
                      ipset show [NAME]
                      ipset flush|destroy|reload NAME
                      ipset rename NAME NEW
                      ipset swap NAME OTHER
                      ipset save [NAME]
                      ipset restore
                    """;
            case "addr" ->
                    """
                      addr  show [dev DEVICE]
                      addr  add|replace ADDRESS[/LENGTH] dev DEVICE
                            [valid_lft SECONDS] [preferred_lft SECONDS]
                      addr  del ADDRESS[/LENGTH] dev DEVICE [--force]
                      addr  flush dev DEVICE [--force]
                    """;
            case "route" ->
                    """
                      route show [dev DEVICE]
                      route add NETWORK|default [via GATEWAY] dev DEVICE [src ADDRESS]
                      route del NETWORK|default [via GATEWAY] [dev DEVICE]
                      route flush dev DEVICE
                    """;
            default ->
                    """
                      neigh show [dev DEVICE]
                      neigh add ADDRESS lladdr MAC dev DEVICE
                      neigh del ADDRESS dev DEVICE
                      neigh flush [dev DEVICE]
                    """;
        };
    }
}
