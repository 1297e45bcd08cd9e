// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import java.util.function.LongConsumer;

/// Chooses local ports for one worker.
///
/// A port is free for a local address and a real server when no connection has that tuple, so a
/// local address serves as many connections as there are ports *towards each real server*. The
/// connection table is the truth; this class only decides where to look. It gives each port again
/// as late as can be, since the real server may hold the tuple for a while (TIME_WAIT, RFC 9293
/// §3.6.1), and so that the next one cannot be guessed (RFC 6056):
/// - a lane walks through all ports in the secret [PortOrder] of its pair, past those in use. So
///   between two uses of a port lie as many others as were free, and the ports that follow are
///   those that were given longest ago;
/// - eight in a row that are in use are the beginning of a run of lasting connections: the walk
///   goes on ever further, then looks at random places. A lane with a sixteenth of its ports in use
///   gets a bitmap of positions known to be in use instead, in which the next clear bit is found by
///   looking at some four words, at 99 % in use too;
/// - a lane with no port left is known by its count, or by its bitmap, without a search. A lane in
///   which hardly any is left is *pressed*: there connections may give way ([#reclaim]).
///
/// Each choice also draws the lane's next port, so that [#touchAhead] can load the index buckets of
/// a burst's draws together: a new connection waits for memory no more than a known one. Bitmaps
/// cost some two bytes a connection of the table at most, eight where workers choose from the same
/// ports, and are allocated at start. A local address as such costs nothing here.
///
/// **Thread-safety:** none; it belongs to its worker, as the table does.
public final class LocalPorts implements AutoCloseable {
    /// No port is free.
    public static final int NONE = -1;

    /// A lane is crowded from a sixteenth of the ports on: that bounds the number of bitmaps.
    private static final int BITMAP_FRACTION = 16;

    /// Ports in use, one after the other, from which on a walk takes greater steps.
    private static final int RUN = 8;

    /// The same where a bitmap remembers what was tried.
    private static final int LONG_RUN = 4 * RUN;

    /// A lane is pressed when all but one in so many ports are in use.
    private static final int PRESSED_FRACTION = 64;

    /// Ports that [#reclaim] looks at: half of them in order, half at random.
    private static final int MOST_LOOKED_AT = 128;

    /// Connections that are over among which [#reclaim] looks for a half-open one.
    private static final int MOST_OVER = 8;

    /// The path where a worker has its ports for itself: not asked.
    public static final ReturnPath ALL_OURS = new ReturnPath.ByPort(1, 1);

    /// Where workers share all ports, a worker's part of a lane is crowded sooner; the bitmaps for
    /// that may take eight bytes a connection.
    private static final int MAX_CROWD_SHARE = 4;

    private final PortPartition partition;
    private final int count;
    private final PortOrder order;
    private final PortBitmaps bitmaps;
    private final PortBitmaps settled;
    private final int crowded;
    private final int pressed;
    private final int users;
    private final LongConsumer giveWay;
    private final Touches touches = new Touches();
    private int lanesWithSettled;
    private final PortPair pair;
    private long random;

    /// Ports of one worker.
    ///
    /// @param partition the worker's ports
    /// @param table the worker's connections
    /// @param seed secret of the order of ports
    public LocalPorts(PortPartition partition, ConnectionTable table, long seed) {
        this(partition, table, seed, 0, 1, record -> {});
    }

    /// Ports of one of several workers that choose from the same ones.
    ///
    /// @param partition the ports
    /// @param table the worker's connections
    /// @param seed secret of the order of ports
    /// @param self the worker's number
    /// @param users how many workers choose from these ports: each takes those whose answers reach
    ///   it
    /// @param giveWay ends the connection of a record and calls [#release] for it
    public LocalPorts(
            PortPartition partition,
            ConnectionTable table,
            long seed,
            int self,
            int users,
            LongConsumer giveWay) {
        this.partition = partition;
        this.giveWay = giveWay;
        this.users = users;
        this.random = seed == 0 ? 1 : seed;
        count = partition.count();
        order = new PortOrder(count, seed);
        pair = new PortPair(partition, order, table, self, users > 1);
        int share = Math.min(users, MAX_CROWD_SHARE);
        crowded = Math.max(1, count / BITMAP_FRACTION / share);
        bitmaps = new PortBitmaps(table.capacity() / crowded + 1, count);
        pressed = users == 1 ? pressedFrom(count) : Integer.MAX_VALUE; // until it is known
        settled = new PortBitmaps(table.capacity() / Math.max(1, count / share) + 1, count);
    }

    /// Whether other workers choose from the same ports: then [#choose] has to know the way of
    /// answers.
    ///
    /// @return false if the ports are this worker's alone
    public boolean areShared() {
        return users > 1;
    }

    /// Chooses a port and counts it as used. The caller opens the connection with it, or gives the
    /// port back by [#release].
    ///
    /// @param lane of the local address and the real server
    /// @param addresses first word of the outbound key: real server, local address
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param protocol the protocol number
    /// @return a port whose tuple no connection has, or [#NONE]
    public int choose(PortLane lane, long addresses, int serverPort, int protocol) {
        return choose(lane, addresses, serverPort, protocol, ALL_OURS);
    }

    /// Chooses a port whose answers come back to this worker.
    ///
    /// @param lane of the local address and the real server
    /// @param addresses first word of the outbound key: real server, local address
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param protocol the protocol number
    /// @param path of the answers
    /// @return a port whose tuple no connection has, or [#NONE]
    public int choose(
            PortLane lane, long addresses, int serverPort, int protocol, ReturnPath path) {
        if (lane.used() >= count) {
            return NONE;
        }
        enter(lane, addresses, serverPort, protocol, path);
        int position = find(lane);
        if (position < 0) {
            lane.pressedFrom(pressedFrom(lane.used()));
            return NONE;
        }
        take(lane, position);
        drawAhead(lane);
        return partition.port(pair.place());
    }

    private void take(PortLane lane, int position) {
        lane.used(lane.used() + 1);
        if (lane.bitmap() != 0) {
            bitmaps.set(lane.bitmap(), position);
        }
    }

    private static int pressedFrom(int ports) {
        return Math.max(1, ports - ports / PRESSED_FRACTION);
    }

    /// Whether hardly any port is left, so that [#reclaim] is to be asked where no other lane will
    /// do.
    ///
    /// @param lane of the local address and the real server
    /// @return true if 63 of 64 ports are in use
    public boolean isPressed(PortLane lane) {
        return lane.used() >= lane.pressedFrom();
    }

    /// Makes the pair the present one. A lane that was another's, and is idle, begins anew.
    private void enter(
            PortLane lane, long addresses, int serverPort, int protocol, ReturnPath path) {
        if (!lane.isOf(addresses, serverPort, protocol)) {
            long key = order.key(addresses, serverPort, protocol);
            lane.restart(addresses, serverPort, protocol, key, randomPosition(), pressed);
        }
        pair.set(lane.key(), addresses, serverPort, protocol, path);
    }

    /// Draws the next port in order.
    private void drawAhead(PortLane lane) {
        int position = lane.position();
        int place = NONE;
        for (int i = 0; i < RUN * users && place == NONE; i++) {
            if (lane.bitmap() != 0) {
                position = bitmaps.clearFrom(lane.bitmap(), position);
                if (position < 0) {
                    break;
                }
            }
            place = pair.placeAt(position);
            if (!pair.isOurs(place)) {
                place = NONE;
                position = after(position);
            }
        }
        long hash = place == NONE ? 0 : pair.hashOf(place);
        lane.ahead(place, position, hash);
        if (place != NONE) {
            touches.add(pair.bucket(hash));
            if (lane.bitmap() != 0) {
                touches.add(PortBitmaps.wordAt(lane.bitmap(), position));
            }
        }
    }

    /// Loads what the next connections will look at, as drawn since the last call: the cache misses
    /// of a burst at once.
    ///
    /// @return a meaningless sum, to be used so that the compiler keeps the loads
    public long touchAhead() {
        return touches.load();
    }

    /// The position of a free port, [#NONE] if there is none. The walk goes on behind it.
    private int find(PortLane lane) {
        if (lane.bitmap() == 0) {
            lane.bitmap(lane.used() < crowded ? 0 : bitmaps.take());
        } else if (lane.used() < crowded / 2) {
            giveBack(lane);
        }
        int ahead = lane.ahead();
        int aheadAt = lane.aheadAt();
        if (ahead >= 0
                && (lane.bitmap() == 0 || PortBitmaps.isClear(lane.bitmap(), aheadAt))
                && pair.isOurs(ahead)
                && pair.isFreePlace(ahead, lane.aheadHash())) {
            return goOnBehind(lane, aheadAt);
        }
        if (lane.bitmap() == 0) {
            int found = walk(lane);
            if (found >= 0) {
                return found;
            }
            lane.bitmap(bitmaps.take());
        }
        return lane.bitmap() == 0
                ? goOnBehind(lane, firstFree(lane.position(), count))
                : search(lane);
    }

    /// Looks at the next ports, and past a run of ports in use.
    private int walk(PortLane lane) {
        int start = lane.position();
        int run = RUN * users; // of the ports that others use too, one in so many is ours
        int found = firstFree(start, run);
        for (int step = run; found < 0 && step < count; step *= 2) {
            found = firstFree((start + step) % count, users);
        }
        if (found >= 0) {
            return goOnBehind(lane, found);
        }
        // A pattern, which no accident makes. The order of the walk is kept.
        lane.position((start + run) % count);
        for (int i = 0; found < 0 && i < RUN; i++) {
            found = firstFree(randomPosition(), users);
        }
        return found;
    }

    private int goOnBehind(PortLane lane, int found) {
        if (found >= 0) {
            lane.position(after(found));
        }
        return found;
    }

    /// The first position of some whose port is free, or [#NONE].
    private int firstFree(int start, int positions) {
        int position = start;
        for (int i = 0; i < positions; i++) {
            if (pair.isFree(position)) {
                return position;
            }
            position = after(position);
        }
        return NONE;
    }

    /// Each try that fails sets a bit that stays set until its connection ends, or for good where
    /// the port belongs to another worker: over the life of a lane a port is tried in vain once. A
    /// long run of such ports, from before the lane had its bitmap, is left behind as in a walk, so
    /// that no packet pays for all of it.
    private int search(PortLane lane) {
        long bitmap = lane.bitmap();
        int inOrder = LONG_RUN * users;
        int step = inOrder;
        int tries = 0;
        int position = bitmaps.clearFrom(bitmap, lane.position());
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
        return goOnBehind(lane, position);
    }

    private int after(int position) {
        return position + 1 == count ? 0 : position + 1;
    }

    /// The hash of the key that the last port was chosen for.
    ///
    /// @return what [ConnectionTable#open(long, long, long, long, long, long, int)] expects of it
    public long chosenHash() {
        return pair.hash();
    }

    /// The port word of an outbound key.
    ///
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param localPort the local port
    /// @return source and destination port as they lie in a packet
    public static int ports(int serverPort, int localPort) {
        return (serverPort & 0xFFFF) | (Short.reverseBytes((short) localPort) << 16);
    }

    /// Chooses a port of a pressed lane, at the cost of a connection if need be. Goes on through
    /// the ports in order, so those that come first were given longest ago, and takes the first
    /// that is free or whose connection is half-open (no answer yet); or, if it meets eight before
    /// whose connections are over (closed by both sides, or reset), the first of those. A
    /// connection that both sides use never gives way.
    ///
    /// Looks at 128 ports at most, and remembers connections that do not give way: what is looked
    /// for is found if a sixteenth of the lane could give way, else within some calls.
    ///
    /// @param lane of the local address and the real server
    /// @param addresses first word of the outbound key: real server, local address
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param protocol the protocol number
    /// @param path of the answers
    /// @return as [#choose]
    public int reclaim(
            PortLane lane, long addresses, int serverPort, int protocol, ReturnPath path) {
        enter(lane, addresses, serverPort, protocol, path);
        lane.ahead(NONE, 0, 0);
        if (lane.settled() == 0) {
            lane.settled(settled.take());
            lanesWithSettled += lane.settled() == 0 ? 0 : 1;
        }
        long over = 0;
        int overAt = 0;
        int overs = 0;
        int position = lane.position();
        int looked = 0;
        for (int step = 0; looked < MOST_LOOKED_AT && step < MOST_LOOKED_AT * users; step++) {
            if (lane.settled() != 0) {
                position = settled.clearFrom(lane.settled(), position);
            }
            if (position < 0) {
                break;
            }
            if (pair.isFree(position)) {
                return takeInOrder(lane, position);
            }
            long record = pair.isOurs(pair.place()) ? pair.connection(pair.place()) : 0;
            looked += record == 0 ? 0 : 1;
            if (record != 0 && stateOf(record).isUnreplied()) {
                giveWay.accept(record);
                return takeInOrder(lane, position);
            }
            if (record != 0 && TcpMoves.isOver(record)) {
                if (over == 0) {
                    over = record;
                    overAt = position;
                }
                if (++overs == MOST_OVER) {
                    break;
                }
            } else if (lane.settled() != 0 && (record == 0 || !stateOf(record).isOver())) {
                settled.set(lane.settled(), position);
            }
            position = looked < MOST_LOOKED_AT / 2 ? after(position) : randomPosition();
        }
        if (over == 0) {
            return NONE;
        }
        giveWay.accept(over);
        return takeInOrder(lane, overAt);
    }

    private int takeInOrder(PortLane lane, int position) {
        if (!pair.isFree(position)) {
            return NONE;
        }
        take(lane, goOnBehind(lane, position));
        return partition.port(pair.place());
    }

    private static ConnectionState stateOf(long record) {
        return ConnectionState.of(Memory.getByte(record + ConnectionLayout.STATE));
    }

    /// Whether [#moved] is to be told of connections: some lane has run out of ports.
    ///
    /// @return false while no lane remembers which connections do not give way
    public boolean remembersStates() {
        return lanesWithSettled != 0;
    }

    /// Tells that a connection has moved to another state.
    ///
    /// @param lane of its port
    /// @param port as [#choose] gave it
    /// @param state the new one
    public void moved(PortLane lane, int port, ConnectionState state) {
        if (lane.settled() != 0) {
            int position = order.position(lane.key(), partition.place(port));
            if (state.isUnreplied() || state.isOver()) {
                settled.clear(lane.settled(), position);
            } else {
                settled.set(lane.settled(), position);
            }
        }
    }

    /// Loads what [#release] will need.
    ///
    /// @param lane of a port in use
    /// @param port as [#choose] gave it
    /// @return a meaningless word, to be used so that the compiler keeps the load
    public long touch(PortLane lane, int port) {
        if (lane.bitmap() == 0) {
            return 0;
        }
        int position = order.position(lane.key(), partition.place(port));
        return Memory.getLong(PortBitmaps.wordAt(lane.bitmap(), position));
    }

    /// Gives a port back when its connection has ended.
    ///
    /// @param lane it was chosen for
    /// @param port as [#choose] gave it
    public void release(PortLane lane, int port) {
        lane.used(lane.used() - 1);
        if (lane.bitmap() != 0 || lane.settled() != 0) {
            if (lane.used() == 0) {
                giveBack(lane);
                return;
            }
            int position = order.position(lane.key(), partition.place(port));
            if (lane.bitmap() != 0) {
                bitmaps.clear(lane.bitmap(), position);
            }
            if (lane.settled() != 0) {
                settled.clear(lane.settled(), position);
            }
        }
    }

    private void giveBack(PortLane lane) {
        if (lane.bitmap() != 0) {
            bitmaps.giveBack(lane.bitmap());
            lane.bitmap(0);
        }
        if (lane.settled() != 0) {
            settled.giveBack(lane.settled());
            lane.settled(0);
            lanesWithSettled--;
        }
    }

    /// xorshift64* (Vigna 2016): where order does not matter.
    private int randomPosition() {
        random ^= random >>> 12;
        random ^= random << 25;
        random ^= random >>> 27;
        long bits = random * 0x2545_F491_4F6C_DD1DL;
        return (int) (((bits >>> 32) * count) >>> 32);
    }

    /// All memory for choosing ports.
    ///
    /// @return bytes
    public long bytes() {
        return bitmaps.bytes() + settled.bytes();
    }

    @Override
    public void close() {
        bitmaps.close();
        settled.close();
        touches.close();
    }
}
