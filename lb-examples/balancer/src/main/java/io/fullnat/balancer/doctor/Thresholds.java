// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.time.Duration;

/// From where on something is found. Those that alert rules have, too, are the same there.
final class Thresholds {
    /// Of a worker's time that goes into work.
    static final double BUSY = 0.9;

    /// Of a worker's connection table.
    static final double TABLE = 0.9;

    /// Of the packets received, those dropped.
    static final double DROPPED = 0.01;

    /// Of a port's packet buffers, those free: below.
    static final double BUFFERS_FREE = 0.1;

    /// Of the packets received, those that go on to another worker.
    static final double HANDED_OVER = 0.5;

    /// How many times as much as the average the busiest worker gets.
    static final double UNEVEN = 2;

    /// Packets between two readings below which shares say nothing.
    static final long FEW_PACKETS = 1_000;

    /// Of the files that a process may open, those open.
    static final double OPEN_FILES = 0.8;

    /// Of the memory that a cgroup may have, that in use.
    static final double MEMORY = 0.9;

    /// Of the heap of the JVM, what is in use: full collections come often then.
    static final double HEAP = 0.9;

    /// Of a table of neighbours.
    static final double NEIGHBOURS = 0.8;

    /// How many neighbours a worker knows at most (docs/operations.md).
    static final int MOST_NEIGHBOURS = 8_192;

    /// Services from which on the default heap is small (docs/tuning.md).
    static final int MANY_SERVICES = 20_000;

    /// Heap that so many services need.
    static final long HEAP_OF_MANY = 2L << 30;

    /// Until a certificate ends: warning.
    static final Duration CERTIFICATE_SOON = Duration.ofDays(30);

    /// Until a certificate ends: fault.
    static final Duration CERTIFICATE_NOW = Duration.ofDays(3);

    private Thresholds() {}
}
