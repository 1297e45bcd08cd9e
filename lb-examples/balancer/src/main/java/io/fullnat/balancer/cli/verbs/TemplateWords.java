// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.TemplateFilter;
import io.fullnat.balancer.cli.request.Values;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The words that say which templates are meant; all that are given must hold.
final class TemplateWords {
    @Mixin private OptionalServiceWords service = new OptionalServiceWords();

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

    TemplateWords() {}

    TemplateFilter filter() {
        return new TemplateFilter(
                service.key(),
                server.map(text -> Values.endpoint(text, 0)),
                client.map(Values::prefix));
    }
}
