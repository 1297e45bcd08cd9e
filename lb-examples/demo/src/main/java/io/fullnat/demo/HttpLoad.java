// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.text.Reason;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Clients that ask for a small page again and again. Each answer says whom the server saw, which
/// must be a local address of the balancer.
final class HttpLoad {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final long AFTER_FAILURE_NS = Duration.ofMillis(100).toNanos();
    private static final int REQUESTS_PER_CONNECTION = 200;
    private static final int SERVER_ERROR = 500;

    private final Endpoint service;
    private final Set<String> localAddresses;
    private final BooleanSupplier running;

    /// @param service where to ask
    /// @param localAddresses whom the servers may see
    /// @param running asked before each request
    HttpLoad(Endpoint service, Set<String> localAddresses, BooleanSupplier running) {
        this.service = service;
        this.localAddresses = Set.copyOf(localAddresses);
        this.running = running;
    }

    /// One request after the other, many over each connection.
    void keepAlive(TrafficLog log) {
        while (running.getAsBoolean()) {
            long startNs = System.nanoTime();
            try (HttpConnection connection = HttpConnection.open(service, TIMEOUT)) {
                boolean good = true;
                for (int i = 0;
                        good && i < REQUESTS_PER_CONNECTION && running.getAsBoolean();
                        i++) {
                    startNs = System.nanoTime();
                    good = judge(connection.get("/"), startNs, log);
                }
            } catch (IOException e) {
                failed(e, startNs, log);
            }
        }
    }

    /// One connection for each request.
    ///
    /// @param interval between the starts of two
    void onePerConnection(TrafficLog log, Duration interval) {
        long dueNs = System.nanoTime();
        while (running.getAsBoolean()) {
            long startNs = System.nanoTime();
            try (HttpConnection connection = HttpConnection.open(service, TIMEOUT)) {
                judge(connection.getAndClose("/"), startNs, log);
            } catch (IOException e) {
                failed(e, startNs, log);
            }
            dueNs = Math.max(dueNs + interval.toNanos(), System.nanoTime() - interval.toNanos());
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }

    /// @return whether the server may be asked again over the same connection
    private boolean judge(HttpReply reply, long startNs, TrafficLog log) {
        String body = reply.body().strip();
        String peer = body.substring(body.indexOf(' ') + 1);
        if (reply.status() >= SERVER_ERROR) {
            log.unanswered(startNs, "status " + reply.status());
            LockSupport.parkNanos(AFTER_FAILURE_NS);
            return false;
        }
        if (reply.status() != 200) {
            log.failed("status " + reply.status());
        } else if (!localAddresses.contains(peer)) {
            log.failed("the server answered \"" + body + "\", which names no local address");
        } else {
            log.answered(System.nanoTime() - startNs);
        }
        return true;
    }

    private static void failed(IOException e, long startNs, TrafficLog log) {
        log.unanswered(startNs, Reason.of(e));
        LockSupport.parkNanos(AFTER_FAILURE_NS);
    }
}
