// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.TransactionFunction;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A transaction function whose caller wants to know how many connections ended with it.
///
/// @param function the caller's
/// @param ended set before the caller is answered
record CountingFunction(TransactionFunction function, AtomicLong ended)
        implements TransactionFunction {
    CountingFunction(TransactionFunction function) {
        this(function, new AtomicLong());
    }

    /// Where the number for a transaction function goes.
    static AtomicLong endedBy(TransactionFunction function) {
        return function instanceof CountingFunction counting ? counting.ended : new AtomicLong();
    }

    @Override
    public List<? extends Change> changes(DesiredState present) {
        return function.changes(present);
    }
}
