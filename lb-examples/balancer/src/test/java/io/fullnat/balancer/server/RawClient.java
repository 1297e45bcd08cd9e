// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// A client that sends exactly the bytes it is told, at the time it is told.
final class RawClient implements AutoCloseable {
    private final SocketChannel channel;

    RawClient(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
    }

    RawClient send(String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
        return this;
    }

    /// Sends, and says that nothing follows.
    RawClient sendLast(String bytes) throws IOException {
        try {
            send(bytes);
            channel.shutdownOutput();
        } catch (IOException e) {
            // The server has had enough of it.
        }
        return this;
    }

    /// A whole request with headers and body; the connection ends with the answer.
    RawClient ask(String verb, String target, String body) throws IOException {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return send(
                verb
                        + " "
                        + target
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + (length == 0
                                ? ""
                                : "Content-Type: application/json\r\nContent-Length: "
                                        + length
                                        + "\r\n")
                        + "\r\n"
                        + body);
    }

    /// The next bytes, exactly so many.
    String read(int bytes) throws IOException {
        return new String(
                Channels.newInputStream(channel).readNBytes(bytes), StandardCharsets.UTF_8);
    }

    /// All that comes until the server ends the connection.
    String readAll() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            Channels.newInputStream(channel).transferTo(all);
        } catch (IOException e) {
            // The server ended it while something was still on its way to it.
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    static String answer(Path socket, String verb, String target, String body) throws IOException {
        try (RawClient client = new RawClient(socket)) {
            return client.ask(verb, target, body).readAll();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
