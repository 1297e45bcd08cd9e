// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.cli.request.Refusal;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/// The two words of a verb that is about one service, or about all if they are not given.
final class OptionalServiceWords {
    @Parameters(index = "0", arity = "0..1", paramLabel = "PROTOCOL", description = "tcp or udp")
    private Optional<Protocol> protocol = Optional.empty();

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SERVICE",
            description = ServiceName.DESCRIPTION)
    private Optional<ServiceName> service = Optional.empty();

    OptionalServiceWords() {}

    /// The service, empty for all.
    ///
    /// @throws io.fullnat.api.BalancerException if only one word is given
    Optional<ServiceKey> key() {
        if (protocol.isPresent() && service.isEmpty()) {
            throw Refusal.invalid(
                    "a service is two words: tcp or udp, and ADDRESS:PORT (as in tcp"
                            + " 192.0.2.80:80)");
        }
        return protocol.map(known -> service.orElseThrow().key(known));
    }
}
