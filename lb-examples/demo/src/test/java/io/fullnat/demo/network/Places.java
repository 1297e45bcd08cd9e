// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.demo.lab.NetworkNamespace;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;

/// A program of its own, for a JVM starts the threads that carry virtual ones when it needs them.
final class Places {
    private static final int THREADS = 64;

    private Places() {}

    /// Prints where it is, and then where virtual threads are that a thread in a namespace started,
    /// the first of this JVM, and such that its main thread started after that.
    ///
    /// @param arguments the name of the namespace
    static void main(String[] arguments) {
        System.out.println(NetworkNamespace.current());
        try (NetworkNamespace namespace = NetworkNamespace.create(arguments[0])) {
            Set<String> seen = new TreeSet<>(namespace.call(Places::ofVirtualThreads));
            seen.addAll(ofVirtualThreads());
            seen.forEach(System.out::println);
        }
    }

    /// Places of many that are there at once, and have something to do.
    private static Set<String> ofVirtualThreads() {
        Set<String> seen = new ConcurrentSkipListSet<>();
        CountDownLatch left = new CountDownLatch(THREADS);
        for (int thread = 0; thread < THREADS; thread++) {
            Thread.startVirtualThread(() -> {
                seen.add(NetworkNamespace.current());
                left.countDown();
            });
        }
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return seen;
    }
}
