// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import java.util.List;

/// Makes a transaction of the state it meets: what to change so that a service has one more server,
/// whatever else has been changed a moment ago.
///
/// Called once, with the state that the changes will be applied to: no other transaction comes in
/// between. A started balancer asks on a thread for functions, a built one on the thread that
/// drives it. Other transactions wait meanwhile, so it should be quick; one that takes longer than
/// a transaction may is given up, its thread interrupted, and what it answers then is forgotten. It
/// must not wait for a transaction, which would be for itself ([Control#apply(Change...)] throws).
@FunctionalInterface
public interface TransactionFunction {
    /// Decides what to change.
    ///
    /// @param present the state in force
    /// @return changes in order; none if nothing is to be done
    /// @throws io.fullnat.api.BalancerException to refuse: the transaction then fails with it
    List<? extends Change> changes(DesiredState present);
}
