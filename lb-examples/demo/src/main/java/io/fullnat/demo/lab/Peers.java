// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
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
        saw(text(peer));
    }

    /// An address as [IpAddress] writes it, whereas the JDK writes IPv6 without `::`.
    ///
    /// @param address of either family
    /// @return its text form (RFC 5952)
    static String text(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.remaining() == Integer.BYTES
                ? new Ipv4Address(bytes.getInt()).toString()
                : IpAddress.of(bytes.getLong(), bytes.getLong()).toString();
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
