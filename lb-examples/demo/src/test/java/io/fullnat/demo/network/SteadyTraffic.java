// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A client that asks without end, by new connections and by one that stays.
final class SteadyTraffic implements AutoCloseable {
    private static final int SOME = 5;

    private final Endpoint service;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean over;

    SteadyTraffic(NetworkNamespace client, Endpoint service) {
        this.service = service;
        thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("steady-traffic")
                        .start(() ->
                                client.call(() -> {
                                    ask();
                                    return true;
                                }));
    }

    private void ask() {
        try (HttpConnection kept = HttpConnection.open(service, Scene.TIMEOUT)) {
            while (!over) {
                assertThat(kept.get("/").status()).isEqualTo(200);
                try (HttpConnection fresh = HttpConnection.open(service, Scene.TIMEOUT)) {
                    assertThat(fresh.get("/").status()).isEqualTo(200);
                }
                answered.incrementAndGet();
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            failure.set(e);
        }
    }

    /// Waits until a few more were answered.
    ///
    /// @return how many in all
    int goesOn() throws InterruptedException {
        int before = answered.get();
        while (answered.get() < before + SOME) {
            assertThat(failure.get()).isNull();
            Thread.sleep(5);
        }
        return answered.get();
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertThat(failure.get()).as("after %s", answered).isNull();
    }
}
