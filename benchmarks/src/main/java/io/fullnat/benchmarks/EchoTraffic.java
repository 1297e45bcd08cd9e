// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks;

import io.fullnat.api.Endpoint;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.simulation.SimulatedHost;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A client that sends datagrams to a virtual service at a steady pace and counts the answers, and
/// the server that gives them, on a thread of their own.
final class EchoTraffic {
    private static final int ECHO_PORT = 7;
    private static final int CLIENT_PORT = 5000;
    private static final long INTERVAL_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);

    private final SimulatedHost client;
    private final SimulatedHost server;
    private final Endpoint service;
    private final Thread thread = new Thread(this::drive, "traffic");
    private volatile boolean sending = true;
    private long sent;
    private long answered;

    /// @param io with a wire `out` to the client and a wire `in` to the server
    /// @param service where the client sends to
    /// @param serverAddress with its prefix
    EchoTraffic(InMemoryIo io, Endpoint service, String serverAddress) {
        this.service = service;
        client =
                SimulatedHost.at(io.wire("out").far(), io.buffers())
                        .address("198.18.0.2/24")
                        .gateway("198.18.0.1")
                        .start();
        server = SimulatedHost.at(io.wire("in").far(), io.buffers()).address(serverAddress).start();
        server.udp().echo(ECHO_PORT);
        client.udp().bind(CLIENT_PORT, datagram -> answered++);
    }

    void start() {
        thread.start();
    }

    private void drive() {
        long next = System.nanoTime();
        long end = 0;
        byte[] data = new byte[18];
        while (true) {
            long now = System.nanoTime();
            if (sending && now - next >= 0) {
                client.udp().send(CLIENT_PORT, service, data);
                sent++;
                next += INTERVAL_NS;
            }
            if (!sending) {
                end = end == 0 ? now + PATIENCE_NS : end;
                if (answered == sent || now - end >= 0) {
                    return;
                }
            }
            if (client.doWork(now) + server.doWork(now) == 0 && now - next < 0) {
                LockSupport.parkNanos(INTERVAL_NS / 2);
            }
        }
    }

    /// Stops sending and waits for the last answers.
    ///
    /// @return what came of it
    String stop() throws InterruptedException {
        sending = false;
        thread.join();
        return sent + " datagrams sent meanwhile, " + (sent - answered) + " lost";
    }
}
