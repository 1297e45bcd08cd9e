// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.core.address.Addresses;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.schedule.Origins;
import org.jspecify.annotations.Nullable;

/// A real server as a worker sees it. Not changed after construction, but for its allocators'
/// contents, its cursor over them, and the next hop that was found for it.
///
/// Each server has a cursor of its own: one of the whole service would go in step with round robin,
/// and of all pairs of server and local address only some would ever be used.
public final class ServerEntry {
    /// Instead of a weight: the operator has taken the server out.
    public static final int INHIBITED = -1;

    /// How many turns lie between two is found out once in so many.
    private static final int EIGHT = 8;

    private static final int MOST_BETWEEN = EIGHT << 10;

    private final long high;
    private final long low;
    private final int address;
    private final boolean ipv6;
    private final int port;
    private final int weight;
    private final int slot;
    private final LocalEntry[] locals;
    private final PortAllocator[] allocators;
    private final int[] allocatorIds;
    private final @Nullable ServerLimit limit;
    private int cursor;
    private long ownStamp;
    private int ownLocals;
    private int nextHop;
    private int nextHopDevice;
    private int nextHopGeneration;
    private boolean nextHopKnown;
    private int turns;
    private int eighthBefore;
    private int between = MOST_BETWEEN / EIGHT;

    /// A real server for one worker.
    ///
    /// @param high first half of its address
    /// @param low last half
    /// @param port as two bytes of a packet, read as one word; 0 for the one that a client asks for
    /// @param weight its weight, or [#INHIBITED]
    /// @param slot of its counters
    /// @param locals the service's local addresses of the server's family
    /// @param allocators one for each of them
    /// @param allocatorIds what a connection stores to find its allocator again
    /// @param cursor the local address to start at
    /// @param limit of its connections; null if there is none
    public ServerEntry(
            long high,
            long low,
            int port,
            int weight,
            int slot,
            LocalEntry[] locals,
            PortAllocator[] allocators,
            int[] allocatorIds,
            int cursor,
            @Nullable ServerLimit limit) {
        this.high = high;
        this.low = low;
        address = Addresses.word(high, low);
        ipv6 = !Addresses.isIpv4(high, low);
        this.port = port;
        this.weight = weight;
        this.slot = slot;
        this.locals = locals;
        this.allocators = allocators;
        this.allocatorIds = allocatorIds;
        this.cursor = cursor;
        this.limit = limit;
    }

    /// How many connections it may have.
    ///
    /// @return null if there is no limit
    public @Nullable ServerLimit limit() {
        return limit;
    }

    /// Whether it has as many connections as it may have.
    boolean isFull() {
        return limit != null && limit.isFull();
    }

    /// Whether it is reached over IPv6, whatever the family of its clients.
    ///
    /// @return false for IPv4
    public boolean isIpv6() {
        return ipv6;
    }

    /// The first half of its address.
    ///
    /// @return 0 for IPv4
    public long high() {
        return high;
    }

    /// The last half.
    ///
    /// @return as in [io.fullnat.api.IpAddress#low()]
    public long low() {
        return low;
    }

    /// Its address of IPv4.
    ///
    /// @return four bytes of a packet, read as one word; 0 of a server of IPv6
    public int address() {
        return address;
    }

    /// The port of it to which a connection goes: its own, or the one that the client asked for.
    ///
    /// @param asked the client's destination port, two bytes of a packet, read as one word
    /// @return two bytes of a packet, read as one word
    public int port(int asked) {
        return port == 0 ? asked : port;
    }

    /// Its weight.
    ///
    /// @return 0 to 65535, or [#INHIBITED]
    public int weight() {
        return weight;
    }

    /// The slot of its counters.
    ///
    /// @return the slot
    public int slot() {
        return slot;
    }

    /// Whether the server's next hop was found for the present routes.
    ///
    /// @param generation of the routes
    /// @return true if [#nextHop()] may be used
    public boolean hasNextHop(int generation) {
        return nextHopKnown && nextHopGeneration == generation;
    }

    /// The next hop, if [#hasNextHop] says so.
    ///
    /// @return its index
    public int nextHop() {
        return nextHop;
    }

    /// By which device the routes lead to it, if [#hasNextHop] says so.
    ///
    /// @return the device's number
    public int nextHopDevice() {
        return nextHopDevice;
    }

    /// Keeps the next hop for as long as the routes stay.
    ///
    /// @param index of the next hop
    /// @param device of the next hop
    /// @param generation of the routes
    public void nextHop(int index, int device, int generation) {
        nextHop = index;
        nextHopDevice = device;
        nextHopGeneration = generation;
        nextHopKnown = true;
    }

    /// How many local addresses it can be reached from.
    ///
    /// @return 0 if the service has none of its family
    public int localCount() {
        return locals.length;
    }

    /// A local address.
    ///
    /// @param index 0 to [#localCount] - 1
    /// @return the local address
    public LocalEntry local(int index) {
        return locals[index];
    }

    /// The local address whose turn it is; the next call gives the next one.
    ///
    /// @return its index among the server's, which has one at least
    public int nextLocal() {
        int index = cursor < allocators.length ? cursor : 0;
        cursor = index + 1;
        return index;
    }

    /// It has its turn among the servers of its service.
    ///
    /// @param number of all turns of the service
    /// @return how many turns of the service there are from one of its own to the next lately, 1 at
    ///   least: measured over eight of its own
    public int turn(int number) {
        turns++;
        if (turns == EIGHT) {
            between = Math.max(1, Math.min(number - eighthBefore, MOST_BETWEEN) / EIGHT);
            eighthBefore = number;
            turns = 0;
        }
        return between;
    }

    /// The allocator of a later turn.
    ///
    /// @param turns how many come before it; those that come round are left out
    /// @return the one just used, if there are not so many
    public PortAllocator allocatorAfter(int turns) {
        int last = cursor - 1;
        int later = turns < allocators.length ? last + turns : last;
        return allocators[later < allocators.length ? later : later - allocators.length];
    }

    /// Whether each local address was found to be ours alone, and nothing has changed since.
    ///
    /// @param stamp of what holds now
    /// @return false if the next one is to be looked at
    public boolean hasOwnLocals(long stamp) {
        return ownStamp == stamp && ownLocals >= allocators.length;
    }

    /// The local address whose turn it was is ours alone. They take turns: when so many on end have
    /// been so as there are, all are.
    ///
    /// @param stamp of what held before it was looked at
    public void ownLocal(long stamp) {
        ownLocals = ownStamp == stamp ? ownLocals + 1 : 1;
        ownStamp = stamp;
    }

    /// It is not, or not yet.
    public void noOwnLocal() {
        ownLocals = 0;
    }

    /// Goes on with the local address whose turn it was.
    ///
    /// @param previous the same server as it was before
    /// @param origins of its local addresses
    void resume(ServerEntry previous, int[] origins) {
        cursor = Origins.place(previous.cursor - 1, origins) + 1;
    }

    /// The allocator from a local address to this server.
    ///
    /// @param local the local address's index
    /// @return the allocator on this worker
    public PortAllocator allocator(int local) {
        return allocators[local];
    }

    /// The number of that allocator.
    ///
    /// @param local the local address's index
    /// @return the same on all workers
    public int allocatorId(int local) {
        return allocatorIds[local];
    }
}
