// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.Endpoint;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.core.simulation.TcpApplication;
import io.fullnat.core.simulation.TcpConnection;
import io.fullnat.core.simulation.TcpEnd;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A simulated client that asks for small pages, one after the other. Each answer says whom the
/// server saw, which must be a local address of the balancer. Belongs to its host's thread.
final class SimulatedHttp {
    /// What a server says that cannot serve.
    static final String SERVER_ERROR =
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

    private static final long AFTER_FAILURE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BODY_LENGTH = 64;
    private static final byte[] REQUEST =
            ("GET /1/" + BODY_LENGTH + " HTTP/1.1\r\nHost: demo\r\n\r\n").getBytes(ISO_8859_1);
    private static final Pattern ANSWER =
            Pattern.compile(
                    "HTTP/1\\.1 200 OK\r\nContent-Length: "
                            + BODY_LENGTH
                            + "\r\nX-Peer: \\[?([0-9a-f.:]+?)]?:[0-9]+\r\n\r\n.{"
                            + BODY_LENGTH
                            + "}",
                    Pattern.DOTALL);

    private final SimulatedHost host;
    private final Endpoint service;
    private final Set<String> localAddresses;
    private final int requestsPerConnection;
    private final long intervalNs;
    private final TrafficLog log;
    private final BooleanSupplier running;
    private boolean connected;
    private long dueNs;

    /// @param host asks
    /// @param service whom
    /// @param requestsPerConnection after so many a new connection is opened
    /// @param intervalNs at least between the starts of two connections
    /// @param log gets what the client meets
    /// @param running asked before each request
    SimulatedHttp(
            SimulatedHost host,
            Endpoint service,
            int requestsPerConnection,
            long intervalNs,
            TrafficLog log,
            BooleanSupplier running) {
        this.host = host;
        this.service = service;
        this.localAddresses = Scenario.localAddresses();
        this.requestsPerConnection = requestsPerConnection;
        this.intervalNs = intervalNs;
        this.log = log;
        this.running = running;
    }

    /// Opens a connection if it is time to.
    void doWork(long nowNs) {
        if (!connected && running.getAsBoolean() && nowNs - dueNs >= 0) {
            connected = true;
            dueNs = nowNs + intervalNs;
            host.tcp().connect(service, new Session());
        }
    }

    /// Whether no connection is open.
    boolean isIdle() {
        return !connected;
    }

    private final class Session implements TcpApplication {
        private final StringBuilder answer = new StringBuilder();
        private long sentNs = System.nanoTime();
        private int answered;
        private boolean expected = true;

        @Override
        public void onOpen(TcpConnection connection) {
            // The first request's time includes the handshake.
            connection.send(REQUEST);
        }

        @Override
        public void onData(TcpConnection connection, byte[] data) {
            answer.append(new String(data, ISO_8859_1));
            if (answer.toString().equals(SERVER_ERROR)) {
                log.unanswered(sentNs, "status 500");
                dueNs = System.nanoTime() + AFTER_FAILURE_NS;
                expected = false;
                connection.close();
                return;
            }
            Matcher matcher = ANSWER.matcher(answer);
            if (!matcher.lookingAt()) {
                return;
            }
            answered++;
            judge(matcher.group(1));
            answer.setLength(0);
            expected = answered < requestsPerConnection && running.getAsBoolean();
            if (expected) {
                sentNs = System.nanoTime();
                connection.send(REQUEST);
            } else {
                connection.close();
            }
        }

        private void judge(String peer) {
            if (localAddresses.contains(peer)) {
                log.answered(System.nanoTime() - sentNs);
            } else {
                log.failed("the server saw " + peer + ", which is no local address");
            }
        }

        @Override
        public void onEnd(TcpConnection connection, TcpEnd end) {
            connected = false;
            if (expected || end != TcpEnd.ORDERLY) {
                dueNs = System.nanoTime() + AFTER_FAILURE_NS;
                log.unanswered(
                        sentNs, connection + " ended " + end + " after " + answered + " answers");
            }
        }
    }
}
