package io.fullnat.api.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Changes and shows a running balancer.
///
/// **Transactions.** The changes of one call take effect together, between two bursts of each
/// worker, or not at all. When the future completes normally every worker works by the new state;
/// when it completes with a [BalancerException] the old state is in force, unchanged.
///
/// **Thread-safety:** all methods may be called from any thread, also from several at once:
/// transactions then run one after the other.
public interface Control {
    /// Applies changes without waiting.
    ///
    /// @param changes in order; each sees what those before it did
    /// @return completes when all workers have taken the change over, exceptionally with a
    ///   [BalancerException] when nothing was changed
    CompletableFuture<Void> submit(List<? extends Change> changes);

    /// Shows the state: always one that a transaction has left, never one half-way. Counters are
    /// read while the workers go on.
    ///
    /// @return a snapshot
    BalancerStatus status();

    /// Applies changes and waits until all workers have taken them over. Not to be called by the
    /// thread that drives the balancer by hand; use [#submit(List)] there.
    ///
    /// @param changes in order
    /// @throws BalancerException when nothing was changed: what is wrong, and with which value
    default void apply(Change... changes) {
        try {
            submit(List.of(changes)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof BalancerException cause) {
                throw new BalancerException(
                        cause.code(), String.valueOf(cause.getMessage()), cause);
            }
            throw new BalancerException(
                    ErrorCode.INTERNAL, "the change failed: " + failure.getCause(), failure);
        }
    }
}
