// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import java.util.function.LongConsumer;

/// Chooses local ports for one worker.
///
/// A port is free for a local address and a real server when no connection has that tuple, so a
/// local address serves as many connections as there are ports *towards each real server*. The
/// connection table is the truth; this class only decides where to look. It gives each port again
/// as late as can be, since the real server may hold the tuple for a while (TIME_WAIT, RFC 9293
/// §3.6.1), and so that the next one cannot be guessed (RFC 6056):
/// - an allocator walks through all ports in the secret [PortOrder] of its pair, past those in use.
///   So between two uses of a port lie as many others as were free, and the ports that follow are
///   those that were given longest ago;
/// - eight in a row that are in use are the beginning of a run of lasting connections: the walk
///   goes on ever further, then looks at random places. An allocator with a sixteenth of its ports
///   in use gets a bitmap of positions known to be in use instead, in which the next clear bit is
///   found by looking at some four words, at 99 % in use too;
/// - an allocator with no port left is known by its count, or by its bitmap, without a search. One
///   with hardly any left is *pressed*: there connections may give way ([#reclaim]).
///
/// Each choice also draws the allocator's next port, so that [#prefetchAhead] can load the index
/// buckets of what is expected ([#expect]) together: a new connection waits for memory no more than
/// a known one. The allocator of a whole server, of which clients ask for any port, is walked
/// through in the same way and has no bitmap ([PortAllocator]): where the walk finds nothing, it
/// looks at random places.
///
/// Bitmaps cost some two bytes a connection of the table at most, eight where workers choose from
/// the same ports, and are allocated at start. A local address as such costs nothing here.
///
/// **Thread-safety:** none; it belongs to its worker, as the table does.
public final class LocalPorts implements AutoCloseable {
    /// No port is free.
    public static final int NONE = -1;

    /// An allocator is crowded from a sixteenth of the ports on: that bounds the number of bitmaps.
    private static final int BITMAP_FRACTION = 16;

    /// An allocator is pressed when all but one in so many ports are in use.
    private static final int PRESSED_FRACTION = 64;

    /// The path where a worker has its ports for itself: not asked.
    public static final ReturnPath ALL_OURS = new ReturnPath.ByPort(1, 1);

    /// Where workers share all ports, a worker's part of an allocator is crowded sooner; the
    /// bitmaps for that may take eight bytes a connection.
    private static final int MAX_CROWD_SHARE = 4;

    private final PortPartition partition;
    private final int count;
    private final PortOrder order;
    private final PortBitmaps bitmaps;
    private final PortReclaim reclaim;
    private final int crowded;
    private final int pressed;
    private final int users;
    private final Prefetches prefetches = new Prefetches();
    private final PortPair pair;
    private final RandomPositions random;
    private final CrowdedAllocators remembering;
    private final PortSearch search;

    /// Ports of one worker.
    ///
    /// @param partition the worker's ports
    /// @param table the worker's connections
    /// @param seed secret of the order of ports
    public LocalPorts(PortPartition partition, ConnectionTable table, long seed) {
        this(partition, table, seed, 0, 1, entry -> {});
    }

    /// Ports of one of several workers that choose from the same ones.
    ///
    /// @param partition the ports
    /// @param table the worker's connections
    /// @param seed secret of the order of ports
    /// @param self the worker's number
    /// @param users how many workers choose from these ports: each takes those whose answers reach
    ///   it
    /// @param giveWay ends the connection of an entry and calls [#release] for it
    public LocalPorts(
            PortPartition partition,
            ConnectionTable table,
            long seed,
            int self,
            int users,
            LongConsumer giveWay) {
        this.partition = partition;
        this.users = users;
        count = partition.count();
        random = new RandomPositions(seed, count);
        order = new PortOrder(count, seed);
        pair = new PortPair(partition, order, table, self, users > 1);
        int share = Math.min(users, MAX_CROWD_SHARE);
        crowded = Math.max(1, count / BITMAP_FRACTION / share);
        int most = table.capacity() / crowded + 1;
        bitmaps = new PortBitmaps(most, count);
        remembering = new CrowdedAllocators(most);
        pressed = users == 1 ? pressedFrom(count) : Integer.MAX_VALUE; // until it is known
        PortBitmaps settled =
                new PortBitmaps(table.capacity() / Math.max(1, count / share) + 1, count);
        search = new PortSearch(pair, bitmaps, random, count, users);
        reclaim = new PortReclaim(pair, settled, random, count, users, giveWay);
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
    /// @param allocator of the local address and the real server
    /// @param addresses first word of the outbound key: real server, local address
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param protocol the protocol number
    /// @return a port whose tuple no connection has, or [#NONE]
    public int choose(PortAllocator allocator, long addresses, int serverPort, int protocol) {
        return choose(allocator, addresses, serverPort, protocol, ALL_OURS);
    }

    /// Chooses a port whose answers come back to this worker.
    ///
    /// @param allocator of the local address and the real server
    /// @param addresses first word of the outbound key: real server, local address
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param protocol the protocol number
    /// @param path of the answers
    /// @return a port whose tuple no connection has, or [#NONE]
    public int choose(
            PortAllocator allocator,
            long addresses,
            int serverPort,
            int protocol,
            ReturnPath path) {
        return choose(allocator, false, addresses, serverPort, protocol, path);
    }

    /// Chooses a port for a pair of either family whose answers come back to this worker.
    ///
    /// @param allocator of the local address and the real server
    /// @param answers the key of answers, of which the local port does not matter
    /// @param path of the answers
    /// @return a port whose tuple no connection has, or [#NONE]
    public int choose(PortAllocator allocator, FlowKey answers, ReturnPath path) {
        long word = answers.portsAndProtocol();
        return choose(
                allocator,
                answers.isWide(),
                answers.addresses(),
                ConnectionKey.sourcePort(word),
                ConnectionKey.protocol(word),
                path);
    }

    private int choose(
            PortAllocator allocator,
            boolean wide,
            long addresses,
            int serverPort,
            int protocol,
            ReturnPath path) {
        if (allocator.usedHere() >= count) {
            return NONE;
        }
        enter(allocator, wide, addresses, serverPort, protocol, path);
        int position = find(allocator);
        if (position < 0) {
            allocator.pressedFrom(pressedFrom(allocator.usedHere()));
            return NONE;
        }
        take(allocator, position);
        drawAhead(allocator);
        return partition.port(pair.place());
    }

    private void take(PortAllocator allocator, int position) {
        allocator.take();
        if (allocator.bitmap() != 0) {
            bitmaps.set(allocator.bitmap(), position);
        }
    }

    private static int pressedFrom(int ports) {
        return Math.max(1, ports - ports / PRESSED_FRACTION);
    }

    /// Whether hardly any port is left: where no other allocator will do, ask [#reclaim].
    ///
    /// @param allocator of the local address and the real server
    /// @return true if 63 of 64 ports are in use
    public boolean isPressed(PortAllocator allocator) {
        return allocator.usedHere() >= allocator.pressedFrom();
    }

    /// Makes the pair the present one. An allocator that was another's, and is idle, begins anew.
    private void enter(
            PortAllocator allocator,
            boolean wide,
            long addresses,
            int serverPort,
            int protocol,
            ReturnPath path) {
        long word = wide ? order.word(addresses) : addresses;
        int keyPort = allocator.isWhole() ? 0 : serverPort;
        if (!allocator.isOf(word, keyPort, protocol)) {
            long key = order.key(word, keyPort, protocol);
            allocator.restart(word, keyPort, protocol, key, random.next(), pressed);
        }
        pair.set(allocator.key(), wide, addresses, serverPort, protocol, path);
    }

    /// Draws the next port in order.
    private void drawAhead(PortAllocator allocator) {
        int position = allocator.position();
        int place = NONE;
        for (int i = 0; i < PortSearch.RUN * users && place == NONE; i++) {
            if (allocator.bitmap() != 0) {
                position = bitmaps.clearFrom(allocator.bitmap(), position);
                if (position < 0) {
                    break;
                }
            }
            place = pair.placeAt(position);
            if (!pair.isOurs(place)) {
                place = NONE;
                position = search.after(position);
            }
        }
        long hash = place == NONE ? 0 : pair.hashOf(place);
        allocator.ahead(place, position, hash, pair.serverPort());
    }

    /// Notes what a choice from an allocator will look at, for [#prefetchAhead].
    ///
    /// @param soon an allocator that will be chosen from in some bursts, of the family of that
    ///   which was chosen from last
    public void expect(PortAllocator soon) {
        if (soon.ahead() != NONE) {
            prefetches.add(pair.bucket(soon.aheadHash()));
            if (soon.bitmap() != 0) {
                prefetches.add(PortBitmaps.wordAt(soon.bitmap(), soon.aheadAt()));
            }
        }
    }

    /// Loads what the next connections will look at, as expected since the last call: the cache
    /// misses of a burst at once.
    ///
    /// @return a meaningless sum, to be used so that the compiler keeps the loads
    public long prefetchAhead() {
        return prefetches.load();
    }

    /// The position of a free port, [#NONE] if there is none. The walk goes on behind it.
    private int find(PortAllocator allocator) {
        if (allocator.bitmap() == 0) {
            if (allocator.usedHere() >= crowded) {
                takeBitmap(allocator);
            }
        } else if (allocator.usedHere() < crowded / 2) {
            giveBack(allocator);
        }
        if (isAheadFree(allocator)) {
            return search.goOnBehind(allocator, allocator.aheadAt());
        }
        if (allocator.bitmap() == 0) {
            int found = search.walk(allocator);
            if (found >= 0) {
                return found;
            }
            if (allocator.isWhole()) {
                return search.anyFree();
            }
            takeBitmap(allocator);
        }
        return allocator.bitmap() == 0
                ? search.goOnBehind(allocator, search.firstFree(allocator.position(), count))
                : search.search(allocator);
    }

    private void takeBitmap(PortAllocator allocator) {
        if (!allocator.isWhole()) {
            allocator.bitmap(bitmaps.take());
            remembering.note(allocator);
        }
    }

    /// Whether the port that was drawn ahead is free. The hash of its key holds if it was drawn for
    /// the same port of the server.
    private boolean isAheadFree(PortAllocator allocator) {
        int ahead = allocator.ahead();
        int aheadAt = allocator.aheadAt();
        if (ahead < 0
                || (allocator.bitmap() != 0 && !PortBitmaps.isClear(allocator.bitmap(), aheadAt))) {
            return false;
        }
        return allocator.aheadFor() == pair.serverPort()
                ? pair.isOurs(ahead) && pair.isFreePlace(ahead, allocator.aheadHash())
                : pair.isFree(aheadAt);
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

    /// Chooses a port of a pressed allocator, at the cost of a connection if need be: see
    /// [PortReclaim].
    ///
    /// @param allocator of the local address and the real server
    /// @param answers the key of answers, of which the local port does not matter
    /// @param path of the answers
    /// @return as [#choose]
    public int reclaim(PortAllocator allocator, FlowKey answers, ReturnPath path) {
        long word = answers.portsAndProtocol();
        int serverPort = ConnectionKey.sourcePort(word);
        int protocol = ConnectionKey.protocol(word);
        enter(allocator, answers.isWide(), answers.addresses(), serverPort, protocol, path);
        allocator.ahead(NONE, 0, 0, serverPort);
        int position = reclaim.search(allocator);
        remembering.note(allocator);
        return position == NONE ? NONE : takeInOrder(allocator, position);
    }

    private int takeInOrder(PortAllocator allocator, int position) {
        if (!pair.isFree(position)) {
            return NONE;
        }
        take(allocator, search.goOnBehind(allocator, position));
        return partition.port(pair.place());
    }

    /// Whether [#moved] is to be told of connections: some allocator has run out of ports.
    ///
    /// @return false while no allocator remembers which connections do not give way
    public boolean remembersStates() {
        return reclaim.remembersStates();
    }

    /// Tells that a connection has moved to another state.
    ///
    /// @param allocator of its port
    /// @param port as [#choose] gave it
    /// @param state the new one
    public void moved(PortAllocator allocator, int port, ConnectionState state) {
        if (allocator.settled() != 0) {
            reclaim.moved(allocator, position(allocator, port), state);
        }
    }

    /// Loads what [#release] will need.
    ///
    /// @param allocator of a port in use
    /// @param port as [#choose] gave it
    /// @return a meaningless word, to be used so that the compiler keeps the load
    public long prefetch(PortAllocator allocator, int port) {
        if (allocator.bitmap() == 0) {
            return 0;
        }
        int position = position(allocator, port);
        return Memory.getLong(PortBitmaps.wordAt(allocator.bitmap(), position));
    }

    /// Gives a port back when its connection has ended.
    ///
    /// @param allocator it was chosen for
    /// @param port as [#choose] gave it
    public void release(PortAllocator allocator, int port) {
        allocator.used(allocator.usedHere() - 1);
        if (allocator.bitmap() != 0 || allocator.settled() != 0) {
            if (allocator.usedHere() == 0) {
                giveBack(allocator);
                return;
            }
            int position = position(allocator, port);
            if (allocator.bitmap() != 0) {
                bitmaps.clear(allocator.bitmap(), position);
            }
            reclaim.released(allocator, position);
        }
    }

    /// Gives a port back that the allocator of a whole server gave: what the allocator of the one
    /// port of the server remembers of it is forgotten.
    ///
    /// @param allocator it was chosen for
    /// @param port as [#choose] gave it
    /// @param answers the key of answers, of which the local port does not matter
    public void release(PortAllocator allocator, int port, FlowKey answers) {
        release(allocator, port);
        if (!allocator.isWhole() || remembering.isEmpty()) {
            return;
        }
        long word = answers.portsAndProtocol();
        long addresses = answers.isWide() ? order.word(answers.addresses()) : answers.addresses();
        long key =
                order.key(addresses, ConnectionKey.sourcePort(word), ConnectionKey.protocol(word));
        PortAllocator exact = remembering.get(key);
        if (exact != null) {
            int position = position(exact, port);
            if (exact.bitmap() != 0) {
                bitmaps.clear(exact.bitmap(), position);
            }
            reclaim.released(exact, position);
        }
    }

    private void giveBack(PortAllocator allocator) {
        if (allocator.bitmap() != 0) {
            bitmaps.giveBack(allocator.bitmap());
            allocator.bitmap(0);
        }
        reclaim.giveBack(allocator);
        remembering.note(allocator);
    }

    /// The position of a port in use.
    private int position(PortAllocator allocator, int port) {
        return order.position(allocator.key(), partition.place(port));
    }

    /// All memory for choosing ports.
    ///
    /// @return bytes
    public long bytes() {
        return bitmaps.bytes() + reclaim.bytes();
    }

    @Override
    public void close() {
        bitmaps.close();
        reclaim.close();
        prefetches.close();
    }
}
