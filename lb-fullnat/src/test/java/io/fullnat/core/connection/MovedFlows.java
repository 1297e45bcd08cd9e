// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

/// Flows of tests of other packages whose numbers are moved.
public final class MovedFlows {
    private MovedFlows() {}

    /// Lets a flow say what is moved of its segments.
    ///
    /// @param flow memory of one
    /// @return its kind
    public static int near(long flow, boolean acknowledgement, int number, int stamp, int window) {
        MovedFlow.near(flow, acknowledgement, number, stamp, window);
        return MovedFlow.kind(flow);
    }
}
