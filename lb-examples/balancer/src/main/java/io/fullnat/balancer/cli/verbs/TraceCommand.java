// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.balancer.cli.output.TraceListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.pcap.FrameText;
import java.util.HexFormat;
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
            "Where a packet would go, and why: connection, service, lists, persistence, servers,",
            "local addresses, route and neighbour, each in words. Nothing is changed by it."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat trace tcp:198.51.100.7:40000:192.0.2.80:80",
            "  fullnat trace --frame 020000000001... --json"
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

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    TraceCommand() {}

    @Override
    public Request call() {
        if (tuple.isPresent() == frame.isPresent()) {
            throw Refusal.invalid("say which packet: TUPLE, or --frame HEX");
        }
        if (tuple.isPresent()) {
            return new Request.Show(
                    new TraceListing(Values.socketPair(tuple.get()), List.of(), json));
        }
        byte[] bytes = bytes(frame.orElseThrow());
        FrameHeaders headers = new FrameHeaders(bytes);
        if (!headers.hasPorts() || headers.isFragment()) {
            throw Refusal.invalid(
                    "the frame (" + FrameText.of(bytes) + ") is no whole packet of TCP or UDP");
        }
        FlowTuple found =
                new FlowTuple(
                        headers.protocol() == FrameHeaders.TCP ? Protocol.TCP : Protocol.UDP,
                        new Endpoint(headers.source(), headers.sourcePort()),
                        new Endpoint(headers.destination(), headers.destinationPort()));
        return new Request.Show(new TraceListing(found, List.of(FrameText.of(bytes)), json));
    }

    private static byte[] bytes(String hex) {
        String digits = hex.replaceAll("[:\\s]", "");
        try {
            if (digits.length() > MAX_HEX) {
                throw new IllegalArgumentException("too long");
            }
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid("--frame: not the bytes of a frame in hexadecimal digits");
        }
    }
}
