// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import java.net.InetAddress;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// Whom a server saw, and how often. Thread-safe.
public final class Peers {
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();

    /// Nobody yet.
    public Peers() {}

    /// Counts one request.
    ///
    /// @param peer the source address as the server's kernel gave it
    public void saw(InetAddress peer) {
        saw(peer.getHostAddress());
    }

    /// Counts one request.
    ///
    /// @param peer the source address in text form
    public void saw(String peer) {
        requests.computeIfAbsent(peer, ignored -> new LongAdder()).increment();
    }

    /// The addresses seen so far.
    ///
    /// @return a copy, in text form, sorted
    public SortedSet<String> addresses() {
        return new TreeSet<>(requests.keySet());
    }

    /// All requests so far.
    ///
    /// @return 0 or more
    public long requests() {
        return requests.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
