// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts the received parts of a stream in order: early ones wait, doubled bytes are dropped.
///
/// Positions count from the stream's first byte and do not wrap.
final class Reassembly {
    private final TreeMap<Long, byte[]> early = new TreeMap<>();
    private long next;

    /// The position of the first byte that is missing.
    long next() {
        return next;
    }

    /// Takes some bytes.
    void add(long position, byte[] data) {
        long skip = Math.max(0, next - position);
        if (skip >= data.length) {
            return;
        }
        byte[] fresh = Arrays.copyOfRange(data, (int) skip, data.length);
        early.merge(position + skip, fresh, (a, b) -> a.length >= b.length ? a : b);
    }

    /// Gives the next bytes of the stream.
    ///
    /// @return null if they have not arrived
    byte @Nullable [] poll() {
        while (!early.isEmpty() && early.firstKey() <= next) {
            Map.Entry<Long, byte[]> first = early.pollFirstEntry();
            int skip = (int) (next - first.getKey());
            byte[] data = first.getValue();
            if (skip < data.length) {
                next += data.length - skip;
                return skip == 0 ? data : Arrays.copyOfRange(data, skip, data.length);
            }
        }
        return null;
    }

    /// What waits: parts of the stream that do not touch, each as its first position and the one
    /// behind its last.
    List<long[]> early() {
        List<long[]> ranges = new ArrayList<>();
        early.forEach((from, data) -> {
            long to = from + data.length;
            if (!ranges.isEmpty() && from <= ranges.getLast()[1]) {
                ranges.getLast()[1] = Math.max(to, ranges.getLast()[1]);
            } else {
                ranges.add(new long[] {from, to});
            }
        });
        return ranges;
    }

    void clear() {
        early.clear();
    }
}
