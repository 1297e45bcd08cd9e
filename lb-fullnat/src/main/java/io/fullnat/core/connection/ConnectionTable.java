// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ARMED;
import static io.fullnat.core.connection.ConnectionLayout.CREATED;
import static io.fullnat.core.connection.ConnectionLayout.ENTRY_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OBSERVABLE;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.STAMP;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;
import static io.fullnat.core.connection.ConnectionLayout.TIMER_NEXT;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.FirstTouch;
import io.fullnat.core.memory.Region;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/// The connections of one worker, over IPv4: entries outside the heap that never move, found by the
/// tuple of either direction, ended by timers.
///
/// For keys see [ConnectionKey]. An *entry* is the native address of a [ConnectionLayout] block; a
/// *flow* that of one of its directions.
///
/// **Capacity** is fixed: all memory is reserved at construction. 192 bytes for the entry, 26 to 52
/// in the index, 64 an owner; entries get pages from [#populate(int)] or when they are used.
///
/// **Thread-safety:** none; a table belongs to one thread.
public final class ConnectionTable implements AutoCloseable {
    /// How many connections whose time may have come are looked at together.
    private static final int DUE = 32;

    private static final int OUT = FLOW_LENGTH;
    private static final int ENTRY_FLOWS = ENTRY_LENGTH / FLOW_LENGTH;

    private final int capacity;
    private final Region entries;
    private final long flowsAddress;
    private final long entriesAddress;
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
        // One entry more, always free: where look-ups that found nothing point to.
        entries = Region.reserve((capacity + 1L) * ENTRY_LENGTH, "the connection table");
        flowsAddress = entries.address();
        entriesAddress = flowsAddress + ENTRY_LENGTH;
        Memory.zero(flowsAddress, ENTRY_LENGTH);
        index = new ConnectionIndex(2L * capacity, seed);
        timers = new TimerWheel(entriesAddress, nowSeconds);
        shares = new Shares(entriesAddress, capacity, owners);
        firstTouch = new FirstTouch(entries);
        now = nowSeconds;
    }

    /// Gets some of the table's memory, which the system gives when it is first written, ahead of
    /// need: to be called again and again while there is nothing else to do.
    ///
    /// @param pages at most
    /// @return how many it were; 0 when all is there
    public int populate(int pages) {
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

    /// The likely flow of a hash: right but for a rare collision, so the caller compares the key.
    /// Entries that overflowed their bucket are not found here; [#find] finds them.
    ///
    /// @param bucket of the hash
    /// @param hash of the key
    /// @return a flow, of an entry that is always free if none is likely
    public long likelyFlow(long bucket, long hash) {
        return flow(ConnectionIndex.inHome(bucket, hash));
    }

    /// A flow that matches no key.
    ///
    /// @return the first flow of an entry that is always free
    public long noFlow() {
        return flowsAddress;
    }

    /// Finds a connection by the tuple of either direction.
    ///
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return the flow, or 0
    public long find(long addresses, long portsAndProtocol) {
        return find(index.hash(addresses, portsAndProtocol), addresses, portsAndProtocol);
    }

    /// The same, with the key's hash known.
    ///
    /// @param hash of the key
    /// @param addresses first word
    /// @param portsAndProtocol second word
    /// @return the flow, or 0
    public long find(long hash, long addresses, long portsAndProtocol) {
        int reference = index.find(hash, keyTest, addresses, portsAndProtocol);
        return reference == 0 ? 0 : flow(reference);
    }

    /// Opens a connection of owner 0 under two tuples, neither of which is in the table. The rest
    /// of the entry is the caller's to fill, then to be armed by [#start].
    ///
    /// When the table is full, or the owner has its share of it, another connection gives way: see
    /// [Shares].
    ///
    /// @param inAddresses first word of the inbound key
    /// @param inPorts second word
    /// @param outAddresses first word of the outbound key
    /// @param outPorts second word
    /// @return the entry, zeroed but for keys and directions; 0 if there is no room
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
        long entry = entry(id);
        ConnectionKey.write(entry, inAddresses, inPorts, INBOUND);
        ConnectionKey.write(entry + FLOW_LENGTH, outAddresses, outPorts, OUTBOUND);
        Memory.putInt(entry + STAMP, ++stamps);
        shares.join(entry, owner);
        size++;
        return entry;
    }

    /// Starts the timer of a connection just opened.
    ///
    /// @param entry the connection
    /// @param state its first state
    /// @param timeoutSeconds idle time after which it ends
    /// @param nowSeconds the present time
    public void start(long entry, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        Memory.putInt(entry + CREATED, nowSeconds);
        Memory.putInt(entry + LAST_SEEN, nowSeconds);
        Memory.putInt(entry + FLOW_LENGTH + LAST_SEEN, nowSeconds);
        writeState(entry, state, timeoutSeconds);
        VarHandle.storeStoreFence();
        int stamp = Memory.getInt(entry + STAMP);
        Memory.putInt(entry + OBSERVABLE, stamp == 0 ? -1 : stamp);
        timers.arm(id(entry), deadline(nowSeconds, timeoutSeconds));
    }

    /// Moves a connection to another state.
    ///
    /// @param entry the connection
    /// @param state the new state
    /// @param timeoutSeconds idle time after which it ends there
    /// @param nowSeconds the present time
    public void move(long entry, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        writeState(entry, state, timeoutSeconds);
        timers.advance(id(entry), deadline(nowSeconds, timeoutSeconds));
    }

    /// Gives a connection another idle time, counted from its last packet.
    ///
    /// @param entry the connection
    /// @param timeoutSeconds idle time after which it ends
    public void retime(long entry, int timeoutSeconds) {
        Memory.putInt(entry + TIMEOUT, timeoutSeconds);
        timers.advance(id(entry), deadlineSeconds(id(entry)));
    }

    private void writeState(long entry, ConnectionState state, int timeoutSeconds) {
        TcpMoves.watch(entry, state);
        shares.file(entry, state);
        Memory.putInt(entry + TIMEOUT, timeoutSeconds);
    }

    /// Ends a connection without telling the listener.
    ///
    /// @param entry the connection
    public void remove(long entry) {
        int id = id(entry);
        timers.cancel(id);
        unhash(id, flowHash(entry), flowHash(entry + OUT));
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
            long entry = entry(due[i]);
            sum += Memory.getInt(entry + LAST_SEEN) + Memory.getInt(entry + OUT + LAST_SEEN);
        }
        int ending = 0;
        for (int i = 0; i < count; i++) {
            int id = due[i];
            ConnectionLayout.noteWraps(entry(id));
            int deadline = deadlineSeconds(id);
            if (deadline - nowSeconds <= 0) {
                listener.idle(entry(id));
                deadline = deadlineSeconds(id);
            }
            if (deadline - nowSeconds > 0) {
                timers.arm(id, deadline);
                continue;
            }
            due[ending] = id;
            dueHashes[2 * ending] = flowHash(entry(id));
            dueHashes[2 * ending + 1] = flowHash(entry(id) + OUT);
            ending++;
        }
        for (int i = 0; i < ending; i++) {
            sum +=
                    Memory.getLong(index.bucket(dueHashes[2 * i]))
                            + Memory.getLong(index.bucket(dueHashes[2 * i + 1]))
                            + listener.prefetch(entry(due[i]));
        }
        for (int i = 0; i < ending; i++) {
            int id = due[i];
            listener.ended(entry(id), false);
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
        long entry = entry(id);
        int in = Memory.getInt(entry + LAST_SEEN);
        int out = Memory.getInt(entry + OUT + LAST_SEEN);
        return deadline(in - out > 0 ? in : out, Memory.getInt(entry + TIMEOUT));
    }

    private static int deadline(int lastSeconds, int timeoutSeconds) {
        return lastSeconds + timeoutSeconds + 1;
    }

    private long flowHash(long flow) {
        return index.hash(ConnectionKey.addresses(flow), ConnectionKey.portsAndProtocol(flow));
    }

    private void unhash(int id, long inHash, long outHash) {
        long entry = entry(id);
        shares.end(entry);
        index.remove(inHash, reference(id, INBOUND));
        index.remove(outHash, reference(id, OUTBOUND));
        Memory.putByte(entry + PROTOCOL, 0);
        Memory.putByte(entry + OUT + PROTOCOL, 0);
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
            long entry = entry(id);
            freeList = Memory.getInt(entry + TIMER_NEXT);
            Memory.putInt(entry + OBSERVABLE, 0); // before all else: see ConnectionObserver
            VarHandle.storeStoreFence();
            clear(entry);
            return id;
        }
        return fresh.getPlain() < capacity ? takeFresh() : -1;
    }

    /// An entry that has never been used holds anything; observers look at it from when `fresh` has
    /// passed it.
    private int takeFresh() {
        int id = fresh.getPlain();
        clear(entry(id));
        fresh.setRelease(id + 1); // a volatile write would wait for all stores before it
        return id;
    }

    /// A loop of a fixed length, which the compiler unrolls.
    private static void clear(long entry) {
        for (int at = 0; at < ENTRY_LENGTH; at += Long.BYTES) {
            Memory.putLong(entry + at, 0);
        }
    }

    private void free(int id) {
        long entry = entry(id);
        Memory.putInt(entry + ARMED, 0);
        Memory.putInt(entry + TIMER_NEXT, freeList);
        freeList = id + 1;
    }

    /// Calls a visitor for the connections in a range of places, so that a long listing can be done
    /// in steps. Connections that come or go meanwhile may be missed; none is seen twice.
    ///
    /// @param from the first place, 0 at the start
    /// @param count how many places
    /// @param visitor gets entries
    /// @return the place to go on from, or -1 at the end
    public int visit(int from, int count, EntryVisitor visitor) {
        int to = (int) Math.min(fresh.getPlain(), (long) from + count);
        for (int id = from; id < to; id++) {
            long entry = entry(id);
            if (Memory.getByte(entry + PROTOCOL) != 0) {
                visitor.visit(entry);
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

    /// How many entries have ever been in use: an observer need not look further.
    int entriesUsed() {
        return fresh.getAcquire();
    }

    /// Where the first entry lies.
    long entriesAddress() {
        return entriesAddress;
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
        return entries.size() + index.bytes() + timers.bytes() + shares.bytes();
    }

    @Override
    public void close() {
        entries.close();
        index.close();
        timers.close();
        shares.close();
    }

    private boolean matches(int reference, long addresses, long portsAndProtocol) {
        return ConnectionKey.matches(flow(reference), addresses, portsAndProtocol);
    }

    /// A flow's number; 0 is the first flow of the entry that is always free.
    private static int reference(int id, int direction) {
        return (id + 1) * ENTRY_FLOWS + direction;
    }

    private long flow(int reference) {
        return flowsAddress + Integer.toUnsignedLong(reference) * FLOW_LENGTH;
    }

    private long entry(int id) {
        return entriesAddress + (long) id * ENTRY_LENGTH;
    }

    private int id(long entry) {
        return (int) ((entry - entriesAddress) / ENTRY_LENGTH);
    }
}
