// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.balancer.cli.output.LiveTraceListing;
import io.fullnat.balancer.cli.output.TraceListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat trace`.
@Command(
        name = "trace",
        description = {
            "Where a packet would go, and why: gate, connection, service, lists, limits,",
            "persistence, server, local address, route and neighbour, each in words. A copy of the",
            "balancer in memory says how it ends; nothing of the running one is changed.",
            "With --client: packets of a client as they pass, each with how it ended, its",
            "connection, and where it went, until Ctrl-C."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat trace tcp:198.51.100.7:40000:192.0.2.80:80",
            "  fullnat trace --frame 020000000001... --json",
            "  fullnat trace --client 198.51.100.7 --count 10"
        })
final class TraceCommand implements Callable<Request> {
    private static final int MAX_HEX = 2 * 65_536;

    @Parameters(
            paramLabel = "TUPLE",
            arity = "0..1",
            description = {
                "PROTO:ADDRESS:PORT:ADDRESS:PORT, the packet's source first; of IPv6 in brackets."
            })
    private Optional<String> tuple = Optional.empty();

    @Option(names = "--frame", paramLabel = "HEX", description = "An Ethernet frame instead.")
    private Optional<String> frame = Optional.empty();

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = {
                "Where it arrives, a port or PORT.VLAN; of a frame the port whose MAC address it",
                "bears, else where the route to its source leads, if not said."
            })
    private Optional<String> device = Optional.empty();

    @Option(
            names = "--client",
            paramLabel = "ADDRESS[/BITS]",
            description = {
                "Packets of this client or network instead, as they pass, on both sides;",
                "repeatable."
            })
    private List<String> clients = List.of();

    @Option(
            names = "--count",
            paramLabel = "N",
            description = "With --client: end after so many packets.")
    private Optional<String> count = Optional.empty();

    @Option(
            names = "--seconds",
            paramLabel = "S",
            description = "With --client: end after so long, 0.1 to 86400.")
    private Optional<String> seconds = Optional.empty();

    @Option(names = "--json", description = "As JSON; with --client an object a line.")
    private boolean json;

    TraceCommand() {}

    @Override
    public Request call() {
        if (!clients.isEmpty()) {
            return live();
        }
        if (tuple.isPresent() == frame.isPresent()) {
            throw Refusal.invalid(
                    "say which packet: TUPLE, or --frame HEX; or whose, as they pass: --client"
                            + " ADDRESS");
        }
        if (count.isPresent() || seconds.isPresent()) {
            throw Refusal.invalid("--count and --seconds are for --client: one packet is one");
        }
        return new Request.Show(
                new TraceListing(
                        tuple.map(Values::socketPair),
                        frame.map(TraceCommand::digits),
                        device,
                        json));
    }

    private Request live() {
        if (tuple.isPresent() || frame.isPresent() || device.isPresent()) {
            throw Refusal.invalid(
                    "--client shows packets as they pass: no TUPLE, --frame or --port with it");
        }
        return new Request.Show(
                new LiveTraceListing(
                        clients.stream().map(Values::prefix).toList(),
                        count.map(text -> Values.number("--count", text, 1, Integer.MAX_VALUE))
                                .orElse(0),
                        seconds.map(text -> Values.interval("--seconds", text)),
                        json));
    }

    private static String digits(String hex) {
        String digits = hex.replaceAll("[:\\s]", "");
        boolean right =
                digits.length() <= MAX_HEX
                        && digits.length() % 2 == 0
                        && digits.matches("[0-9a-fA-F]+");
        if (!right) {
            throw Refusal.invalid("--frame: not the bytes of a frame in hexadecimal digits");
        }
        return digits;
    }
}
