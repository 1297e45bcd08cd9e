package io.fullnat.balancer.config;

import io.fullnat.core.BalancerBuilder;
import java.util.List;

/// The threads that forward. Immutable and thread-safe.
///
/// @param count how many, each with its own queue of every port
/// @param cpus where they stay, one a worker; empty to leave that to the system
/// @param connections how many connections each worker can hold
public record WorkerSettings(int count, List<Integer> cpus, int connections) {
    /// One worker that is not pinned, with the engine's number of connections.
    public static final WorkerSettings DEFAULT =
            new WorkerSettings(1, List.of(), BalancerBuilder.DEFAULT_CONNECTIONS);

    /// Copies the list.
    public WorkerSettings {
        cpus = List.copyOf(cpus);
    }
}
