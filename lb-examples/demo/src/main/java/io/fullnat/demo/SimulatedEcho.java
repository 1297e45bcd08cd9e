// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.core.simulation.SimulatedUdp.Datagram;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// A simulated client that sends datagrams, one at a time, and wants each back unchanged. Belongs
/// to its host's thread.
final class SimulatedEcho {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int DATAGRAMS_PER_PORT = 50;
    private static final int LENGTH = 64;

    private final SimulatedHost host;
    private final Endpoint service;
    private final TrafficLog log;
    private final BooleanSupplier running;
    private final byte[] payload = new byte[LENGTH];
    private int port;
    private int sent;
    private long sentNs;
    private boolean waiting;

    /// @param host sends
    /// @param service where to send
    /// @param log gets what the client meets
    /// @param running asked before each datagram
    SimulatedEcho(SimulatedHost host, Endpoint service, TrafficLog log, BooleanSupplier running) {
        this.host = host;
        this.service = service;
        this.log = log;
        this.running = running;
    }

    /// Sends a datagram if it is time to.
    void doWork(long nowNs) {
        if (waiting && nowNs - sentNs > TIMEOUT_NS) {
            waiting = false;
            log.lost();
        }
        if (!waiting && running.getAsBoolean()) {
            send(nowNs);
        }
    }

    /// Whether no answer is awaited.
    boolean isIdle() {
        return !waiting;
    }

    private void send(long nowNs) {
        if (sent++ % DATAGRAMS_PER_PORT == 0) {
            if (port != 0) {
                host.udp().unbind(port);
            }
            port = host.udp().freePort();
            host.udp().bind(port, this::receive);
        }
        ByteBuffer.wrap(payload).putInt(0, sent);
        host.udp().send(port, service, payload);
        sentNs = nowNs;
        waiting = true;
    }

    private void receive(Datagram datagram) {
        if (!waiting) {
            // The answer to a datagram that was given up.
            return;
        }
        waiting = false;
        if (Arrays.equals(datagram.data(), payload)) {
            log.answered(System.nanoTime() - sentNs);
        } else {
            log.failed("an echo differs from what was sent");
        }
    }
}
