package io.fullnat.api.control;

import java.util.List;

/// Makes a transaction of the state it meets: what to change so that a service has one more server,
/// whatever else has been changed a moment ago.
///
/// Called once, on the control thread, with the state that the changes will be applied to, so no
/// other transaction can come in between. It must be quick and must not wait.
@FunctionalInterface
public interface Plan {
    /// Decides what to change.
    ///
    /// @param present the state in force
    /// @return changes in order; none if nothing is to be done
    /// @throws io.fullnat.api.BalancerException to refuse: the transaction then fails with it
    List<? extends Change> changes(DesiredState present);
}
