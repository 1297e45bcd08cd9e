// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import java.io.IOException;

/// The socket of a TCP connection that is being opened. Its handshake is answered by data or by a
/// reset, not by an acknowledgement alone, so that the server's program never hears of a connection
/// that only was to be seen. For one thread.
interface ConnectSocket {
    /// Begins.
    ///
    /// @return whether it is open already
    /// @throws IOException if it cannot be opened
    boolean connect() throws IOException;

    /// Whether it is open.
    ///
    /// @throws IOException if it cannot be opened
    boolean isOpen() throws IOException;

    /// Says something by a connection that is open.
    void write(byte[] bytes) throws IOException;

    /// Ends it, by a reset: thousands of probes leave no connection in TIME-WAIT and no port taken.
    void reset();
}
