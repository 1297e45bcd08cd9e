// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ServerLoads;

/// Loads of which all that [LoadMeasure] asks of a server is read at once: for schedulers that look
/// at several servers for each connection.
public interface CountedLoads extends ServerLoads {
    /// What is counted of a server.
    ///
    /// @param server its index
    /// @return its established connections in the upper half, the others in the lower one; -1 if it
    ///   is not usable
    long counts(int server);
}
