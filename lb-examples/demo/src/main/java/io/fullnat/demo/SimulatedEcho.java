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
    /// On a machine with other work the threads of hosts and balancer stand for a second at times.
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);

    private static final int DATAGRAMS_PER_PORT = 50;
    private static final int LENGTH = 64;

    private final SimulatedHost host;
    private final Endpoint service;
    private final TrafficLog log;
    private final BooleanSupplier running;
    private final byte[] payload = new byte[LENGTH];
    private int port;
    private int sent;
    private int left;
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

    /// Sends a datagram if it is time to. An answer that came late is another's if the next
    /// datagram has the same source, so that one has a new port.
    ///
    /// @param nowNs of before the host handled what had arrived
    void doWork(long nowNs) {
        if (waiting && nowNs - sentNs > TIMEOUT_NS) {
            waiting = false;
            leavePort();
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
        if (left == 0) {
            leavePort();
            port = host.udp().freePort();
            host.udp().bind(port, this::receive);
            left = DATAGRAMS_PER_PORT;
        }
        left--;
        ByteBuffer.wrap(payload).putInt(0, ++sent);
        host.udp().send(port, service, payload);
        sentNs = nowNs;
        waiting = true;
    }

    private void leavePort() {
        host.udp().unbind(port);
        left = 0;
    }

    private void receive(Datagram datagram) {
        if (!waiting) {
            log.failed("an echo came twice");
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
