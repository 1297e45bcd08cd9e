// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ENTRY_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ENTRY_LENGTH;
import static java.util.Objects.requireNonNull;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.FirstTouch;
import io.fullnat.core.memory.Region;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The connections of one worker: entries outside the heap that never move, found by the tuple of
/// either direction, ended by timers.
///
/// For keys see [ConnectionKey]. An *entry* is the native address of a [ConnectionLayout] block; a
/// *flow* that of one of its directions. What is here of keys is of IPv4; those connections that
/// IPv6 takes part in are opened and found by [#wide()].
///
/// **Capacity** is fixed: all memory is reserved at construction. 192 bytes for the entry, 26 to 52
/// in the index, 64 an owner; entries get pages from [#pages()] or when they are used. A table of
/// both families has address space for as many wide entries, 320 bytes each, and for a second
/// index, which get them when IPv6 is expected.
///
/// **Thread-safety:** none; a table belongs to one thread.
public final class ConnectionTable implements AutoCloseable {
    private static final int ENTRY_FLOWS = ENTRY_LENGTH / FLOW_LENGTH;

    private final int capacity;
    private final Region entries;
    private final long flowsAddress;
    private final long entriesAddress;
    private final EntryZone narrowZone;
    private final @Nullable EntryZone wideZone;
    private final ConnectionIndex index;
    private final ConnectionIndex.KeyTest keyTest = this::matches;
    private final @Nullable WideConnections wide;
    private final TimerWheel timers;
    private final Expiry expiry;
    private final Shares shares;
    private final SequenceShifts shifts;
    private final TablePages pages;
    private final EndListener listener;
    private int size;
    private int stamps;
    private int now;

    /// An empty table of IPv4 whose connections all have one owner.
    ///
    /// @param capacity connections at the most, 1 to 2^30
    /// @param seed secret of the hash; a table that faces a network gets a random one
    /// @param nowSeconds the present time of the clock whose seconds the other methods get
    /// @param listener told of connections that end by themselves
    /// @throws io.fullnat.api.BalancerException if there is not enough memory
    public ConnectionTable(int capacity, long seed, int nowSeconds, EndListener listener) {
        this(capacity, seed, nowSeconds, listener, 1, false);
    }

    /// An empty table.
    ///
    /// @param capacity connections at the most, 1 to 2^30, of both families 2^28
    /// @param seed secret of the hash; a table that faces a network gets a random one
    /// @param nowSeconds the present time of the clock whose seconds the other methods get
    /// @param listener told of connections that end by themselves
    /// @param owners how many owners of connections there can be
    /// @param dualStack whether it holds connections of IPv6 too
    /// @throws io.fullnat.api.BalancerException if there is not enough memory
    public ConnectionTable(
            int capacity,
            long seed,
            int nowSeconds,
            EndListener listener,
            int owners,
            boolean dualStack) {
        int most = dualStack ? 28 : 30;
        if (capacity < 1 || capacity > 1 << most) {
            throw new IllegalArgumentException("capacity " + capacity + " is not 1-2^" + most);
        }
        this.capacity = capacity;
        this.listener = listener;
        // One entry more, always free: where look-ups that found nothing point to. Its keys match
        // none, since nothing has protocol 0: so what is read behind it need not be its own.
        long narrowLength = (capacity + 1L) * ENTRY_LENGTH;
        long wideLength = dualStack ? (long) capacity * WIDE_ENTRY_LENGTH : 0;
        entries = Region.reserve(narrowLength + wideLength, "the connection table");
        flowsAddress = entries.address();
        entriesAddress = flowsAddress + ENTRY_LENGTH;
        Memory.zero(flowsAddress, ENTRY_LENGTH);
        narrowZone = new EntryZone(entriesAddress, entriesAddress, ENTRY_LENGTH, capacity);
        index = new ConnectionIndex(2L * capacity, seed);
        if (dualStack) {
            long first = flowsAddress + narrowLength;
            wideZone = new EntryZone(entriesAddress, first, WIDE_ENTRY_LENGTH, capacity);
            wide = new WideConnections(this, new ConnectionIndex(2L * capacity, ~seed, true));
        } else {
            wideZone = null;
            wide = null;
        }
        timers = new TimerWheel(entriesAddress, nowSeconds);
        expiry = new Expiry(this, timers, listener);
        shares = new Shares(entriesAddress, capacity, owners);
        shifts = new SequenceShifts(flowsAddress, narrowLength + wideLength);
        pages =
                new TablePages(
                        new FirstTouch(flowsAddress, narrowLength),
                        narrowZone,
                        wide,
                        new FirstTouch(flowsAddress + narrowLength, wideLength));
        now = nowSeconds;
    }

    /// Those connections that IPv6 takes part in.
    ///
    /// @return the table's face for them
    /// @throws IllegalStateException if it was not made for both families
    public WideConnections wide() {
        if (wide == null) {
            throw new IllegalStateException("this table is of IPv4 only");
        }
        return wide;
    }

    /// What gets the table's memory ahead of need.
    public TablePages pages() {
        return pages;
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
        if (isNowhere(hash)) {
            return 0;
        }
        int reference = index.find(hash, keyTest, addresses, portsAndProtocol);
        return reference == 0 ? 0 : flow(reference);
    }

    /// Whether it is clear that no connection has a hash, without its key: so it is of most that
    /// are not there.
    public boolean isNowhere(long hash) {
        return index.isNowhere(hash);
    }

    /// Opens a connection of owner 0 under two tuples, neither of which is in the table. The rest
    /// of the entry is the caller's to fill, then to be armed by [#start]. When the table is full,
    /// or the owner has its share of it, another connection gives way: see [Shares].
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
        long entry = place(index, inHash, index, outHash, false, owner);
        if (entry != 0) {
            ConnectionKey.write(entry, inAddresses, inPorts, INBOUND);
            ConnectionKey.write(entry + FLOW_LENGTH, outAddresses, outPorts, OUTBOUND);
        }
        return entry;
    }

    /// Takes an entry into use that is found by two hashes, each in an index; its keys are to be
    /// written at once.
    ///
    /// @return the entry, or 0 if there is no room
    long place(
            ConnectionIndex inIndex,
            long inHash,
            ConnectionIndex outIndex,
            long outHash,
            boolean isWide,
            int owner) {
        EntryZone zone = zone(isWide);
        long entry = makeRoom(owner) ? zone.take() : 0;
        if (entry == 0) {
            shares.refuse(owner);
            return 0;
        }
        int inReference = reference(entry, INBOUND);
        if (!inIndex.insert(inHash, inReference)) {
            zone.free(entry);
            return 0;
        }
        if (!outIndex.insert(outHash, reference(entry, OUTBOUND))) {
            inIndex.remove(inHash, inReference);
            zone.free(entry);
            return 0;
        }
        Memory.putInt(entry + ConnectionLayout.STAMP, ++stamps);
        shares.join(entry, owner);
        size++;
        return entry;
    }

    private EntryZone zone(boolean isWide) {
        return isWide ? requireNonNull(wideZone) : narrowZone;
    }

    /// Starts the timer of a connection just opened.
    ///
    /// @param entry the connection
    /// @param state its first state
    /// @param timeoutSeconds idle time after which it ends
    /// @param nowSeconds the present time
    public void start(long entry, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        Memory.putInt(entry + ConnectionLayout.CREATED, nowSeconds);
        Memory.putInt(entry + ConnectionLayout.LAST_SEEN, nowSeconds);
        Memory.putInt(entry + FLOW_LENGTH + ConnectionLayout.LAST_SEEN, nowSeconds);
        writeState(entry, state, timeoutSeconds);
        timers.arm(entry, Expiry.deadline(nowSeconds, timeoutSeconds));
        int stamp = Memory.getInt(entry + ConnectionLayout.STAMP);
        VarHandle.storeStoreFence(); // last: behind it the compiler loads all of objects again
        Memory.putInt(entry + ConnectionLayout.OBSERVABLE, stamp == 0 ? -1 : stamp);
    }

    /// Lets only answers find a connection: the next packet of its tuple begins another one.
    ///
    /// @param entry a connection that has begun
    public void unindex(long entry) {
        indexOf(entry, INBOUND).remove(hashOf(entry, INBOUND), reference(entry, INBOUND));
        ConnectionLayout.unindexed(entry);
    }

    /// Moves a connection to another state.
    ///
    /// @param entry the connection
    /// @param state the new state
    /// @param timeoutSeconds idle time after which it ends there
    /// @param nowSeconds the present time
    public void move(long entry, ConnectionState state, int timeoutSeconds, int nowSeconds) {
        writeState(entry, state, timeoutSeconds);
        timers.advance(entry, Expiry.deadline(nowSeconds, timeoutSeconds));
    }

    /// Gives a connection another idle time, counted from its last packet.
    ///
    /// @param entry the connection
    /// @param timeoutSeconds idle time after which it ends
    public void retime(long entry, int timeoutSeconds) {
        Memory.putInt(entry + ConnectionLayout.TIMEOUT, timeoutSeconds);
        timers.advance(entry, Expiry.deadline(entry));
    }

    private void writeState(long entry, ConnectionState state, int timeoutSeconds) {
        TcpMoves.watch(entry, state);
        shares.file(entry, state);
        Memory.putInt(entry + ConnectionLayout.TIMEOUT, timeoutSeconds);
    }

    /// Ends a connection without telling the listener.
    ///
    /// @param entry the connection
    public void remove(long entry) {
        timers.cancel(entry);
        unhash(entry, hashOf(entry, INBOUND), hashOf(entry, OUTBOUND));
    }

    /// Ends connections whose time has come.
    ///
    /// @param nowSeconds the present time
    /// @param limit how many to look at, at most: bounds the time of a call
    /// @return how many were looked at; as many as the limit means more may be due
    public int expire(int nowSeconds, int limit) {
        now = nowSeconds;
        return expiry.step(nowSeconds, limit);
    }

    /// The hash by which the key of a connection's direction stands in its index.
    long hashOf(long entry, int direction) {
        long flow = entry + (long) direction * FLOW_LENGTH;
        return ConnectionLayout.hasWideKey(entry, direction)
                ? wide().hashOf(flow)
                : index.hash(ConnectionKey.addresses(flow), ConnectionKey.portsAndProtocol(flow));
    }

    /// The bucket that is home to such a hash.
    long bucketOf(long entry, int direction, long hash) {
        return indexOf(entry, direction).bucket(hash);
    }

    private ConnectionIndex indexOf(long entry, int direction) {
        return ConnectionLayout.hasWideKey(entry, direction) ? wide().index() : index;
    }

    /// Frees an entry in use whose timer does not run.
    void unhash(long entry, long inHash, long outHash) {
        shares.end(entry);
        if (!ConnectionLayout.isUnindexed(entry)) {
            indexOf(entry, INBOUND).remove(inHash, reference(entry, INBOUND));
        }
        indexOf(entry, OUTBOUND).remove(outHash, reference(entry, OUTBOUND));
        Memory.putByte(entry + ConnectionLayout.PROTOCOL, 0);
        Memory.putByte(entry + FLOW_LENGTH + ConnectionLayout.PROTOCOL, 0);
        size--;
        zone(ConnectionLayout.isWide(entry)).free(entry);
    }

    /// Whether an owner may open a connection, another one having given way if need be.
    private boolean makeRoom(int owner) {
        int free = capacity - size;
        if (!shares.mayTake(owner, free)) {
            long victim = shares.victim(owner, free, now);
            if (victim == 0) {
                return false;
            }
            listener.ended(victim, true);
            remove(victim);
        }
        return true;
    }

    /// Calls a visitor for the connections in a range of places: a long listing is done in steps.
    /// Connections that come or go meanwhile may be missed; none is seen twice.
    ///
    /// @param from the first place, 0 at the start
    /// @param count how many places
    /// @param visitor gets entries
    /// @return the place to go on from, or -1 at the end
    public int visit(int from, int count, EntryVisitor visitor) {
        int places = places();
        int first =
                from < narrowZone.used() || from >= capacity ? from : Math.min(capacity, places);
        int to = (int) Math.min(places, (long) first + count);
        for (int place = first; place < to; place++) {
            long entry = entryAt(place);
            if (entry != 0 && Memory.getByte(entry + ConnectionLayout.PROTOCOL) != 0) {
                visitor.visit(entry);
            }
        }
        return to == places ? -1 : to;
    }

    /// How many places there are to look at: no others have held a connection. For any thread.
    int places() {
        int wideUsed = wideZone == null ? 0 : wideZone.used();
        return wideUsed == 0 ? narrowZone.used() : capacity + wideUsed;
    }

    /// The entry of a place, in use or not; 0 if it has never been in use. Any thread may ask.
    long entryAt(int place) {
        if (place < capacity) {
            return place < narrowZone.used() ? narrowZone.entry(place) : 0;
        }
        return requireNonNull(wideZone).entry(place - capacity);
    }

    /// How many bytes the entry of a place has.
    int lengthAt(int place) {
        return place < capacity ? ENTRY_LENGTH : WIDE_ENTRY_LENGTH;
    }

    /// The creation number of the connection opened last, as in [ConnectionLayout#STAMP].
    public int newest() {
        return stamps;
    }

    ConnectionIndex index() {
        return index;
    }

    /// How many connections are open: 0 to the capacity.
    public int size() {
        return size;
    }

    /// How the owners share the table.
    public Shares shares() {
        return shares;
    }

    /// By how much sequence numbers of this table's connections are moved.
    public SequenceShifts shifts() {
        return shifts;
    }

    /// How many connections can be open.
    ///
    /// @return the capacity chosen at construction
    public int capacity() {
        return capacity;
    }

    /// Memory of the table: its own, and what connections of IPv6 had it take. Any thread may ask.
    ///
    /// @return bytes
    public long bytes() {
        long own = (capacity + 1L) * ENTRY_LENGTH + wideBytes();
        return own + index.bytes() + timers.bytes() + shares.bytes();
    }

    /// Their index has all its pages soon after the first is expected.
    private long wideBytes() {
        if (wideZone == null || !wide().isExpected()) {
            return 0;
        }
        long used = (long) wideZone.used() * WIDE_ENTRY_LENGTH;
        return Math.max(used, pages.wideEntryBytes()) + wide().index().bytes();
    }

    @Override
    public void close() {
        entries.close();
        index.close();
        if (wide != null) {
            wide.index().close();
        }
        timers.close();
        shares.close();
        shifts.close();
    }

    private boolean matches(int reference, long addresses, long portsAndProtocol) {
        return ConnectionKey.matches(flow(reference), addresses, portsAndProtocol);
    }

    /// A flow's number, in cache lines; 0 is the first flow of the entry that is always free.
    private int reference(long entry, int direction) {
        return ConnectionLayout.number(entriesAddress, entry) - 1 + ENTRY_FLOWS + direction;
    }

    /// The flow that has a number.
    long flow(int reference) {
        return flowsAddress + Integer.toUnsignedLong(reference) * FLOW_LENGTH;
    }
}
