// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

/// Identifications of packets of IPv4 that come from IPv6, where there is none (RFC 7915 §5.1).
/// They return after as many packets as there can be, of a worker and whatever their addresses are;
/// those of workers are never the same at about the same time (RFC 6864 §4.3).
///
/// **Thread-safety:** none; each worker has its own.
public final class Identifications {
    private final int step;
    private int last;

    /// Those of a worker.
    ///
    /// @param self the worker's number
    /// @param workers how many there are
    public Identifications(int self, int workers) {
        step =
                Integer.highestOneBit(
                        2 * workers - 1); // a power of two: residues stay apart for ever
        last = self;
    }

    /// The next one.
    ///
    /// @return a number whose low 16 bits it is, as they lie in a packet
    int next() {
        last += step;
        return last;
    }
}
