// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.service.ClientNetworks;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.IdleMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The threads that forward. Immutable and thread-safe.
///
/// @param count how many, each with its own queue of every port
/// @param cpus where they stay, one a worker; empty to leave that to the system
/// @param connections how many connections each worker can hold
/// @param templates how many persistence templates all workers together can hold
/// @param idle what they do while there is nothing to do, if the file says so
/// @param modified how many connections of a worker can be modified at once; empty for all
/// @param clientNetworks how large the network is that counts as one client's
/// @param cookieSecrets the file with secrets of SYN cookies; empty for one that nobody else has
public record WorkerSettings(
        int count,
        List<Integer> cpus,
        int connections,
        int templates,
        Optional<IdleMode> idle,
        Optional<Integer> modified,
        ClientNetworks clientNetworks,
        Optional<Path> cookieSecrets) {
    /// One worker that is not pinned, with the engine's number of connections.
    public static final WorkerSettings DEFAULT =
            new WorkerSettings(
                    1,
                    List.of(),
                    BalancerBuilder.DEFAULT_CONNECTIONS,
                    BalancerBuilder.DEFAULT_TEMPLATES,
                    Optional.empty(),
                    Optional.empty(),
                    ClientNetworks.DEFAULT,
                    Optional.empty());

    /// Copies the list.
    public WorkerSettings {
        cpus = List.copyOf(cpus);
    }
}
