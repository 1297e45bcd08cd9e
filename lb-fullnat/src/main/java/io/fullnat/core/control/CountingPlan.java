// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.Plan;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// A plan whose caller wants to know how many connections ended with it.
///
/// @param plan the caller's
/// @param ended set before the caller is answered
record CountingPlan(Plan plan, AtomicLong ended) implements Plan {
    CountingPlan(Plan plan) {
        this(plan, new AtomicLong());
    }

    /// Where the number for a plan goes.
    static AtomicLong endedBy(Plan plan) {
        return plan instanceof CountingPlan counting ? counting.ended : new AtomicLong();
    }

    @Override
    public List<? extends Change> changes(DesiredState present) {
        return plan.changes(present);
    }
}
