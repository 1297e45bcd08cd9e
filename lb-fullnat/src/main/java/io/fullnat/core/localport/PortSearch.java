// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

/// Looks for a free port of the present pair, in the order of an allocator or at random. For one
/// worker.
final class PortSearch {
    /// Ports in use, one after the other, from which on a walk takes greater steps.
    static final int RUN = 8;

    /// The same where a bitmap remembers what was tried.
    private static final int LONG_RUN = 4 * RUN;

    /// Random places looked at for a port of a whole server, of which a 64th is left free: that
    /// none of them is free then is as likely as 1 in 10 million.
    private static final int WHOLE_TRIES = 1024;

    private final PortPair pair;
    private final PortBitmaps bitmaps;
    private final RandomPositions random;
    private final int count;
    private final int users;

    PortSearch(PortPair pair, PortBitmaps bitmaps, RandomPositions random, int count, int users) {
        this.pair = pair;
        this.bitmaps = bitmaps;
        this.random = random;
        this.count = count;
        this.users = users;
    }

    /// A free port at a random place. The order of the walk is kept.
    int anyFree() {
        for (int tries = WHOLE_TRIES * users; tries > 0; tries--) {
            int position = random.next();
            if (pair.isFree(position)) {
                return position;
            }
        }
        return LocalPorts.NONE;
    }

    /// Looks at the next ports, and past a run of ports in use.
    int walk(PortAllocator allocator) {
        int start = allocator.position();
        int run = RUN * users; // of the ports that others use too, one in so many is ours
        int found = firstFree(start, run);
        for (int step = run; found < 0 && step < count; step *= 2) {
            found = firstFree((start + step) % count, users);
        }
        if (found >= 0) {
            return goOnBehind(allocator, found);
        }
        // A pattern, which no accident makes. The order of the walk is kept.
        allocator.position((start + run) % count);
        for (int i = 0; found < 0 && i < RUN; i++) {
            found = firstFree(random.next(), users);
        }
        return found;
    }

    int goOnBehind(PortAllocator allocator, int found) {
        if (found >= 0) {
            allocator.position(after(found));
        }
        return found;
    }

    /// The first position of some whose port is free, or [#LocalPorts.NONE].
    int firstFree(int start, int positions) {
        int position = start;
        for (int i = 0; i < positions; i++) {
            if (pair.isFree(position)) {
                return position;
            }
            position = after(position);
        }
        return LocalPorts.NONE;
    }

    /// Each try that fails sets a bit that stays set until its connection ends, or for good where
    /// the port belongs to another worker: over the life of an allocator a port is tried in vain
    /// once. A long run of such ports, from before the allocator had its bitmap, is left behind as
    /// in a walk, so that no packet pays for all of it.
    int search(PortAllocator allocator) {
        long bitmap = allocator.bitmap();
        int inOrder = LONG_RUN * users;
        int step = inOrder;
        int tries = 0;
        int position = bitmaps.clearFrom(bitmap, allocator.position());
        while (position >= 0 && !pair.isFree(position)) {
            bitmaps.set(bitmap, position);
            tries++;
            int from = position;
            if (tries > inOrder && step < count) {
                from = (position + step) % count;
                step *= 2;
            }
            position = bitmaps.clearFrom(bitmap, from);
        }
        return goOnBehind(allocator, position);
    }

    int after(int position) {
        return position + 1 == count ? 0 : position + 1;
    }
}
