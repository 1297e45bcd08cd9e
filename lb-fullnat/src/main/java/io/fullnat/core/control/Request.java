// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.TransactionFunction;
import java.util.List;

/// What a caller waits for.
sealed interface Request {
    /// What is asked.
    TransactionFunction function();

    /// What the caller gets.
    Answer<?> answer();

    /// When it is too late, on the balancer's clock.
    long deadlineNs();

    record Apply(TransactionFunction function, Answer<Void> answer, long deadlineNs)
            implements Request {}

    record Check(TransactionFunction function, Answer<List<Change>> answer, long deadlineNs)
            implements Request {}

    /// Whether the caller does not want it any more.
    default boolean isCancelled() {
        return answer().isDone();
    }
}
