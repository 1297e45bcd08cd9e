// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

/// Told when a flow of a [FlowTable] ends.
@FunctionalInterface
public interface FlowListener {
    /// The flow has been idle too long, or was removed. Called on the table's thread, from within
    /// [FlowTable#expire] or [FlowTable#remove]: it can find other flows and count in them, but
    /// neither open nor end any.
    ///
    /// @param flow a cursor on the direction by which it was opened, good during the call
    void ended(Flow flow);
}
