// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.EntryVisitor;
import io.fullnat.core.limit.ClientCounts;
import io.fullnat.core.limit.ClientRates;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.limit.Tokens;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// One worker's part in the limits of connections and of how many begin, which all workers count
/// together: claims a connection before it is opened, and gives the claim back when it has ended.
///
/// Of services and real servers a worker knows for each slot whether it counts there; then all its
/// connections of that slot are counted, which is so from the moment it takes over a view with a
/// limit. Of clients each connection remembers whether it is counted, as its client and as its
/// network; those that were there before a limit are counted by a walk ([ConnectionPurge]) before
/// the transaction is complete.
///
/// Without limits that costs a comparison when a connection begins and one when it ends. For the
/// worker's thread.
public final class WorkerLimits {
    private static final int CLIENT = ConnectionLayout.COUNTED_CLIENT;
    private static final int NETWORK = ConnectionLayout.COUNTED_NETWORK;
    private static final int SERVICE = 4;
    private static final int HALF_OPEN = 8;
    private static final int RATE = 16;
    private static final int NETWORK_RATE = 32;

    /// Pages of memory that an idle duty cycle gets: some ten microseconds.
    private static final int IDLE_PAGES = 16;

    /// Half-open connections that give way to one, while other workers take the places.
    private static final int MAX_GIVING_WAY = 4;

    private final Limits shared;
    private final TrafficTable traffic;
    private final ConnectionTable table;
    private final StackContext stack;
    private final EntryVisitor givesWay;

    /// What is counted of each service.
    private final byte[] services = new byte[FlowContext.MAX_SERVICES];

    private final boolean[] servers;
    private boolean used;
    private boolean countsClients;
    private int claimed;
    private int claimedService;
    private long client;
    private long network;

    /// @param givesWay ends a half-open connection so that another one can begin
    WorkerLimits(
            Limits shared,
            TrafficTable traffic,
            ConnectionTable table,
            StackContext stack,
            EntryVisitor givesWay) {
        this.stack = stack;
        this.givesWay = givesWay;
        this.shared = shared;
        this.traffic = traffic;
        this.table = table;
        servers = new boolean[traffic.servers()];
    }

    private static int wanted(ServiceLimits limits) {
        return (limits.perClient() > 0 ? CLIENT : 0)
                | (limits.perNetwork() > 0 ? NETWORK : 0)
                | (limits.connections() > 0 ? SERVICE : 0)
                | (limits.halfOpen() > 0 ? HALF_OPEN : 0);
    }

    /// Whether connections of clients must be counted that were not counted before.
    ///
    /// @param before the service's limits so far
    /// @param after from now on
    /// @return true if live connections are to be looked at
    public static boolean countsMore(ServiceLimits before, ServiceLimits after) {
        return (wanted(after) & ~wanted(before) & (CLIENT | NETWORK)) != 0;
    }

    /// Gets some memory for clients ahead of need, if any are counted: to be called again and again
    /// while there is nothing else to do.
    void getMemory() {
        if (countsClients) {
            shared.clients().getMemory(IDLE_PAGES);
        }
    }

    /// Counts for a service as its state says that is in force from now on.
    void adopt(ServiceEntry service) {
        int slot = service.slot();
        int wanted = wanted(service.limits()) | (service.countsHalfOpen() ? HALF_OPEN : 0);
        if (((wanted ^ services[slot]) & SERVICE) != 0) {
            int there = table.shares().count(slot);
            shared.services().add(slot, (wanted & SERVICE) == 0 ? -there : there);
        }
        if (((wanted ^ services[slot]) & HALF_OPEN) != 0) {
            int there = table.shares().unreplied(slot);
            shared.halfOpen().add(slot, (wanted & HALF_OPEN) == 0 ? -there : there);
        }
        services[slot] = (byte) wanted;
        used |= wanted != 0;
        countsClients |= (wanted & (CLIENT | NETWORK)) != 0;
        for (int i = 0; i < service.serverCount(); i++) {
            adopt(service.server(i));
        }
    }

    private void adopt(ServerEntry server) {
        ServerLimit limit = server.limit();
        int slot = server.slot();
        if (servers[slot] != (limit != null)) {
            int there = (int) Memory.getLong(traffic.server(slot) + TrafficTable.LIVE);
            shared.servers().add(slot, limit == null ? -there : there);
            servers[slot] = limit != null;
        }
        if (limit != null) {
            limit.hold();
            used = true;
        }
    }

    /// Claims a connection of a service for the client of a packet.
    ///
    /// @return null if it may be opened, else why not; nothing is claimed then
    @Nullable Outcome claim(FirstPacket packet, ServiceEntry service) {
        ServiceLimits limits = service.limits();
        claimed = 0;
        claimedService = service.slot();
        Outcome refusal = claimClient(packet, limits);
        if (refusal == null) {
            refusal = claimNetwork(packet, service);
        }
        if (refusal == null && limits.connections() > 0) {
            if (shared.services().claim(claimedService, limits.connections(), 0)) {
                claimed |= SERVICE;
            } else {
                refusal = Outcome.SERVICE_FULL;
            }
        }
        if (refusal == null) {
            Tokens rate = service.rate();
            if (rate != null) {
                if (shared.rates().take(claimedService, rate, now())) {
                    claimed |= RATE;
                } else {
                    refusal = Outcome.RATE_LIMITED;
                }
            }
        }
        if (refusal == null && limits.halfOpen() > 0) {
            refusal = claimHalfOpen(limits.halfOpen());
        } else if (refusal == null && service.countsHalfOpen()) {
            shared.halfOpen().add(claimedService, 1);
            claimed |= HALF_OPEN;
        }
        if (refusal != null) {
            undo(service);
        }
        return refusal;
    }

    /// Why a connection would not be opened for the client of a packet, as far as that is known
    /// before anything is taken. Of half-open ones the oldest would give way.
    ///
    /// @return null if it may be
    @Nullable Outcome refusal(FirstPacket packet, ServiceEntry service) {
        ServiceLimits limits = service.limits();
        int slot = service.slot();
        long high = packet.clientAddressHigh();
        long low = packet.clientAddressLow();
        if (limits.perClient() > 0
                && shared.clients().count(shared.client(slot, high, low)) >= limits.perClient()) {
            return Outcome.CLIENT_FULL;
        }
        long place = shared.network(slot, high, low);
        if (limits.perNetwork() > 0 && shared.clients().count(place) >= limits.perNetwork()) {
            return Outcome.NETWORK_FULL;
        }
        Tokens perNetwork = service.ratePerNetwork();
        if (perNetwork != null
                && !shared.clientRates().has(shared.rateOf(slot, place), perNetwork, now())) {
            return Outcome.NETWORK_RATE_LIMITED;
        }
        if (limits.connections() > 0 && shared.services().isFull(slot, limits.connections(), 0)) {
            return Outcome.SERVICE_FULL;
        }
        Tokens rate = service.rate();
        return rate != null && !shared.rates().has(slot, rate, now()) ? Outcome.RATE_LIMITED : null;
    }

    /// The oldest of this worker gives way if there are as many as there may be: so what is made up
    /// passes through, and an honest client has as long to answer as the places last.
    private @Nullable Outcome claimHalfOpen(int limit) {
        for (int tries = 0; tries <= MAX_GIVING_WAY; tries++) {
            if (shared.halfOpen().claim(claimedService, limit, 0)) {
                claimed |= HALF_OPEN;
                return null;
            }
            long oldest = table.shares().oldestUnreplied(claimedService, stack.nowSeconds());
            if (oldest == 0) {
                break;
            }
            givesWay.visit(oldest);
        }
        table.shares().refusedHalfOpen(claimedService);
        return Outcome.HALF_OPEN_FULL;
    }

    private @Nullable Outcome claimClient(FirstPacket packet, ServiceLimits limits) {
        if (limits.perClient() == 0) {
            return null;
        }
        client =
                shared.client(
                        claimedService, packet.clientAddressHigh(), packet.clientAddressLow());
        return claimed(
                shared.clients().claim(client, limits.perClient()), CLIENT, Outcome.CLIENT_FULL);
    }

    private @Nullable Outcome claimNetwork(FirstPacket packet, ServiceEntry service) {
        int limit = service.limits().perNetwork();
        Tokens rate = service.ratePerNetwork();
        if (limit == 0 && rate == null) {
            return null;
        }
        network =
                shared.network(
                        claimedService, packet.clientAddressHigh(), packet.clientAddressLow());
        Outcome refusal =
                limit == 0
                        ? null
                        : claimed(
                                shared.clients().claim(network, limit),
                                NETWORK,
                                Outcome.NETWORK_FULL);
        if (refusal != null || rate == null) {
            return refusal;
        }
        return switch (shared.clientRates()
                .take(shared.rateOf(service.slot(), network), rate, now())) {
            case ClientRates.TAKEN -> {
                claimed |= NETWORK_RATE;
                yield null;
            }
            case ClientRates.NONE -> Outcome.NETWORK_RATE_LIMITED;
            default -> Outcome.CLIENT_TABLE_FULL;
        };
    }

    private long now() {
        return Tokens.time(stack.nowNs());
    }

    private @Nullable Outcome claimed(int answer, int what, Outcome full) {
        if (answer == ClientCounts.CLAIMED) {
            claimed |= what;
            return null;
        }
        return answer == ClientCounts.LIMITED ? full : Outcome.CLIENT_TABLE_FULL;
    }

    /// The connection that was claimed last has been opened: it gives back what it has when it
    /// ends.
    void opened(long entry) {
        ConnectionLayout.counted(entry, claimed & (CLIENT | NETWORK));
    }

    /// The connection that was claimed last was not opened: neither its counts nor its tokens are
    /// taken.
    ///
    /// @param service for which it was claimed
    void undo(ServiceEntry service) {
        if ((claimed & SERVICE) != 0) {
            shared.services().release(claimedService);
        }
        if ((claimed & HALF_OPEN) != 0) {
            shared.halfOpen().release(claimedService);
        }
        if ((claimed & CLIENT) != 0) {
            shared.clients().release(client);
        }
        if ((claimed & NETWORK) != 0) {
            shared.clients().release(network);
        }
        giveTokensBack(service.rate(), service.ratePerNetwork());
        claimed = 0;
    }

    private void giveTokensBack(@Nullable Tokens rate, @Nullable Tokens perNetwork) {
        if ((claimed & RATE) != 0 && rate != null) {
            shared.rates().giveBack(claimedService, rate);
        }
        if ((claimed & NETWORK_RATE) != 0 && perNetwork != null) {
            shared.clientRates().giveBack(shared.rateOf(claimedService, network), perNetwork);
        }
    }

    /// A connection ends, whatever ends it. Its entry is still whole.
    void ended(long entry) {
        if (!used) {
            return;
        }
        int owner = Memory.getInt(entry + ConnectionLayout.OWNER);
        if ((services[owner] & SERVICE) != 0) {
            shared.services().release(owner);
        }
        if ((services[owner] & HALF_OPEN) != 0 && isUnreplied(entry)) {
            shared.halfOpen().release(owner);
        }
        int server = TrafficTable.slot(ConnectionLayout.traffic(entry));
        if (servers[server]) {
            shared.servers().release(server);
        }
        int counted = ConnectionLayout.counted(entry);
        if ((counted & CLIENT) != 0) {
            shared.clients().release(client(entry, owner));
        }
        if ((counted & NETWORK) != 0) {
            shared.clients().release(network(entry, owner));
        }
    }

    private static boolean isUnreplied(long entry) {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE)).isUnreplied();
    }

    /// A connection is no longer half open, or is so again.
    ///
    /// @param entry of the connection
    /// @param unreplied what it is now
    void moved(long entry, boolean unreplied) {
        if (!used) {
            return;
        }
        int owner = Memory.getInt(entry + ConnectionLayout.OWNER);
        if ((services[owner] & HALF_OPEN) != 0) {
            shared.halfOpen().add(owner, unreplied ? 1 : -1);
        }
    }

    /// Counts a live connection for its client as its service wants it now. One that is beyond a
    /// limit goes on, and is counted; so is none for which there is no room.
    void recount(long entry) {
        int owner = Memory.getInt(entry + ConnectionLayout.OWNER);
        int counted = ConnectionLayout.counted(entry);
        int missing = services[owner] & ~counted & (CLIENT | NETWORK);
        if (missing == 0) {
            return;
        }
        ClientCounts clients = shared.clients();
        if ((missing & CLIENT) != 0
                && clients.claim(client(entry, owner), Long.MAX_VALUE) == ClientCounts.CLAIMED) {
            counted |= CLIENT;
        }
        if ((missing & NETWORK) != 0
                && clients.claim(network(entry, owner), Long.MAX_VALUE) == ClientCounts.CLAIMED) {
            counted |= NETWORK;
        }
        ConnectionLayout.counted(entry, counted);
    }

    private long client(long entry, int service) {
        return shared.client(
                service,
                ConnectionKey.sourceHigh(entry, INBOUND),
                ConnectionKey.sourceLow(entry, INBOUND));
    }

    private long network(long entry, int service) {
        return shared.network(
                service,
                ConnectionKey.sourceHigh(entry, INBOUND),
                ConnectionKey.sourceLow(entry, INBOUND));
    }
}
