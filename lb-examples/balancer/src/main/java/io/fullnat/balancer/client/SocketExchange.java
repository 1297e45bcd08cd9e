// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/// One request over a Unix socket and its answer, in HTTP/1.1. No library's client: loading one
/// takes several times as long as all else that a command does (docs/performance.md).
final class SocketExchange implements AutoCloseable {
    private static final int MAX_HEADERS = 100;
    private static final int MAX_ERROR = 65_536;

    private final SocketChannel channel;

    /// Connects.
    ///
    /// @throws IOException if nobody listens there
    SocketExchange(Path socket) throws IOException {
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Whether the connection stands.
    boolean isOpen() {
        return channel.isOpen();
    }

    /// What came back.
    ///
    /// @param status of HTTP
    /// @param body ends without an error only where the sender ended it
    record Answer(int status, InputStream body) {}

    /// Sends JSON and reads the answer's head.
    ///
    /// @throws IOException if the connection or the answer breaks off, or the answer is no HTTP
    Answer post(String path, byte[] json) throws IOException {
        String head =
                "POST "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: "
                        + json.length
                        + "\r\n\r\n";
        send(head.getBytes(StandardCharsets.US_ASCII));
        send(json);
        return read(MAX_ERROR); // with a length it is an error only
    }

    /// Asks for a page.
    ///
    /// @param path with its query, in printable ASCII
    /// @param most bytes of it that are read
    /// @throws IOException if the connection or the answer breaks off, or the answer is no HTTP
    Answer get(String path, int most) throws IOException {
        return get(path, "", most);
    }

    /// @param headers further ones, each with its line end
    Answer get(String path, String headers, int most) throws IOException {
        String head =
                "GET "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + headers
                        + "\r\n";
        send(head.getBytes(StandardCharsets.US_ASCII));
        return read(most);
    }

    private void send(byte[] bytes) throws IOException {
        for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            channel.write(left);
        }
    }

    /// @param most bytes of a body that has a length
    private Answer read(int most) throws IOException {
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        String[] status = ChunkedBody.readLine(in).split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.") || !isNumber(status[1])) {
            throw new IOException("the answer is no HTTP");
        }
        boolean chunked = false;
        int length = 0;
        int headers = 0;
        for (String line = ChunkedBody.readLine(in);
                !line.isEmpty();
                line = ChunkedBody.readLine(in)) {
            if (++headers > MAX_HEADERS) {
                throw new IOException("the answer has more than " + MAX_HEADERS + " headers");
            }
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("transfer-encoding:") && header.endsWith("chunked")) {
                chunked = true;
            } else if (header.startsWith("content-length:")) {
                String value = header.substring(header.indexOf(':') + 1).strip();
                length = isNumber(value) ? Integer.parseInt(value) : 0;
            }
        }
        // Bodies with a length are read at once, as far as they come.
        InputStream body =
                chunked
                        ? new ChunkedBody(in)
                        : new ByteArrayInputStream(in.readNBytes(Math.min(length, most)));
        return new Answer(Integer.parseInt(status[1]), body);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty()
                && text.length() <= 9
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
