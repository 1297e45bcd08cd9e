// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// Sends all bytes back and closes when the peer does.
public final class EchoApplication implements TcpApplication {
    /// An application for one connection.
    public EchoApplication() {}

    @Override
    public void onData(TcpConnection connection, byte[] data) {
        connection.send(data);
    }
}
