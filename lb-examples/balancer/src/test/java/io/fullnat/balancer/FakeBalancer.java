// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Answers each caller at a socket with the same bytes, and hangs up. Thread-safe.
final class FakeBalancer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern HEAD =
            Pattern.compile("(?s).*\r\nContent-Length: (\\d+)\r\n\r\n(.*)");

    private static final Pattern GET = Pattern.compile("(?s)GET .*\r\n\r\n");

    private final ServerSocketChannel server =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    private final byte[] answer;
    private final List<JsonNode> asked = new CopyOnWriteArrayList<>();

    FakeBalancer(Path socket, String answer) throws IOException {
        this(socket, answer.getBytes(UTF_8));
    }

    FakeBalancer(Path socket, byte[] answer) throws IOException {
        this.answer = answer;
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().start(this::answerAll);
    }

    /// The lines of an answer, each a chunk, and its end.
    static String chunks(String... lines) {
        StringBuilder all =
                new StringBuilder("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (String line : lines) {
            String size = Integer.toHexString(line.getBytes(UTF_8).length + 1);
            all.append(size).append("\r\n").append(line).append("\n\r\n");
        }
        return all + "0\r\n\r\n";
    }

    /// An answer that is not a stream.
    static String plain(int status, String body) {
        return "HTTP/1.1 %d Text\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, body.getBytes(UTF_8).length, body);
    }

    /// The bodies that came.
    List<JsonNode> asked() {
        return asked;
    }

    private void answerAll() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                if (read(client)) {
                    for (ByteBuffer left = ByteBuffer.wrap(answer); left.hasRemaining(); ) {
                        client.write(left);
                    }
                }
            } catch (IOException e) {
                // It hung up, or the test is over.
            }
        }
    }

    /// Reads a request.
    ///
    /// @return false if it ends early, as from one who only looks whether somebody listens
    private boolean read(SocketChannel client) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(65_536);
        while (client.read(piece.clear()) > 0) {
            request.write(piece.array(), 0, piece.position());
            if (GET.matcher(request.toString(ISO_8859_1)).matches()) {
                return true;
            }
            Matcher head = HEAD.matcher(request.toString(ISO_8859_1));
            if (head.matches() && head.group(2).length() == Integer.parseInt(head.group(1))) {
                asked.add(JSON.readTree(head.group(2).getBytes(ISO_8859_1)));
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
