// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.io.IOException;
import java.nio.channels.Channel;
import java.time.Duration;

/// One client's connection and what it is waited for. The thread that serves the connection changes
/// the phase, the guard's looks at it. Thread-safe.
final class GuardedSocket {
    /// The connection that the running thread serves.
    static final ScopedValue<GuardedSocket> CURRENT = ScopedValue.newInstance();

    /// What a connection is waited for.
    enum Phase {
        /// Its next request line.
        IDLE,
        /// The rest of its request.
        READING,
        /// The balancer itself.
        WORKING,
        /// That it takes its answer.
        WRITING
    }

    /// A phase, since when it lasts, and when it must be over; read and replaced as a whole.
    private record State(Phase phase, long sinceNs, long limitNs) {}

    private final Channel channel;
    private final Limits limits;
    private final NanoTime clock;
    private volatile State state;

    /// Reads a clock.
    @FunctionalInterface
    interface NanoTime {
        /// Nanoseconds since an arbitrary origin.
        long now();
    }

    GuardedSocket(Channel channel, Limits limits, NanoTime clock) {
        this.channel = channel;
        this.limits = limits;
        this.clock = clock;
        state = begun(Phase.IDLE, limits.first());
    }

    private State begun(Phase phase, Duration limit) {
        return new State(phase, clock.now(), limit.toNanos());
    }

    /// Goes over to another phase, or begins the same one anew.
    void enter(Phase phase) {
        state =
                switch (phase) {
                    case IDLE -> begun(phase, limits.idle());
                    case READING -> begun(phase, limits.request());
                    case WORKING -> begun(phase, Duration.ofNanos(Long.MAX_VALUE));
                    case WRITING -> begun(phase, limits.write());
                };
    }

    /// How long it has kept the server waiting.
    ///
    /// @return nanoseconds; -1 while the server works for it
    long waitedNs(long nowNs) {
        State now = state;
        return now.phase() == Phase.WORKING ? -1 : Math.max(0, nowNs - now.sinceNs());
    }

    /// Whether its next request line is waited for.
    boolean isIdle() {
        return state.phase() == Phase.IDLE;
    }

    /// Whether a request is waited for or only begun: what fails now is the client's doing.
    boolean isBeingRead() {
        Phase phase = state.phase();
        return phase == Phase.IDLE || phase == Phase.READING;
    }

    boolean isOverdue(long nowNs) {
        State now = state;
        return now.phase() != Phase.WORKING && nowNs - now.sinceNs() > now.limitNs();
    }

    /// Who is at the other end, in words.
    String peer() {
        return Peer.describe(channel);
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /// Ends the connection; a thread that reads or writes it wakes up with an exception.
    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to give back.
        }
    }
}
