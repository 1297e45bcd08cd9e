// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.output.Column;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What `ipvsadm --help` prints.
final class IpvsHelp {
    private static final int USAGE_COLUMN = 24;
    private static final int USAGE_WIDTH = 52;

    /// With places for what the attributes have to say.
    private static final String TEXT =
            """
            Usage: fullnat ipvsadm COMMAND [OPTION...]
            The grammar of DPVS's ipvsadm. SERVICE is -t ADDRESS:PORT (TCP) or -u ADDRESS:PORT (UDP),
            with FIRST-LAST for a range of ports, 0 for all; or -f [tcp:|udp:]GROUP.
            IPv6 stands in brackets beside a port: [2001:db8::80]:80; -r always takes brackets.

            Services
              -A, --add-service     {SERVICE}
              -E, --edit-service    as -A
              -D, --delete-service  SERVICE
              -C, --clear           all services
              -Z, --zero            [SERVICE]
            Real servers
              -a, --add-server      {SERVER}
              -e, --edit-server     {SERVER}
              -d, --delete-server   SERVICE -r ADDRESS:PORT
            Local addresses (source addresses towards the real servers)
              -P, --add-laddr       -z ADDRESS SERVICE -F DEVICE
              -Q, --del-laddr       -z ADDRESS SERVICE -F DEVICE [--force]
                  --flush-laddr     SERVICE [--force]
              -G, --get-laddr       [SERVICE] [--cpu N] [--json]
            Clients kept out (-U, -V, -B) and admitted (-O, -Y, -W)
              -U, --add-blklst      SERVICE -k ADDRESS[/LENGTH]
              -V, --del-blklst      SERVICE -k ADDRESS[/LENGTH]
              -B, --get-blklst      [SERVICE] [--json]
              -O, --add-whtlst      SERVICE -2 ADDRESS[/LENGTH]
              -Y, --del-whtlst      SERVICE -2 ADDRESS[/LENGTH]
              -W, --get-whtlst      [SERVICE] [--json]
            Lists
              -L, -l, --list        [SERVICE] [--stats|--rate|--thresholds|--persistent-conn]
                                    [-X] [--nosort] [--cpu N] [--json]
              -L -c                 [--sockpair PROTO:ADDRESS:PORT:ADDRESS:PORT] [--cpu N] [--json]
              -S, --save            all services as lines for -R
              -R, --restore         reads such lines; all of them are done, or none
              -h, --help            -v, --version

            Options
            {OF SERVICES}\
              -b, --fullnat         FullNAT: the only way of forwarding, and the default (DPVS's is -g)
            {OF SERVERS}\
              -6, --ipv6            SERVICE is of IPv6; its address says so anyway
                  --force           end the connections of a local address instead of draining it
              -X, --exact           full numbers
              -n, --numeric         is always so: names of hosts and services are neither read nor shown
                  --cpu             the worker, from 1; 0 is all
                  --watch SECONDS   of -L, -G, -B, -W, -S: again and again, so many seconds apart
                                    (0.1 to 86400)

            An edit keeps what is not given. Options of DPVS whose feature is missing are refused by name.

            Examples:
              fullnat ipvsadm -A -t 192.0.2.80:80 -s wrr
              fullnat ipvsadm -P -z 10.0.1.100 -t 192.0.2.80:80 -F lan
              fullnat ipvsadm -a -t 192.0.2.80:80 -r 10.0.1.11:8080 -b -w 10
              fullnat ipvsadm -Ln --stats
              fullnat ipvsadm -Ln --rate --watch 2
              fullnat ipvsadm -Sn > rules; fullnat ipvsadm -R < rules

            The exit status is 0 only if all was done: 2 wrong line, 3 not supported, 10 no such service,
            12 real server, 14 local address, 20 port; all of them: docs/commands.md
            """;

    private IpvsHelp() {}

    static String text() {
        Set<String> told = new HashSet<>();
        return TEXT.replace("{SERVICE}", usage("SERVICE", ServiceAttributes.ALL))
                .replace("{SERVER}", usage("SERVICE -r ADDRESS:PORT [-b]", ServerAttributes.ALL))
                .replace("{OF SERVICES}", options(ServiceAttributes.ALL, told))
                .replace("{OF SERVERS}", options(ServerAttributes.ALL, told));
    }

    /// Words and options, in lines below each other.
    private static <T> String usage(String words, List<Attribute<T, ?>> attributes) {
        StringBuilder usage = new StringBuilder(words);
        int length = words.length();
        for (Attribute<T, ?> attribute : attributes) {
            String next = attribute.ipvsadmUsage();
            boolean fits = length + 1 + next.length() <= USAGE_WIDTH;
            usage.append(fits ? " " : "\n" + " ".repeat(USAGE_COLUMN)).append(next);
            length = (fits ? length + 1 : 0) + next.length();
        }
        return usage.toString();
    }

    /// A line for each option that was not told of before.
    private static <T> String options(List<Attribute<T, ?>> attributes, Set<String> told) {
        StringBuilder lines = new StringBuilder();
        for (Attribute<T, ?> attribute : attributes) {
            if (told.add(attribute.ipvsadmOption())) {
                lines.append(
                                attribute
                                        .letter()
                                        .map(letter -> "  -" + letter + ", ")
                                        .orElse("      "))
                        .append(Column.left("--" + attribute.ipvsadmOption(), 16))
                        .append("  ")
                        .append(attribute.ipvsadmHelp())
                        .append('\n');
            }
        }
        return lines.toString();
    }
}
