// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

/// Gets records.
@FunctionalInterface
public interface RecordVisitor {
    /// Called for a connection.
    ///
    /// @param record the connection
    void visit(long record);
}
