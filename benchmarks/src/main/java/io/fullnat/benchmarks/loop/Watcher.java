// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A thread that asks a balancer's API each second.
final class Watcher implements AutoCloseable {
    private static final long PERIOD_NS = TimeUnit.SECONDS.toNanos(1);

    private final int port;
    private final Watching way;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::watch);
    private volatile boolean over;
    private volatile int answers;
    private volatile @Nullable IOException failure;

    private Watcher(int port, Watching way) {
        this.port = port;
        this.way = way;
    }

    static Watcher start(int port, Watching way) {
        Watcher watcher = new Watcher(port, way);
        watcher.thread.start();
        return watcher;
    }

    private void watch() {
        long next = System.nanoTime();
        int answered = 0;
        while (!over) {
            for (String path : way.paths()) {
                try {
                    ask(path);
                    answers = ++answered;
                } catch (IOException e) {
                    failure = e;
                    return;
                }
            }
            next += PERIOD_NS;
            while (!over && next - System.nanoTime() > 0) {
                LockSupport.parkNanos(this, next - System.nanoTime());
            }
        }
    }

    private void ask(String path) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        try (InputStream in = connection.getInputStream()) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /// Checks that all was answered so far, and that there was something.
    ///
    /// @throws IllegalStateException if it was not so
    void requireAnswers() {
        if (failure != null) {
            throw new IllegalStateException("a request failed", failure);
        }
        if (answers < way.paths().size()) {
            throw new IllegalStateException(answers + " answers only: the period is too short");
        }
    }

    @Override
    public void close() {
        over = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
