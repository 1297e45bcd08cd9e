// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Takes questions at a socket, and does not answer. For one thread.
final class Hanging implements AutoCloseable {
    private final ServerSocketChannel server =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private @Nullable SocketChannel client;

    Hanging(Path socket) throws IOException {
        server.bind(UnixDomainSocketAddress.of(socket));
    }

    /// Returns once a question has come.
    void awaitQuestion() throws IOException {
        client = server.accept();
        assertThat(client.read(ByteBuffer.allocate(1))).isOne();
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (client != null) {
            client.close();
        }
    }
}
