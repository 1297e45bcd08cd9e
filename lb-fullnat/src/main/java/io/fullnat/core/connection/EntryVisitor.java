// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

/// Gets entries.
@FunctionalInterface
public interface EntryVisitor {
    /// Called for a connection.
    ///
    /// @param entry the connection
    void visit(long entry);
}
