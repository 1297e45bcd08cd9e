// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.Endpoint;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/// A client of [UdpEcho] with one datagram under way at a time.
///
/// For one thread at a time. The thread that opens it decides in which namespace it is.
public final class UdpClient implements AutoCloseable {
    private final DatagramSocket socket;
    private final byte[] buffer = new byte[1 << 16];

    /// Opens a socket that hears only the server.
    ///
    /// @param server where to send
    /// @param timeout how long to wait for an answer
    /// @throws SocketException if no socket can be made
    public UdpClient(Endpoint server, Duration timeout) throws SocketException {
        socket = new DatagramSocket();
        socket.connect(new InetSocketAddress(server.address().toString(), server.port()));
        socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
    }

    /// Sends a datagram and waits for one.
    ///
    /// @param payload what to send
    /// @return what came back, empty if nothing did in time
    /// @throws IOException if the socket says so, for example for an ICMP error
    public Optional<byte[]> exchange(byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length));
        DatagramPacket answer = new DatagramPacket(buffer, buffer.length);
        try {
            socket.receive(answer);
        } catch (SocketTimeoutException nothing) {
            return Optional.empty();
        }
        return Optional.of(Arrays.copyOf(buffer, answer.getLength()));
    }

    @Override
    public void close() {
        socket.close();
    }
}
