// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;

/// Identifications of packets of IPv4 that come from IPv6, where mostly there is none (RFC 7915
/// §5.1), and of those that come in fragments: their sources have chosen theirs apart from each
/// other, and become one here. They return after as many packets as there can be, of a worker and
/// whatever their addresses are; those of workers are never the same at about the same time (RFC
/// 6864 §4.3).
///
/// **Thread-safety:** none; each worker has its own.
public final class Identifications {
    /// Where the low half of the identification is in a fragment header (RFC 8200 §4.5).
    private static final int LOW_HALF = 6;

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

    /// That of a packet that may have a fragment header, as its own only part (RFC 6946): then it
    /// has an identification already, of which the low half stays (RFC 7915 §5.1.1).
    ///
    /// @param fragment address of the fragment header; 0 if there is none
    /// @return a number whose low 16 bits it is, as they lie in a packet
    public int of(long fragment) {
        return fragment == 0 ? next() : Memory.getShort(fragment + LOW_HALF);
    }

    /// The next one.
    ///
    /// @return a number whose low 16 bits it is, as they lie in a packet
    int next() {
        last += step;
        return last;
    }

    /// The next one.
    ///
    /// @return 0 to 65535
    public int nextNumber() {
        return Short.toUnsignedInt(Short.reverseBytes((short) next()));
    }
}
