// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.Endpoint;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;

/// One HTTP/1.1 connection of a client, one request after the other (RFC 9112). Unlike the JDK's
/// clients it opens exactly one TCP connection and never tries again in silence: what goes wrong is
/// seen.
///
/// For one thread at a time. The thread that opens it decides in which namespace it is.
public final class HttpConnection implements AutoCloseable {
    private static final int CHUNK = 1 << 16;

    private final SocketChannel channel;
    private final String host;
    private final InputStream in;
    private final OutputStream out;

    private HttpConnection(SocketChannel channel, String host) throws IOException {
        this.channel = channel;
        this.host = host;
        in = new BufferedInputStream(channel.socket().getInputStream(), CHUNK);
        out = channel.socket().getOutputStream();
    }

    /// Connects.
    ///
    /// @param server where to
    /// @param timeout for connecting and for each wait for an answer
    /// @return the connection, to be closed
    /// @throws IOException if the server is not reached in time
    public static HttpConnection open(Endpoint server, Duration timeout) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            int timeoutMs = Math.toIntExact(timeout.toMillis());
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket()
                    .connect(
                            new InetSocketAddress(server.address().toString(), server.port()),
                            timeoutMs);
            channel.socket().setSoTimeout(timeoutMs);
            return new HttpConnection(channel, server.toString());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /// Asks for a small page.
    ///
    /// @param path for example `/`
    /// @return the answer with its body as text
    /// @throws IOException if the answer does not come or breaks off
    public HttpReply get(String path) throws IOException {
        send("GET " + path, "");
        return reply(false);
    }

    /// Asks for a small page, the last one of this connection: the server closes it.
    ///
    /// @param path for example `/`
    /// @return the answer with its body as text
    /// @throws IOException if the answer does not come or breaks off, or the server does not close
    public HttpReply getAndClose(String path) throws IOException {
        send("GET " + path, "Connection: close\r\n");
        HttpReply reply = reply(false);
        if (in.read() >= 0) {
            throw new IOException("bytes after the answer of " + host);
        }
        return reply;
    }

    /// Asks for something large.
    ///
    /// @param path for example `/bytes/200000000`
    /// @return the answer with the SHA-256 of its body in hexadecimal as the body
    /// @throws IOException if the answer does not come or breaks off
    public HttpReply digest(String path) throws IOException {
        send("GET " + path, "");
        return reply(true);
    }

    /// Sends the first bytes of [Pattern].
    ///
    /// @param path for example `/sha256`
    /// @param length how many bytes
    /// @return the answer with its body as text
    /// @throws IOException if the answer does not come or breaks off
    public HttpReply post(String path, long length) throws IOException {
        send("POST " + path, "Content-Length: " + length + "\r\n");
        Pattern.write(out, length);
        return reply(false);
    }

    private void send(String request, String headers) throws IOException {
        String text = request + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n";
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private HttpReply reply(boolean digested) throws IOException {
        String statusLine = line();
        if (!statusLine.matches("HTTP/1\\.1 [0-9]{3}( .*)?")) {
            throw new IOException("\"" + statusLine + "\" is no HTTP status");
        }
        long length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Long.parseLong(header.substring("content-length:".length()).strip());
            }
        }
        int status = Integer.parseInt(statusLine.substring(9, 12));
        if (digested) {
            return new HttpReply(status, digestBody(length));
        }
        byte[] body = in.readNBytes(Math.toIntExact(length));
        if (body.length != length) {
            throw new EOFException("got " + body.length + " of " + length + " bytes from " + host);
        }
        return new HttpReply(status, new String(body, StandardCharsets.UTF_8));
    }

    private String digestBody(long length) throws IOException {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[CHUNK];
            for (long left = length; left > 0; ) {
                int count = in.read(chunk, 0, (int) Math.min(left, CHUNK));
                if (count < 0) {
                    throw new EOFException(left + " of " + length + " bytes missing from " + host);
                }
                sha256.update(chunk, 0, count);
                left -= count;
            }
            return HexFormat.of().formatHex(sha256.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException(host + " closed the connection before its answer was whole");
            }
            if (octet != '\r') {
                line.append((char) octet);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
