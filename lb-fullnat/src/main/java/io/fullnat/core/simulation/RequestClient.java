// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.Endpoint;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Opens connections to a [RequestServer], sends requests and compares every byte of the answers.
/// Belongs to the host's thread.
///
/// ```java
/// RequestClient client = new RequestClient(host, Endpoint.of("192.0.2.1", 80),
///         new RequestLoad(1000, 50, 3, 20_000, seed));
/// client.start();
/// while (!client.isDone()) { ...drive hosts and clock... }
/// assert client.failures().isEmpty();
/// ```
public final class RequestClient {
    private static final Pattern RESPONSE =
            Pattern.compile(
                    "HTTP/1\\.1 200 OK\r\nContent-Length: ([0-9]+)\r\nX-Peer: (\\S+)\r\n\r\n");

    private final SimulatedHost host;
    private final Endpoint server;
    private final RequestLoad load;
    private final RandomGenerator random;
    private final List<String> failures = new ArrayList<>();
    private final Set<String> peersSeenByServer = new LinkedHashSet<>();
    private int started;
    private int ended;
    private int completedRequests;

    /// A client that does nothing yet.
    ///
    /// @param host opens the connections
    /// @param server where to
    /// @param load how many of what
    public RequestClient(SimulatedHost host, Endpoint server, RequestLoad load) {
        this.host = host;
        this.server = server;
        this.load = load;
        random = RandomGeneratorFactory.of("L64X128MixRandom").create(load.seed());
    }

    /// Opens the first connections; the others follow as these end.
    public void start() {
        while (started < load.connections() && started - ended < load.concurrent()) {
            started++;
            host.tcp().connect(server, new Session(started));
        }
    }

    /// Whether all connections have ended, well or not.
    ///
    /// @return true when nothing is left to do
    public boolean isDone() {
        return ended == load.connections();
    }

    /// How many requests got the right answer.
    ///
    /// @return at the end `connections` times `requestsPerConnection`, unless something failed
    public int completedRequests() {
        return completedRequests;
    }

    /// How many connections have ended.
    ///
    /// @return 0 to the number of connections
    public int endedConnections() {
        return ended;
    }

    /// What went wrong, a line each.
    ///
    /// @return a copy, empty if nothing did
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /// The endpoints that the server says it talks to.
    ///
    /// @return a copy, in order of arrival
    public Set<String> peersSeenByServer() {
        return new LinkedHashSet<>(peersSeenByServer);
    }

    private final class Session implements TcpApplication {
        private final int number;
        private final ByteArrayOutputStream response = new ByteArrayOutputStream();
        private int answered;
        private byte[] expected = {};
        private boolean failed;

        private Session(int number) {
            this.number = number;
        }

        @Override
        public void onOpen(TcpConnection connection) {
            request(connection);
        }

        private void request(TcpConnection connection) {
            long seed = random.nextInt();
            int length = random.nextInt(load.maxBodyLength() + 1);
            expected = Body.of(seed, length);
            String request =
                    "GET /" + seed + "/" + length + " HTTP/1.1\r\nHost: " + server + "\r\n\r\n";
            connection.send(request.getBytes(ISO_8859_1));
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            response.writeBytes(data);
            if (response.size() < expected.length) {
                return;
            }
            byte[] bytes = response.toByteArray();
            Matcher matcher = RESPONSE.matcher(new String(bytes, ISO_8859_1));
            if (!matcher.lookingAt() || bytes.length < matcher.end() + expected.length) {
                return;
            }
            byte[] body = Arrays.copyOfRange(bytes, matcher.end(), bytes.length);
            if (!Arrays.equals(body, expected)) {
                fail(connection, "got a wrong body of " + body.length + " bytes");
                connection.abort();
                return;
            }
            peersSeenByServer.add(matcher.group(2));
            completedRequests++;
            answered++;
            response.reset();
            if (answered < load.requestsPerConnection()) {
                request(connection);
            } else {
                connection.close();
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd end) {
            if (end != TcpEnd.ORDERLY || answered < load.requestsPerConnection()) {
                fail(connection, "ended " + end);
            }
            ended++;
            start();
        }

        private void fail(TcpConnection connection, String how) {
            if (!failed) {
                failed = true;
                failures.add(
                        "connection "
                                + number
                                + " from "
                                + connection.local()
                                + " "
                                + how
                                + " after "
                                + answered
                                + " answers and "
                                + response.size()
                                + " bytes of the next");
            }
        }
    }
}
