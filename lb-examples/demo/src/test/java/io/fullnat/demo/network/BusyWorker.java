// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// Keeps a worker full with datagrams of known connections: there are always more under way than it
/// takes in one burst, and fewer than its queue holds. The worker's own counters say how many it
/// has taken.
final class BusyWorker implements AutoCloseable {
    /// Under way, at least: three bursts of the worker.
    private static final int UNDER_WAY = 192;

    /// A generator without end would be a test without end.
    private static final long MOST = 50_000_000;

    private static final int GENERATORS = 2;
    private static final int BATCH = 16;
    private static final int CONNECTIONS = 8;
    private static final long STALL_NS = 20_000_000;

    private final CountersReader counters;
    private final AtomicBoolean goesOn = new AtomicBoolean(true);
    private final AtomicLong sent = new AtomicLong();

    /// Those under way, and what the worker had received when they were none.
    private final AtomicLong out = new AtomicLong();

    private final AtomicLong base = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private long cycles;
    private long balanced;
    private long received;

    /// @param place of the clients
    /// @param service of datagrams
    /// @param counters of a balancer with one worker
    BusyWorker(NetworkNamespace place, Endpoint service, CountersReader counters) {
        this.counters = counters;
        base.set(counters.total(Counter.RECEIVED));
        for (int number = 0; number < GENERATORS; number++) {
            threads.add(place.start("busy" + number, () -> generate(service)));
        }
    }

    private void generate(Endpoint service) {
        DatagramChannel[] clients = new DatagramChannel[CONNECTIONS];
        try {
            InetSocketAddress to =
                    new InetSocketAddress(
                            InetAddress.ofLiteral(service.address().toString()), service.port());
            for (int i = 0; i < CONNECTIONS; i++) {
                clients[i] = DatagramChannel.open().connect(to);
            }
            ByteBuffer text = ByteBuffer.allocateDirect(64);
            long mark = 0;
            long markNs = System.nanoTime();
            while (goesOn.get() && sent.get() < MOST) {
                long taken = counters.total(Counter.RECEIVED);
                if (out.get() - (taken - base.get()) < UNDER_WAY) {
                    out.addAndGet(BATCH);
                    for (int i = 0; i < BATCH; i++) {
                        send(clients[i % CONNECTIONS], text);
                    }
                    sent.addAndGet(BATCH);
                } else if (taken != mark) {
                    mark = taken;
                    markNs = System.nanoTime();
                    Thread.onSpinWait();
                } else if (System.nanoTime() - markNs > STALL_NS) { // some have been lost
                    base.set(taken);
                    out.set(0);
                    markNs = System.nanoTime();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            for (DatagramChannel client : clients) {
                close(client);
            }
        }
    }

    private static void send(DatagramChannel client, ByteBuffer text) throws IOException {
        text.clear();
        try {
            if (client.write(text) == 0) {
                LockSupport.parkNanos(1_000);
            }
        } catch (PortUnreachableException told) {
            // of a server without such a socket: the next is sent all the same
        }
    }

    private static void close(DatagramChannel client) {
        try {
            if (client != null) {
                client.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Begins to measure.
    void begin() {
        cycles = counters.total(Counter.CYCLES);
        received = counters.total(Counter.RECEIVED);
        balanced = counters.total(Outcome.FORWARDED_IN);
    }

    /// Packets that the worker has found in a duty cycle since [#begin()], on average.
    double packetsACycle() {
        double all = counters.total(Counter.RECEIVED) - received;
        return all / Math.max(1, counters.total(Counter.CYCLES) - cycles);
    }

    /// Packets that it has balanced since [#begin()].
    long balanced() {
        return counters.total(Outcome.FORWARDED_IN) - balanced;
    }

    @Override
    public void close() {
        goesOn.set(false);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("generators may still run", interrupted);
        }
        assertThat(sent.get()).as("it did not end by itself").isLessThan(MOST);
    }
}
