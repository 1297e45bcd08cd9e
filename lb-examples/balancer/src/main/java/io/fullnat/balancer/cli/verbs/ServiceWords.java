// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/// The first two words of a verb that is about one service.
final class ServiceWords {
    @Parameters(index = "0", paramLabel = "PROTOCOL", description = "tcp or udp")
    private @Nullable Protocol protocol;

    @Parameters(index = "1", paramLabel = "SERVICE", description = ServiceName.DESCRIPTION)
    private @Nullable ServiceName service;

    ServiceWords() {}

    /// The service; picocli has refused a line without it.
    ServiceKey key() {
        return Objects.requireNonNull(service).key(Objects.requireNonNull(protocol));
    }
}
