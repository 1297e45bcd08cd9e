// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

/// What a worker knows about the real servers of a service while it schedules. Indices are those of
/// the list that [SchedulerFactory#create(java.util.List, SchedulerContext)] got.
///
/// The connection counts are those of all workers, read from what each counts for itself: those of
/// others may be a little older than its own, and with many workers and servers it costs something
/// to read all of them.
public interface ServerLoads {
    /// Whether a server may get a new connection: its weight is above 0, it is well, and it has
    /// fewer connections than it may have ([RealServer#maxConnections()]).
    ///
    /// @param server the index
    /// @return false if it must not be chosen
    boolean isUsable(int server);

    /// The share of a server that has its whole weight.
    int WHOLE_SHARE = 1 << 16;

    /// How much of its weight a server has now: less than [#WHOLE_SHARE] in slow start.
    ///
    /// @param server the index of a usable server
    /// @return 1 to [#WHOLE_SHARE]
    default int share(int server) {
        return WHOLE_SHARE;
    }

    /// Whether some server has less than its whole weight, so that [#share(int)] is worth asking.
    ///
    /// @return false if all usable servers have their whole weights
    default boolean sharesDiffer() {
        return false;
    }

    /// Connections of a server that are established.
    ///
    /// @param server the index
    /// @return the count of all workers
    int activeConnections(int server);

    /// Connections of a server in any other state.
    ///
    /// @param server the index
    /// @return the count of all workers
    int inactiveConnections(int server);

    /// How long a server takes to answer: from a client's SYN to the server's SYN-ACK, of UDP to
    /// its first answer, as the balancer sees it. A mean of what all workers measured, which longer
    /// times raise at once, shorter ones lower by and by, and that fades in some ten seconds
    /// without a measurement. Measured only if the scheduler wants it
    /// ([Scheduler#measuresAnswers()]).
    ///
    /// @param server the index
    /// @return microseconds, 1 or more; 0 if nothing is known
    default int answerMicros(int server) {
        return 0;
    }

    /// Connections that wait for the answer of a server that is measured.
    ///
    /// @param server the index
    /// @return the count of all workers; 0 if it is not measured
    default int awaitedAnswers(int server) {
        return 0;
    }
}
