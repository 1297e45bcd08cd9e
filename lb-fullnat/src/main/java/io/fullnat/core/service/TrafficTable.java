// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.memory.Region;

/// What one worker counts for real servers and local addresses of services: a cache line for each
/// slot.
///
/// ```
/// server   +0 connections  +8 in packets +16 in bytes +24 out packets +32 out bytes
///         +40 active      +48 inactive   +56 live
/// local    +0 connections now  +8 misses      +16 most at once +24 fullest allocator
///         +32 gave way
/// ```
///
/// Written by its worker with plain stores; others read 64-bit words, which are never torn. A slot
/// is given away by control when its live connections are 0 on all workers and no view names it:
/// that count is released and acquired, so that nothing that was counted before comes after
/// ([#end]).
public final class TrafficTable implements AutoCloseable {
    /// Connections created.
    public static final int CONNECTIONS = 0;

    /// Packets towards the server; its bytes follow.
    public static final int IN_PACKETS = 8;

    /// Bytes towards the server.
    public static final int IN_BYTES = 16;

    /// From [#IN_PACKETS] to the same of the other direction.
    public static final int DIRECTION_STEP = 16;

    /// Connections that are established.
    public static final int ACTIVE = 40;

    /// Connections in other states.
    public static final int INACTIVE = 48;

    /// Connections that are there now, in any state. It becomes 0 after all else that a worker
    /// counts for the server's last connection.
    public static final int LIVE = 56;

    /// Local address: live connections.
    public static final int LOCAL_CONNECTIONS = 0;

    /// Local address: connections refused because no port was free.
    public static final int LOCAL_MISSES = 8;

    /// Local address: the most live connections at once.
    public static final int LOCAL_HIGH_WATER = 16;

    /// Local address: the most ports in use at once towards one real server.
    public static final int LOCAL_FULLEST = 24;

    /// Local address: connections that ended early so that new ones could have their ports.
    public static final int LOCAL_GAVE_WAY = 32;

    private final Region region;
    private final long first;
    private final ServerNotices notices;
    private final HandshakeTable handshakes;
    private final RefusalTable refusals;
    private final int servers;
    private final int locals;

    /// Counters for a fixed number of slots.
    ///
    /// @param servers slots for real servers
    /// @param locals slots for local addresses
    /// @param services slots for services
    public TrafficTable(int servers, int locals, int services) {
        this.servers = servers;
        this.locals = locals;
        notices = new ServerNotices(servers);
        handshakes = new HandshakeTable(servers);
        refusals = new RefusalTable(services);
        region =
                Region.allocateSparse(
                        (long) (servers + locals) * Region.CACHE_LINE, "traffic counters");
        first = region.address();
    }

    /// The counters of a real server.
    ///
    /// @param slot its slot
    /// @return address of its counters
    public long server(int slot) {
        return first + serverOffset(slot);
    }

    /// From the counters of the server with slot 0 to those of another one.
    static long serverOffset(int slot) {
        return (long) slot * Region.CACHE_LINE;
    }

    /// Where a real server's counters of one direction are, as a number of four bytes that a
    /// connection can keep.
    ///
    /// @param slot its slot
    /// @param direction of the packets: 0 towards the server, 1 from it
    /// @return what [#at] expects
    public static int offset(int slot, int direction) {
        return slot * Region.CACHE_LINE + direction * DIRECTION_STEP;
    }

    /// The real server of an offset.
    ///
    /// @param offset from [#offset]
    /// @return its slot
    public static int slot(int offset) {
        return offset / Region.CACHE_LINE;
    }

    /// The counters of a real server and direction.
    ///
    /// @param offset from [#offset]
    /// @return an address: [#IN_PACKETS] from there is the direction's count of packets; of
    ///   direction 0, that of the server's counters
    public long at(int offset) {
        return first + offset;
    }

    /// The counters of a local address.
    ///
    /// @param slot its slot
    /// @return address of its counters
    public long local(int slot) {
        return first + (long) (servers + slot) * Region.CACHE_LINE;
    }

    /// Worker: takes a connection off a count that frees its slot at 0, as the last that it does
    /// with those counters.
    ///
    /// @param count address of [#LIVE] or [#LOCAL_CONNECTIONS] of a slot
    public static void end(long count) {
        Memory.putLongRelease(count, Memory.getLong(count) - 1);
    }

    /// Control: reads such a count.
    ///
    /// @param count address of [#LIVE] or [#LOCAL_CONNECTIONS] of a slot
    /// @return connections of this worker
    public static long live(long count) {
        return Memory.getLongAcquire(count);
    }

    /// Slots for real servers.
    ///
    /// @return how many
    public int servers() {
        return servers;
    }

    /// Slots for local addresses.
    ///
    /// @return how many
    public int locals() {
        return locals;
    }

    /// Reads what was counted for a server.
    ///
    /// @param slot its slot
    /// @return traffic on this worker
    public TrafficCounts traffic(int slot) {
        long counters = server(slot);
        return new TrafficCounts(
                Memory.getLongAcquire(counters + CONNECTIONS),
                Memory.getLongAcquire(counters + IN_PACKETS),
                Memory.getLongAcquire(counters + IN_BYTES),
                Memory.getLongAcquire(counters + IN_PACKETS + DIRECTION_STEP),
                Memory.getLongAcquire(counters + IN_BYTES + DIRECTION_STEP));
    }

    /// What connections have met of servers that are watched.
    ///
    /// @return by slot of the server
    public ServerNotices notices() {
        return notices;
    }

    /// How long handshakes with servers have taken.
    ///
    /// @return by slot of the server
    public HandshakeTable handshakes() {
        return handshakes;
    }

    /// Packets that services have refused.
    ///
    /// @return by slot of the service
    public RefusalTable refusals() {
        return refusals;
    }

    /// Memory of the counters of servers, local addresses and services, without that of refusals,
    /// handshakes and notices, which is taken as they come.
    ///
    /// @return bytes
    public long bytes() {
        return region.size();
    }

    @Override
    public void close() {
        notices.close();
        handshakes.close();
        refusals.close();
        region.close();
    }
}
