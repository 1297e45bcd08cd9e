// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;

/// How many answers a worker may send, of both families together: one [AnswerLimiter] for errors,
/// one for TCP resets, one for echo replies of IPv6. What is not granted is counted.
public final class AnswerLimits {
    /// ICMP errors a second, of one worker.
    private static final int ERRORS_PER_SECOND = 1_000;

    /// TCP resets a second, of one worker. A reset is never longer than what it answers, and all
    /// clients of a service without servers wait for one.
    private static final int RESETS_PER_SECOND = 40_000;

    /// Echo replies a second, of one worker: they, too, are no longer than what they answer.
    private static final int ECHOES_PER_SECOND = 40_000;

    private final StackContext context;
    private final AnswerLimiter errors;
    private final AnswerLimiter resets;
    private final AnswerLimiter echoes;

    /// The limits of one worker.
    ///
    /// @param context of the worker
    /// @param seed secret of the limiters' hashes
    public AnswerLimits(StackContext context, long seed) {
        this.context = context;
        errors = new AnswerLimiter(ERRORS_PER_SECOND, seed);
        resets = new AnswerLimiter(RESETS_PER_SECOND, seed);
        echoes = new AnswerLimiter(ECHOES_PER_SECOND, seed);
    }

    /// Takes an error about a packet without a connection.
    ///
    /// @param high first half of its source
    /// @param low last half
    /// @param destination what it was sent to: the same word for all packets of one flood; not 0
    boolean takeError(long high, long low, long destination) {
        return counted(errors.tryTake(high, low, destination, context.nowNs()));
    }

    /// Takes an error about a packet of a known connection.
    boolean takeErrorToPeer(long high, long low) {
        return counted(errors.tryTakeForPeer(high, low, context.nowNs()));
    }

    /// Takes a reset.
    boolean takeReset(long high, long low, long destination) {
        return counted(resets.tryTake(high, low, destination, context.nowNs()));
    }

    /// Takes an echo reply.
    boolean takeEcho(long high, long low, long destination) {
        return counted(echoes.tryTake(high, low, destination, context.nowNs()));
    }

    private boolean counted(boolean granted) {
        if (!granted) {
            context.counters().count(Counter.ERRORS_SUPPRESSED);
        }
        return granted;
    }
}
