package io.fullnat.core.snat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;

/// Chooses local ports for one worker.
///
/// A port is free for a local address and a real server when no connection has that tuple, so a
/// local address serves as many connections as there are ports *towards each real server*. The
/// connection table is the truth; this class only decides where to look:
/// - at random places first (RFC 6056 §3.3.1), eight at the most, one where a sixteenth of the
///   ports is in use;
/// - a lane whose random places were all in use gets a bitmap of ports known to be in use, and the
///   search goes on from a random place to the next clear bit. At 99 % in use that is two words of
///   64 ports on average;
/// - a lane with no port left is known by its count, without a search.
///
/// Each choice also draws the lane's next port, so that [#touchAhead] can load the index buckets of
/// a burst's draws together: a new connection waits for memory no more than a known one.
///
/// Bitmaps cost two bytes a connection of the table at most, eight where workers choose from the
/// same ports, and are allocated at start. A local address as such costs nothing here.
///
/// **Thread-safety:** none; it belongs to its worker, as the table does.
public final class LocalPorts implements AutoCloseable {
    /// No port is free.
    public static final int NONE = -1;

    /// A lane is crowded from a sixteenth of the ports on: that bounds the number of bitmaps.
    private static final int BITMAP_FRACTION = 16;

    private static final int RANDOM_TRIES = 8;

    /// Not asked where a worker has its ports for itself.
    private static final ReturnPath ALL_OURS = new ReturnPath.ByPort(1, 1);

    /// Where workers share all ports, a worker's part of a lane is crowded sooner; the bitmaps for
    /// that may take eight bytes a connection.
    private static final int MAX_CROWD_SHARE = 4;

    private final PortPartition partition;
    private final ConnectionTable table;
    private final PortBitmaps bitmaps;
    private final int crowded;
    private final int self;
    private final int users;
    private final Touches touches = new Touches();
    private long chosenHash;
    private long random;

    /// Ports of one worker.
    ///
    /// @param partition the worker's ports
    /// @param table the worker's connections
    /// @param seed for the random choice; not 0
    public LocalPorts(PortPartition partition, ConnectionTable table, long seed) {
        this(partition, table, seed, 0, 1);
    }

    /// Ports of one of several workers that choose from the same ones.
    ///
    /// @param partition the ports
    /// @param table the worker's connections
    /// @param seed for the random choice; not 0
    /// @param self the worker's number
    /// @param users how many workers choose from these ports: each takes those whose answers reach
    ///   it
    public LocalPorts(
            PortPartition partition, ConnectionTable table, long seed, int self, int users) {
        this.partition = partition;
        this.self = self;
        this.users = users;
        this.table = table;
        this.random = seed == 0 ? 1 : seed;
        crowded =
                Math.max(1, partition.count() / BITMAP_FRACTION / Math.min(users, MAX_CROWD_SHARE));
        bitmaps = new PortBitmaps(table.capacity() / crowded + 1, partition.count());
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
        if (lane.used() >= partition.count()) {
            return NONE;
        }
        int place = place(lane, addresses, serverPort, protocol, path);
        if (place < 0) {
            return NONE;
        }
        lane.used(lane.used() + 1);
        if (lane.bitmap() != 0) {
            PortBitmaps.set(lane.bitmap(), place);
        }
        drawAhead(lane, addresses, serverPort, protocol, path);
        return partition.port(place);
    }

    private void drawAhead(
            PortLane lane, long addresses, int serverPort, int protocol, ReturnPath path) {
        int place = randomPlace();
        for (int i = 1; place >= 0 && !isOurs(place, addresses, serverPort, path); i++) {
            place = i < RANDOM_TRIES * users ? randomPlace() : NONE;
        }
        lane.ahead(place);
        if (place >= 0) {
            long key =
                    ConnectionKey.portsAndProtocol(
                            ports(serverPort, partition.port(place)), protocol);
            touches.add(table.bucket(table.hash(addresses, key)));
            if (lane.bitmap() != 0) {
                touches.add(PortBitmaps.wordAt(lane.bitmap(), place));
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

    private int place(
            PortLane lane, long addresses, int serverPort, int protocol, ReturnPath path) {
        if (lane.bitmap() != 0 && lane.used() < crowded / 2) {
            bitmaps.giveBack(lane.bitmap());
            lane.bitmap(0);
        }
        int ahead = lane.ahead();
        boolean good =
                ahead >= 0
                        && (lane.bitmap() == 0 || PortBitmaps.isClear(lane.bitmap(), ahead))
                        && isFree(ahead, addresses, serverPort, protocol, path);
        if (good) {
            return ahead;
        }
        if (lane.bitmap() == 0) {
            // Of the ports that others use too, one in so many is ours.
            int tries = lane.used() >= crowded ? users : RANDOM_TRIES * users;
            for (int i = 0; i < tries; i++) {
                int place = randomPlace();
                if (isFree(place, addresses, serverPort, protocol, path)) {
                    return place;
                }
            }
            lane.bitmap(bitmaps.take());
            if (lane.bitmap() == 0) {
                return scan(addresses, serverPort, protocol, path);
            }
        }
        int start = ahead >= 0 ? ahead : randomPlace();
        return search(lane.bitmap(), start, addresses, serverPort, protocol, path);
    }

    /// Each try that fails sets a bit that stays set until its connection ends, or for good where
    /// the port belongs to another worker: over the life of a lane a port is tried in vain once.
    private int search(
            long bitmap, int start, long addresses, int serverPort, int protocol, ReturnPath path) {
        int place = PortBitmaps.clearFrom(bitmap, start, partition.count());
        while (place >= 0 && !isFree(place, addresses, serverPort, protocol, path)) {
            PortBitmaps.set(bitmap, place);
            place = PortBitmaps.clearFrom(bitmap, place, partition.count());
        }
        return place;
    }

    /// The way without a bitmap, for the rare bad luck of a lane that is not crowded while the
    /// bitmaps are all with others.
    private int scan(long addresses, int serverPort, int protocol, ReturnPath path) {
        int start = randomPlace();
        for (int i = 0; i < partition.count(); i++) {
            int place = (start + i) % partition.count();
            if (isFree(place, addresses, serverPort, protocol, path)) {
                return place;
            }
        }
        return NONE;
    }

    private boolean isFree(
            int place, long addresses, int serverPort, int protocol, ReturnPath path) {
        if (!isOurs(place, addresses, serverPort, path)) {
            return false;
        }
        int ports = ports(serverPort, partition.port(place));
        long key = ConnectionKey.portsAndProtocol(ports, protocol);
        chosenHash = table.hash(addresses, key);
        return table.find(chosenHash, addresses, key) == 0;
    }

    /// The hash of the key that the last port was chosen for.
    ///
    /// @return what [ConnectionTable#open(long, long, long, long, long, long)] expects of it
    public long chosenHash() {
        return chosenHash;
    }

    private boolean isOurs(int place, long addresses, int serverPort, ReturnPath path) {
        return users == 1
                || path.owner(addresses, ports(serverPort, partition.port(place))) == self;
    }

    /// The port word of an outbound key.
    ///
    /// @param serverPort the real server's port as two bytes of a packet, read as one word
    /// @param localPort the local port
    /// @return source and destination port as they lie in a packet
    public static int ports(int serverPort, int localPort) {
        return (serverPort & 0xFFFF) | (Short.reverseBytes((short) localPort) << 16);
    }

    /// Loads what [#release] will need.
    ///
    /// @param lane of a port in use
    /// @param port as [#choose] gave it
    /// @return a meaningless word, to be used so that the compiler keeps the load
    public long touch(PortLane lane, int port) {
        return lane.bitmap() == 0
                ? 0
                : Memory.getLong(PortBitmaps.wordAt(lane.bitmap(), partition.place(port)));
    }

    /// Gives a port back when its connection has ended.
    ///
    /// @param lane it was chosen for
    /// @param port as [#choose] gave it
    public void release(PortLane lane, int port) {
        lane.used(lane.used() - 1);
        if (lane.bitmap() != 0) {
            PortBitmaps.clear(lane.bitmap(), partition.place(port));
        }
        if (lane.used() == 0 && lane.bitmap() != 0) {
            bitmaps.giveBack(lane.bitmap());
            lane.bitmap(0);
        }
    }

    /// xorshift64* (Vigna 2016): unpredictable enough for a port, as RFC 6056 asks, given a secret
    /// seed; one multiplication.
    private int randomPlace() {
        random ^= random >>> 12;
        random ^= random << 25;
        random ^= random >>> 27;
        long bits = random * 0x2545_F491_4F6C_DD1DL;
        return (int) (((bits >>> 32) * partition.count()) >>> 32);
    }

    /// All memory for choosing ports.
    ///
    /// @return bytes
    public long bytes() {
        return bitmaps.bytes();
    }

    @Override
    public void close() {
        bitmaps.close();
        touches.close();
    }
}
