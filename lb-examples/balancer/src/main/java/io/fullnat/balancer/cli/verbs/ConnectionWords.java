// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The words that say which connections are meant; all that are given must hold.
final class ConnectionWords {
    @Mixin private OptionalServiceWords service = new OptionalServiceWords();

    @Option(
            names = "--tuple",
            paramLabel = "TUPLE",
            description = {
                "The one of this tuple, PROTO:ADDRESS:PORT:ADDRESS:PORT,",
                "in either direction and on either side."
            })
    private Optional<String> tuple = Optional.empty();

    @Option(
            names = "--server",
            paramLabel = "SERVER",
            description = "Those to a real server, ADDRESS:PORT or ADDRESS; IPv6 in brackets.")
    private Optional<String> server = Optional.empty();

    @Option(
            names = "--client",
            paramLabel = "NETWORK",
            description = "Those of a client or a network of clients, ADDRESS[/LENGTH].")
    private Optional<String> client = Optional.empty();

    @Option(names = "--local", paramLabel = "ADDRESS", description = "Those by a local address.")
    private Optional<IpAddress> local = Optional.empty();

    ConnectionWords() {}

    ConnectionFilter filter() {
        return new ConnectionFilter(
                service.key(),
                tuple.map(Values::socketPair),
                server.map(ConnectionWords::server),
                client.map(Values::prefix),
                local);
    }

    private static Endpoint server(String text) {
        return Values.endpoint(text, 0);
    }
}
