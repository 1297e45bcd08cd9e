// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import java.util.function.LongConsumer;

/// Finds a port of an allocator that has hardly any left, at the cost of a connection if need be.
///
/// Goes on through the ports in order, so those that come first were given longest ago, and takes
/// the first that is free or whose connection is half-open (no answer yet); or, if it meets eight
/// before whose connections are over (closed by both sides, or reset), the first of those. A
/// connection that both sides use never gives way.
///
/// Looks at 128 ports at most, and remembers connections that do not give way: what is looked for
/// is found if a sixteenth of the allocator could give way, else within some calls.
///
/// **Thread-safety:** none; it belongs to its worker's [LocalPorts].
final class PortReclaim implements AutoCloseable {
    /// Ports looked at: half of them in order, half at random.
    private static final int MOST_LOOKED_AT = 128;

    /// Connections that are over among which a half-open one is looked for.
    private static final int MOST_OVER = 8;

    private final PortPair pair;
    private final PortBitmaps settled;
    private final RandomPositions random;
    private final int count;
    private final int users;
    private final LongConsumer giveWay;
    private int allocatorsWithSettled;

    /// @param pair the present one
    /// @param settled bitmaps of ports that do not give way; closed with this object
    /// @param random positions
    /// @param count how many ports there are
    /// @param users how many workers choose from them
    /// @param giveWay ends the connection of an entry
    PortReclaim(
            PortPair pair,
            PortBitmaps settled,
            RandomPositions random,
            int count,
            int users,
            LongConsumer giveWay) {
        this.pair = pair;
        this.settled = settled;
        this.random = random;
        this.count = count;
        this.users = users;
        this.giveWay = giveWay;
    }

    /// Finds a port of the present pair.
    ///
    /// @return the position of a port that no connection uses any more, or [LocalPorts#NONE]
    int search(PortAllocator allocator) {
        if (allocator.settled() == 0 && !allocator.isWhole()) {
            allocator.settled(settled.take());
            allocatorsWithSettled += allocator.settled() == 0 ? 0 : 1;
        }
        long over = 0;
        int overAt = 0;
        int overs = 0;
        int position = allocator.position();
        int looked = 0;
        for (int step = 0; looked < MOST_LOOKED_AT && step < MOST_LOOKED_AT * users; step++) {
            if (allocator.settled() != 0) {
                position = settled.clearFrom(allocator.settled(), position);
            }
            if (position < 0) {
                break;
            }
            if (pair.isFree(position)) {
                return position;
            }
            long entry = pair.isOurs(pair.place()) ? pair.connection(pair.place()) : 0;
            looked += entry == 0 ? 0 : 1;
            if (entry != 0 && PortPair.state(entry).isUnreplied()) {
                giveWay.accept(entry);
                return position;
            }
            if (entry != 0 && TcpMoves.isOver(entry)) {
                if (over == 0) {
                    over = entry;
                    overAt = position;
                }
                if (++overs == MOST_OVER) {
                    break;
                }
            } else if (allocator.settled() != 0
                    && (entry == 0 || !PortPair.state(entry).isOver())) {
                settled.set(allocator.settled(), position);
            }
            position = looked < MOST_LOOKED_AT / 2 ? after(position) : random.next();
        }
        if (over == 0) {
            return LocalPorts.NONE;
        }
        giveWay.accept(over);
        return overAt;
    }

    private int after(int position) {
        return position + 1 == count ? 0 : position + 1;
    }

    /// Whether [#moved] is to be told of connections.
    boolean remembersStates() {
        return allocatorsWithSettled != 0;
    }

    /// Notes the state of a connection of an allocator that remembers them.
    void moved(PortAllocator allocator, int position, ConnectionState state) {
        if (state.isUnreplied() || state.isOver()) {
            settled.clear(allocator.settled(), position);
        } else {
            settled.set(allocator.settled(), position);
        }
    }

    /// Notes that a connection has ended.
    void released(PortAllocator allocator, int position) {
        if (allocator.settled() != 0) {
            settled.clear(allocator.settled(), position);
        }
    }

    /// The allocator has no need to remember anything any more.
    void giveBack(PortAllocator allocator) {
        if (allocator.settled() != 0) {
            settled.giveBack(allocator.settled());
            allocator.settled(0);
            allocatorsWithSettled--;
        }
    }

    long bytes() {
        return settled.bytes();
    }

    @Override
    public void close() {
        settled.close();
    }
}
