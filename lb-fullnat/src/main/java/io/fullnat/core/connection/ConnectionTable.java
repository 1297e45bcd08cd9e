// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ARMED;
import static io.fullnat.core.connection.ConnectionLayout.CREATED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.LINE_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.OBSERVABLE;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.RECORD_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.STAMP;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;
import static io.fullnat.core.connection.ConnectionLayout.TIMER_NEXT;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.FirstTouch;
import io.fullnat.core.memory.Region;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/// The connections of one worker, over IPv4: records outside the heap that never move, found by the
/// tuple of either direction, ended by timers.
///
/// For keys see [ConnectionKey]. A *record* is the native address of a [ConnectionLayout] block; a
/// *line* that of one of its directions.
///
/// **Capacity** is fixed: nothing is allocated later. Memory: 192 bytes for the record, 26 to 52 in
/// the index, 64 an owner; records get their pages from [#touch(int)] or when they are used.
///
/// **Thread-safety:** none; a table belongs to one thread.
public final class ConnectionTable implements AutoCloseable {
    /// How many connections whose time may have come are looked at together.
    private static final int DUE = 32;

    private static final int OUT = LINE_LENGTH;
    private static final int RECORD_LINES = RECORD_LENGTH / LINE_LENGTH;

    private final int capacity;
    private final Region records;
    private final long linesAddress;
    private final long recordsAddress;
    private final ConnectionIndex index;
    private final ConnectionIndex.KeyTest keyTest = this::matches;
    private final TimerWheel timers;
    private final Shares shares;
    private final FirstTouch firstTouch;
    private final EndListener listener;
    private final int[] due = new int[DUE];
    private final long[] dueHashes = new long[2 * DUE];
    private long touched;
    private int size;
    private final AtomicInteger fresh = new AtomicInteger();
    private int freeList;
    private int stamps;
    private int now;

    /// An empty table whose connections all have one owner.
    ///
    /// @param capacity connections at the most, 1 to 2^30
    /// @param seed secret of the hash; a table that faces a network gets a random one
    /// @param nowSeconds the present time of the clock whose seconds the other methods get
    /// @param listener told of connections that end by themselves
    /// @throws io.fullnat.api.BalancerException if there is not enough memory
    public ConnectionTable(int capacity, long seed, int nowSeconds, EndListener listener) {
        this(capacity, seed, nowSeconds, listener, 1);
    }

    /// An empty table.
    ///
    /// @param capacity connections at the most, 1 to 2^30
    /// @param seed secret of the hash; a table that faces a network gets a random one
    /// @param nowSeconds the present time of the clock whose seconds the other methods get
    /// @param listener told of connections that end by themselves
    /// @param owners how many owners of connections there can be
    /// @throws io.fullnat.api.BalancerException if there is not enough memory
    public ConnectionTable(
            int capacity, long seed, int nowSeconds, EndListener listener, int owners) {
        if (capacity < 1 || capacity > 1 << 30) {
            throw new IllegalArgumentException("capacity " + capacity + " is not 1-2^30");
        }
        this.capacity = capacity;
        this.listener = listener;
        // One record more, always free: where look-ups that found nothing point to.
        records = Region.reserve((capacity + 1L) * RECORD_LENGTH, "the connection table");
        linesAddress = records.address();
        recordsAddress = linesAddress + RECORD_LENGTH;
        Memory.zero(linesAddress, RECORD_LENGTH);
        index = new ConnectionIndex(2L * capacity, seed);
        timers = new TimerWheel(recordsAddress, nowSeconds);
        shares = new Shares(recordsAddress, capacity, owners);
        firstTouch = new FirstTouch(records);
        now = nowSeconds;
    }

    /// Gets some of the table's memory, which the system gives when it is first written, ahead of
    /// need: to be called again and again while there is nothing else to do.
    ///
    /// @param pages at most
    /// @return how many it were; 0 when all is there
    public int touch(int pages) {
        return firstTouch.step(pages);
    }

    /// The hash of a key.
    ///
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return the hash
    public long hash(long addresses, long portsAndProtocol) {
        return index.hash(addresses, portsAndProtocol);
    }

    /// Where a look-up of this hash reads first: loading a word of it early, for all packets of a
    /// burst, lets their cache misses overlap.
    ///
    /// @param hash of a key
    /// @return the address of a cache line
    public long bucket(long hash) {
        return index.bucket(hash);
    }

    /// The likely line of a hash: right but for a rare collision, so the caller compares the key.
    /// Entries that overflowed their bucket are not found here; [#find] finds them.
    ///
    /// @param bucket of the hash
    /// @param hash of the key
    /// @return a line, of a record that is always free if none is likely
    public long likelyLine(long bucket, long hash) {
        return line(ConnectionIndex.inHome(bucket, hash));
    }

    /// A line that matches no key.
    ///
    /// @return the first line of a record that is always free
    public long noLine() {
        return linesAddress;
    }

    /// Finds a connection by the tuple of either direction.
    ///
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return the line, or 0
    public long find(long addresses, long portsAndProtocol) {
        return find(index.hash(addresses, portsAndProtocol), addresses, portsAndProtocol);
    }

    /// The same, with the key's hash known.
    ///
    /// @param hash of the key
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return the line, or 0
    public long find(long hash, long addresses, long portsAndProtocol) {
        int reference = index.find(hash, keyTest, addresses, portsAndProtocol);
        return reference == 0 ? 0 : line(reference);
    }

    /// Opens a connection of owner 0 under two tuples, neither of which is in the table. The rest
    /// of the record is the caller's to fill, then to be armed by [#start].
    ///
    /// When the table is full, or the owner has its share of it, another connection gives way: see
    /// [Shares].
    ///
    /// @param inAddresses first word of the inbound key
    /// @param inPorts second word
    /// @param outAddresses first word of the outbound key
    /// @param outPorts second word
    /// @return the record, zeroed but for keys and directions; 0 if there is no room
    public long open(long inAddresses, long inPorts, long outAddresses, long outPorts) {
        long inHash = index.hash(inAddresses, inPorts);
        long outHash = index.hash(outAddresses, outPorts);
        return open(inHash, inAddresses, inPorts, outHash, outAddresses, outPorts, 0);
    }

    /// The same for any owner, with the keys' hashes known.
    ///
    /// @param inHash of the inbound key
    /// @param inAddresses its first word
    /// @param inPorts second word
    /// @param outHash of the outbound key
    /// @param outAddresses its first word
    /// @param outPorts second word
    /// @param owner whose it is
    /// @return as above
    public long open(
            long inHash,
            long inAddresses,
            long inPorts,
            long outHash,
            long outAddresses,
            long outPorts,
            int owner) {
        int id = allocate(owner);
        if (id < 0) {
            shares.refuse(owner);
            return 0;
        }
        int inReference = reference(id, INBOUND);
        if (!index.insert(inHash, inReference)) {
            free(id);
            return 0;
        }
        if (!index.insert(outHash, reference(id, OUTBOUND))) {
            index.remove(inHash, inReference);
            free(id);
            return 0;
        }
        long record = record(id);
        ConnectionKey.write(record, inAddresses, inPorts, INBOUND);
        ConnectionKey.write(record + LINE_LENGTH, outAddresses, outPorts, OUTBOUND);
        Memory.putInt(record + STAMP, ++stamps);
        shares.join(record, owner);
        size++;
        return record;
    }

    /// Starts the timer of a connection just opened.
    ///
    /// @param record the connection
    /// @param state its first state
    /// @param timeoutSeconds idle time after which it ends
    /// @param nowSeconds the present time
    public void start(long record, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        Memory.putInt(record + CREATED, nowSeconds);
        Memory.putInt(record + LAST_SEEN, nowSeconds);
        Memory.putInt(record + LINE_LENGTH + LAST_SEEN, nowSeconds);
        writeState(record, state, timeoutSeconds);
        VarHandle.storeStoreFence();
        int stamp = Memory.getInt(record + STAMP);
        Memory.putInt(record + OBSERVABLE, stamp == 0 ? -1 : stamp);
        timers.arm(id(record), deadline(nowSeconds, timeoutSeconds));
    }

    /// Moves a connection to another state.
    ///
    /// @param record the connection
    /// @param state the new state
    /// @param timeoutSeconds idle time after which it ends there
    /// @param nowSeconds the present time
    public void move(long record, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        writeState(record, state, timeoutSeconds);
        timers.advance(id(record), deadline(nowSeconds, timeoutSeconds));
    }

    /// Gives a connection another idle time, counted from its last packet.
    ///
    /// @param record the connection
    /// @param timeoutSeconds idle time after which it ends
    public void retime(long record, int timeoutSeconds) {
        Memory.putInt(record + TIMEOUT, timeoutSeconds);
        timers.advance(id(record), deadlineSeconds(id(record)));
    }

    private void writeState(long record, ConnectionState state, int timeoutSeconds) {
        TcpMoves.watch(record, state);
        shares.note(record, state);
        Memory.putInt(record + TIMEOUT, timeoutSeconds);
    }

    /// Ends a connection without telling the listener.
    ///
    /// @param record the connection
    public void remove(long record) {
        int id = id(record);
        timers.cancel(id);
        unhash(id, lineHash(record), lineHash(record + OUT));
    }

    /// Ends connections whose time has come.
    ///
    /// @param nowSeconds the present time
    /// @param limit how many to look at, at most: bounds the time of a call
    /// @return how many were looked at; as many as the limit means more may be due
    public int expire(int nowSeconds, int limit) {
        now = nowSeconds;
        int seen = 0;
        int taken;
        do {
            taken = timers.take(nowSeconds, due, Math.min(due.length, limit - seen));
            endDue(taken, nowSeconds);
            seen += taken;
        } while (taken == due.length && seen < limit);
        return seen;
    }

    /// Ends those of the taken connections that had no packet meanwhile, and arms the others again.
    /// As with packets, what all of them need is loaded before the first one is dealt with.
    private void endDue(int count, int nowSeconds) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            long record = record(due[i]);
            sum += Memory.getInt(record + LAST_SEEN) + Memory.getInt(record + OUT + LAST_SEEN);
        }
        int ending = 0;
        for (int i = 0; i < count; i++) {
            int id = due[i];
            ConnectionLayout.noteWraps(record(id));
            int deadline = deadlineSeconds(id);
            if (deadline - nowSeconds <= 0) {
                listener.idle(record(id));
                deadline = deadlineSeconds(id);
            }
            if (deadline - nowSeconds > 0) {
                timers.arm(id, deadline);
                continue;
            }
            due[ending] = id;
            dueHashes[2 * ending] = lineHash(record(id));
            dueHashes[2 * ending + 1] = lineHash(record(id) + OUT);
            ending++;
        }
        for (int i = 0; i < ending; i++) {
            sum +=
                    Memory.getLong(index.bucket(dueHashes[2 * i]))
                            + Memory.getLong(index.bucket(dueHashes[2 * i + 1]))
                            + listener.touch(record(due[i]));
        }
        for (int i = 0; i < ending; i++) {
            int id = due[i];
            listener.ended(record(id), false);
            unhash(id, dueHashes[2 * i], dueHashes[2 * i + 1]);
        }
        touched += sum;
    }

    /// Keeps the early loads alive: without a use the compiler would drop them.
    ///
    /// @return a meaningless sum
    long touched() {
        return touched;
    }

    /// The second at which a connection ends if no packet comes: its idle time must have passed in
    /// full, and the second of its last packet was not a full one.
    private int deadlineSeconds(int id) {
        long record = record(id);
        int in = Memory.getInt(record + LAST_SEEN);
        int out = Memory.getInt(record + OUT + LAST_SEEN);
        return deadline(in - out > 0 ? in : out, Memory.getInt(record + TIMEOUT));
    }

    private static int deadline(int lastSeconds, int timeoutSeconds) {
        return lastSeconds + timeoutSeconds + 1;
    }

    private long lineHash(long line) {
        return index.hash(ConnectionKey.addresses(line), ConnectionKey.portsAndProtocol(line));
    }

    private void unhash(int id, long inHash, long outHash) {
        long record = record(id);
        shares.end(record);
        index.remove(inHash, reference(id, INBOUND));
        index.remove(outHash, reference(id, OUTBOUND));
        Memory.putByte(record + PROTOCOL, 0);
        Memory.putByte(record + OUT + PROTOCOL, 0);
        size--;
        free(id);
    }

    private int allocate(int owner) {
        int free = capacity - size;
        if (!shares.mayTake(owner, free)) {
            long victim = shares.victim(owner, free, now);
            if (victim == 0) {
                return -1;
            }
            listener.ended(victim, true);
            remove(victim);
        }
        if (freeList != 0) {
            int id = freeList - 1;
            long record = record(id);
            freeList = Memory.getInt(record + TIMER_NEXT);
            Memory.putInt(record + OBSERVABLE, 0); // before all else: see ConnectionObserver
            VarHandle.storeStoreFence();
            clear(record);
            return id;
        }
        return fresh.getPlain() < capacity ? takeFresh() : -1;
    }

    /// A record that has never been used holds anything; observers look at it from when `fresh` has
    /// passed it.
    private int takeFresh() {
        int id = fresh.getPlain();
        clear(record(id));
        fresh.setRelease(id + 1); // a volatile write would wait for all stores before it
        return id;
    }

    /// A loop of a fixed length, which the compiler unrolls.
    private static void clear(long record) {
        for (int at = 0; at < RECORD_LENGTH; at += Long.BYTES) {
            Memory.putLong(record + at, 0);
        }
    }

    private void free(int id) {
        long record = record(id);
        Memory.putInt(record + ARMED, 0);
        Memory.putInt(record + TIMER_NEXT, freeList);
        freeList = id + 1;
    }

    /// Calls a visitor for the connections in a range of places, so that a long listing can be done
    /// in steps. Connections that come or go meanwhile may be missed; none is seen twice.
    ///
    /// @param from the first place, 0 at the start
    /// @param count how many places
    /// @param visitor gets records
    /// @return the place to go on from, or -1 at the end
    public int visit(int from, int count, RecordVisitor visitor) {
        int to = (int) Math.min(fresh.getPlain(), (long) from + count);
        for (int id = from; id < to; id++) {
            long record = record(id);
            if (Memory.getByte(record + PROTOCOL) != 0) {
                visitor.visit(record);
            }
        }
        return to == fresh.getPlain() ? -1 : to;
    }

    /// The creation number of the connection opened last.
    ///
    /// @return as in [ConnectionLayout#STAMP]
    public int newest() {
        return stamps;
    }

    /// How many records have ever been in use: an observer need not look further.
    int recordsUsed() {
        return fresh.getAcquire();
    }

    /// Where the first record lies.
    long recordsAddress() {
        return recordsAddress;
    }

    /// How many connections are open.
    ///
    /// @return 0 to the capacity
    public int size() {
        return size;
    }

    /// How the owners share the table.
    ///
    /// @return their shares
    public Shares shares() {
        return shares;
    }

    /// How many connections can be open.
    ///
    /// @return the capacity chosen at construction
    public int capacity() {
        return capacity;
    }

    /// All memory of the table.
    ///
    /// @return bytes
    public long bytes() {
        return records.size() + index.bytes() + timers.bytes() + shares.bytes();
    }

    @Override
    public void close() {
        records.close();
        index.close();
        timers.close();
        shares.close();
    }

    private boolean matches(int reference, long addresses, long portsAndProtocol) {
        return ConnectionKey.matches(line(reference), addresses, portsAndProtocol);
    }

    /// A line's number; 0 is the first line of the record that is always free.
    private static int reference(int id, int direction) {
        return (id + 1) * RECORD_LINES + direction;
    }

    private long line(int reference) {
        return linesAddress + Integer.toUnsignedLong(reference) * LINE_LENGTH;
    }

    private long record(int id) {
        return recordsAddress + (long) id * RECORD_LENGTH;
    }

    private int id(long record) {
        return (int) ((record - recordsAddress) / RECORD_LENGTH);
    }
}
