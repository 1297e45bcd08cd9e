// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

/// What waits at a port: packets of some kinds, in the order in which they came, at most so many.
/// For one thread.
final class ReceiveRing {
    /// As many as rings of NICs have by default.
    static final int LENGTH = 1024;

    private static final int KINDS = 4;
    private static final int KIND_SHIFT = 62;

    private final long[] packets = new long[LENGTH];
    private final long[] lost = new long[KINDS];
    private int first;
    private int size;

    /// Takes a packet.
    ///
    /// @param kind 0 to 3
    /// @param value what tells it from others of the kind, 0 to 2^62
    /// @return false if it is lost, as too many wait
    boolean add(int kind, long value) {
        if (size == LENGTH) {
            lost[kind]++;
            return false;
        }
        packets[(first + size++) % LENGTH] = (long) kind << KIND_SHIFT | value;
        return true;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /// The kind of the packet that came first; there must be one.
    int kind() {
        return (int) (packets[first] >>> KIND_SHIFT);
    }

    /// Takes the packet that came first; there must be one.
    ///
    /// @return its value
    long poll() {
        long packet = packets[first];
        first = (first + 1) % LENGTH;
        size--;
        return packet & (1L << KIND_SHIFT) - 1;
    }

    /// How many were lost of a kind.
    long lost(int kind) {
        return lost[kind];
    }
}
