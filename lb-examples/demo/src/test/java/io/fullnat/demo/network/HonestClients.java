// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// Clients that ask one question after the other while a test does harm beside: each must be
/// answered.
final class HonestClients implements AutoCloseable {
    private final NetworkNamespace where;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean over;

    /// What a client does again and again; it throws if it is not answered.
    interface Question {
        void ask() throws IOException;
    }

    HonestClients(NetworkNamespace where) {
        this.where = where;
    }

    /// Starts a client.
    ///
    /// @param name for diagnosis
    /// @param restMs between an answer and the next question
    HonestClients with(String name, int restMs, Question question) {
        threads.add(
                where.start(
                        name,
                        () -> {
                            try {
                                while (!over) {
                                    question.ask();
                                    answers.incrementAndGet();
                                    LockSupport.parkNanos(1_000_000L * restMs);
                                }
                            } catch (IOException | RuntimeException | AssertionError failure) {
                                failures.add(name + ": " + failure);
                            }
                        }));
        return this;
    }

    /// Asks for a page over a connection of its own.
    static void get(Endpoint service) throws IOException {
        try (HttpConnection connection = HttpConnection.open(service, Scene.TIMEOUT)) {
            assertThat(connection.getAndClose("/").status()).isEqualTo(200);
        }
    }

    /// How many answers all have got so far.
    int answers() {
        return answers.get();
    }

    /// Lets them ask no more, and finds that all were answered.
    void assertAllAnswered() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    @Override
    public void close() {
        over = true;
    }
}
