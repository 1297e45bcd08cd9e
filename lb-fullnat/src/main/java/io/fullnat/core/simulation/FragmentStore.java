// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts fragmented packets of either family together (RFC 791 §3.2, RFC 8200 §4.5). A packet whose
/// fragments overlap is given up as a whole (RFC 5722); doubled fragments are dropped. Of many
/// unfinished packets the oldest are forgotten.
final class FragmentStore {
    private static final int MAX_UNFINISHED = 64;
    private static final int UNKNOWN = -1;

    private final Map<Key, Unfinished> unfinished = new LinkedHashMap<>();

    /// What the fragments of one packet have in common.
    record Key(IpAddress source, IpAddress destination, int protocol, int identification) {}

    /// Takes a fragment.
    ///
    /// @param offset of its first byte in the whole payload
    /// @param more whether others follow
    /// @return the whole payload, if this was the last that was missing
    byte @Nullable [] add(Key key, int offset, boolean more, byte[] part) {
        Unfinished packet = unfinished.computeIfAbsent(key, _ -> new Unfinished());
        byte[] whole = packet.add(offset, more, part);
        if (whole != null) {
            unfinished.remove(key);
        } else if (unfinished.size() > MAX_UNFINISHED) {
            Iterator<Key> oldest = unfinished.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return whole;
    }

    private static final class Unfinished {
        private final TreeMap<Integer, byte[]> parts = new TreeMap<>();
        private int length = UNKNOWN;
        private boolean overlaps;

        private byte @Nullable [] add(int offset, boolean more, byte[] part) {
            byte[] same = parts.get(offset);
            if (same != null && same.length == part.length) {
                return null;
            }
            overlaps |= overlaps(offset, part.length);
            parts.put(offset, part);
            if (!more) {
                length = offset + part.length;
            }
            return overlaps ? null : whole();
        }

        private boolean overlaps(int offset, int partLength) {
            Map.Entry<Integer, byte[]> before = parts.floorEntry(offset);
            Integer behind = parts.higherKey(offset);
            return (before != null && before.getKey() + before.getValue().length > offset)
                    || (behind != null && behind < offset + partLength);
        }

        private byte @Nullable [] whole() {
            int next = 0;
            for (Map.Entry<Integer, byte[]> part : parts.entrySet()) {
                if (part.getKey() != next) {
                    return null;
                }
                next += part.getValue().length;
            }
            if (next != length) {
                return null;
            }
            byte[] whole = new byte[length];
            parts.forEach((at, part) -> System.arraycopy(part, 0, whole, at, part.length));
            return whole;
        }
    }
}
