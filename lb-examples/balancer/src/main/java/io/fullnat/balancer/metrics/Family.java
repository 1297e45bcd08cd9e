// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import java.util.List;

/// One metric with all its series: what it is called, and what it says. Immutable and thread-safe.
///
/// @param name without the `_total` of a counter, the `_info` of information
/// @param kind what can be done with its values
/// @param help one line
/// @param labels by which its series differ, in the order of their values
/// @param inMicros whether the values of a [Table] are microseconds, which it writes as seconds
record Family(String name, Kind kind, String help, List<String> labels, boolean inMicros) {
    /// What can be done with a metric's values.
    enum Kind {
        /// Only grows, or begins again at 0.
        COUNTER,
        /// Is as it is now.
        GAUGE,
        /// Counts by size.
        HISTOGRAM,
        /// Nobody says.
        UNKNOWN,
        /// Is always 1: its labels tell.
        INFO
    }

    Family {
        labels = List.copyOf(labels);
    }

    Family(String name, Kind kind, String help, List<String> labels) {
        this(name, kind, help, labels, false);
    }

    /// A gauge of seconds that a [Table] gets in microseconds.
    static Family time(String name, String help, String... labels) {
        return new Family(name + "_seconds", Kind.GAUGE, help, List.of(labels), true);
    }

    static Family counter(String name, String help, String... labels) {
        return new Family(name, Kind.COUNTER, help, List.of(labels));
    }

    static Family gauge(String name, String help, String... labels) {
        return new Family(name, Kind.GAUGE, help, List.of(labels));
    }

    static Family histogram(String name, String help, String... labels) {
        return new Family(name, Kind.HISTOGRAM, help, List.of(labels));
    }

    static Family unknown(String name, String help, String... labels) {
        return new Family(name, Kind.UNKNOWN, help, List.of(labels));
    }

    static Family info(String name, String help, String... labels) {
        return new Family(name, Kind.INFO, help, List.of(labels));
    }

    /// As Prometheus calls it.
    String shown() {
        return switch (kind) {
            case COUNTER -> name + "_total";
            case INFO -> name + "_info";
            case GAUGE, HISTOGRAM, UNKNOWN -> name;
        };
    }
}
