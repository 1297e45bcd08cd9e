// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A UDP server in a namespace that sends every datagram back (RFC 862). Thread-safe.
public final class UdpEcho implements AutoCloseable {
    private static final int SOCKET_BUFFER = 4 << 20;
    private static final int PATIENCE_MS = 5_000;

    private final DatagramChannel channel;
    private final Peers peers = new Peers();
    private final CountDownLatch ended = new CountDownLatch(1);

    private UdpEcho(DatagramChannel channel) {
        this.channel = channel;
    }

    /// Starts a server with a thread of its own.
    ///
    /// @param namespace where it listens
    /// @param endpoint where it listens there
    /// @return the server, to be closed
    public static UdpEcho start(NetworkNamespace namespace, Endpoint endpoint) {
        UdpEcho echo =
                namespace.call(() -> {
                    DatagramChannel channel = DatagramChannel.open();
                    channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER);
                    channel.bind(
                            new InetSocketAddress(endpoint.address().toString(), endpoint.port()));
                    return new UdpEcho(channel);
                });
        namespace.start("echo " + endpoint, echo::serve);
        return echo;
    }

    private void serve() {
        ByteBuffer datagram = ByteBuffer.allocateDirect(1 << 16);
        try {
            while (true) {
                datagram.clear();
                if (channel.receive(datagram) instanceof InetSocketAddress peer) {
                    peers.saw(peer.getAddress());
                    channel.send(datagram.flip(), peer);
                }
            }
        } catch (ClosedChannelException ended) {
            // The way out: close() was called.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ended.countDown();
        }
    }

    /// Whom it saw.
    ///
    /// @return goes on counting
    public Peers peers() {
        return peers;
    }

    /// Returns when the port is free: the kernel holds it until the thread that waits for a
    /// datagram has left the call.
    @Override
    public void close() {
        try {
            channel.close();
            if (!ended.await(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the echo server has not ended");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
