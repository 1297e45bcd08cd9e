// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.balancer.server.GuardedSocket.NanoTime;
import java.nio.channels.Channel;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Keeps slow and silent clients from being in the way of others: it ends connections that are
/// overdue, and when there are too many, the one that has kept the server waiting longest.
///
/// The server underneath reads without a limit of time from channels of Unix sockets, and a client
/// that sends a byte now and then outlives any limit for one read. Here the limits are for whole
/// phases.
///
/// Thread-safe.
final class ConnectionGuard implements AutoCloseable {
    private static final long PERIOD_MS = 250;

    private final Limits limits;
    private final NanoTime clock;
    private final Map<String, GuardedSocket> sockets = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread thread =
            Thread.ofVirtual().name("api-guard").unstarted(this::sweepAgainAndAgain);

    ConnectionGuard(Limits limits, NanoTime clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /// Starts to look after connections by itself.
    ConnectionGuard start() {
        thread.start();
        return this;
    }

    /// The name by which a channel's connection is known on both sides of the server.
    static String nameOf(Channel channel) {
        return "0x" + Integer.toHexString(System.identityHashCode(channel));
    }

    /// Takes a new connection in, and makes room for it if there are too many.
    void accepted(Channel channel) {
        lock.lock();
        try {
            sockets.values().removeIf(socket -> !socket.isOpen());
            if (sockets.size() >= limits.connections() && !makeRoom()) {
                new GuardedSocket(channel, limits, clock).close();
                return;
            }
            sockets.put(nameOf(channel), new GuardedSocket(channel, limits, clock));
        } finally {
            lock.unlock();
        }
    }

    private boolean makeRoom() {
        long now = clock.now();
        String longest = null;
        long waited = -1;
        for (Map.Entry<String, GuardedSocket> entry : sockets.entrySet()) {
            long its = entry.getValue().waitedNs(now);
            if (its > waited) {
                waited = its;
                longest = entry.getKey();
            }
        }
        GuardedSocket victim = longest == null ? null : sockets.remove(longest);
        if (victim == null) {
            return false;
        }
        victim.close();
        return true;
    }

    /// The connection of a name, as the server underneath spells it.
    Optional<GuardedSocket> find(String name) {
        String digits = name.substring(2).replaceFirst("^0+(?=.)", "");
        lock.lock();
        try {
            return Optional.ofNullable(sockets.get("0x" + digits));
        } finally {
            lock.unlock();
        }
    }

    /// Ends the connections that are overdue.
    void sweep() {
        long now = clock.now();
        lock.lock();
        try {
            Iterator<GuardedSocket> all = sockets.values().iterator();
            while (all.hasNext()) {
                GuardedSocket socket = all.next();
                if (socket.isOverdue(now)) {
                    socket.close();
                }
                if (!socket.isOpen()) {
                    all.remove();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void sweepAgainAndAgain() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MS);
                sweep();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// How many connections there are.
    int size() {
        lock.lock();
        try {
            return sockets.size();
        } finally {
            lock.unlock();
        }
    }

    /// Ends all connections.
    @Override
    public void close() {
        thread.interrupt();
        lock.lock();
        try {
            sockets.values().forEach(GuardedSocket::close);
            sockets.clear();
        } finally {
            lock.unlock();
        }
    }
}
