// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// What uses one [TcpConnection]. All methods are called from within [SimulatedHost#doWork(long)];
/// they may send, close and open connections.
public interface TcpApplication {
    /// The connection is established.
    ///
    /// @param connection this application's
    default void onOpen(TcpConnection connection) {}

    /// Bytes arrived, in order, each once.
    ///
    /// @param connection this application's
    /// @param data the next bytes of the stream, not shared
    void onData(TcpConnection connection, byte[] data);

    /// The peer will send no more. Closes this end too, unless overridden.
    ///
    /// @param connection this application's
    default void onPeerClosed(TcpConnection connection) {
        connection.close();
    }

    /// The connection is over; called once. An orderly end is told as soon as both FINs are
    /// acknowledged, before TIME_WAIT is over.
    ///
    /// @param connection this application's
    /// @param end how it ended
    default void onEnd(TcpConnection connection, TcpEnd end) {}
}
