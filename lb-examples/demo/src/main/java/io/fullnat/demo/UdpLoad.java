// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.text.Reason;
import io.fullnat.demo.lab.UdpClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A client that sends datagrams and wants each back unchanged.
final class UdpLoad {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final long AFTER_FAILURE_NS = Duration.ofMillis(100).toNanos();
    private static final int DATAGRAMS_PER_SOCKET = 50;
    private static final int LENGTH = 64;

    private final Endpoint service;
    private final BooleanSupplier running;

    /// @param service where to send
    /// @param running asked before each datagram
    UdpLoad(Endpoint service, BooleanSupplier running) {
        this.service = service;
        this.running = running;
    }

    /// One datagram after the other, from a new source port now and then.
    void echo(TrafficLog log) {
        ByteBuffer payload = ByteBuffer.allocate(LENGTH);
        long number = 0;
        while (running.getAsBoolean()) {
            try (UdpClient client = new UdpClient(service, TIMEOUT)) {
                for (int i = 0; i < DATAGRAMS_PER_SOCKET && running.getAsBoolean(); i++) {
                    payload.putLong(0, number++);
                    long startNs = System.nanoTime();
                    Optional<byte[]> echo = client.exchange(payload.array());
                    if (echo.isEmpty()) {
                        log.lost();
                        break;
                    }
                    if (Arrays.equals(echo.get(), payload.array())) {
                        log.answered(System.nanoTime() - startNs);
                    } else {
                        log.failed("an echo differs from what was sent");
                    }
                }
            } catch (IOException e) {
                log.failed(Reason.of(e));
                LockSupport.parkNanos(AFTER_FAILURE_NS);
            }
        }
    }
}
