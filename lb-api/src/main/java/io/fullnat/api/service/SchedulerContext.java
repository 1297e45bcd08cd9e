// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/// For whom a scheduler is made. What the scheduler before it knew, it gets by
/// [Scheduler#resume(Scheduler, int\[\])]. Immutable and thread-safe.
///
/// @param worker the number of the worker, from 0
/// @param workers how many workers there are
/// @param seed differs between workers and services, is the same in a repeated run with the same
///   configuration and seed; for schedulers that start at or choose at random
/// @param service whose connections it schedules: protocol, virtual address and port
/// @param options of the service for its scheduler ([ServicePolicy#schedulerOptions()]); a service
///   with other options gets a new scheduler
public record SchedulerContext(
        int worker, int workers, long seed, ServiceKey service, Map<String, String> options) {
    /// Copies the options.
    public SchedulerContext {
        requireNonNull(service, "service");
        options = Map.copyOf(requireNonNull(options, "options"));
    }
}
