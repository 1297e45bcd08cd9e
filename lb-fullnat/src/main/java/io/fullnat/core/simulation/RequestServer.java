// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves random bytes over a small part of HTTP/1.1, with connections kept open:
///
/// ```
///   GET /<seed>/<length> HTTP/1.1          HTTP/1.1 200 OK
///   (headers are ignored)                  Content-Length: <length>
///                                          X-Peer: <the endpoint that the server saw>
///
///                                          <bytes>
/// ```
///
/// Anything else is answered with `400` and the end of the connection. One object a connection:
/// `host.tcp().listen(80, RequestServer::new)`.
public final class RequestServer implements TcpApplication {
    private static final Pattern REQUEST =
            Pattern.compile(
                    "GET /(-?[0-9]{1,18})/([0-9]{1,8}) HTTP/1\\.1\r\n(?:[^\r\n]+\r\n)*\r\n");

    private static final String END_OF_REQUEST = "\r\n\r\n";
    private static final int MAX_REQUEST_LENGTH = 8192;

    private final StringBuilder waiting = new StringBuilder();
    private boolean refused;

    /// A server for one connection.
    public RequestServer() {}

    @Override
    public void onData(TcpConnection connection, byte[] data) {
        if (refused) {
            return;
        }
        waiting.append(new String(data, ISO_8859_1));
        int end = waiting.indexOf(END_OF_REQUEST);
        while (end >= 0) {
            String request = waiting.substring(0, end + END_OF_REQUEST.length());
            waiting.delete(0, request.length());
            Matcher matcher = REQUEST.matcher(request);
            if (!matcher.matches()) {
                refuse(connection);
                return;
            }
            answer(
                    connection,
                    Long.parseLong(matcher.group(1)),
                    Integer.parseInt(matcher.group(2)));
            end = waiting.indexOf(END_OF_REQUEST);
        }
        if (waiting.length() > MAX_REQUEST_LENGTH) {
            refuse(connection);
        }
    }

    private static void answer(TcpConnection connection, long seed, int length) {
        String header =
                "HTTP/1.1 200 OK\r\nContent-Length: "
                        + length
                        + "\r\nX-Peer: "
                        + connection.peer()
                        + END_OF_REQUEST;
        byte[] head = header.getBytes(ISO_8859_1);
        byte[] response = Arrays.copyOf(head, head.length + length);
        System.arraycopy(Body.of(seed, length), 0, response, head.length, length);
        connection.send(response);
    }

    private void refuse(TcpConnection connection) {
        refused = true;
        waiting.setLength(0);
        connection.send(
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".getBytes(ISO_8859_1));
        connection.close();
    }
}
