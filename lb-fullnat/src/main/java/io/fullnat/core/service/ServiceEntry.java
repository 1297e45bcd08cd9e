// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.limit.Tokens;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.quic.QuicRouter;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.Int2IntHashMap;
import org.jspecify.annotations.Nullable;

/// A virtual service as one worker sees it: its servers, local addresses and allocators in arrays,
/// its own scheduler. Made by the control plane for each state of the service; the worker only
/// turns the scheduler and its servers' cursors over the local addresses.
public final class ServiceEntry {
    private static final int NO_SLOT = -1;

    private final VirtualService service;
    private final Scheduler scheduler;
    private final ServerEntry[] servers;

    /// The servers, and behind them the sorry server if there is one.
    private final ServerEntry[] choices;

    private final LocalEntry[] locals;
    private final int slot;
    private final boolean rejects;
    private final ServiceLimits limits;
    private final boolean limited;
    private final boolean onePacket;
    private final boolean tellsServers;
    private boolean plain;
    private final @Nullable Tokens rate;
    private final @Nullable Tokens ratePerNetwork;
    private final ServerReads reads;
    private int turns;
    private final HealthWords health;
    private final @Nullable ServerEntry sorry;
    private final int sorrySlot;
    private @Nullable AccessFilter access;
    private @Nullable ClientTemplates templates;
    private @Nullable Int2IntHashMap bySlot;
    private @Nullable QuicRouter quic;
    private final boolean readsQuicId;
    private final boolean expiresQuiescent;
    private @Nullable FormerEntry former;
    private final Outage outage;
    private final @Nullable ProxiedSyns proxiedSyns;

    /// A service for one worker.
    ///
    /// @param service the desired state
    /// @param slot whose connections are the service's
    /// @param scheduler this worker's
    /// @param servers in the order of the service
    /// @param sorry who serves while its word says so; null if there is none
    /// @param locals in the order of the service, of both families
    /// @param traffic the counters of all workers, which schedulers compare
    /// @param health of all servers
    /// @param former where the worker goes on from; null for a service that was not there
    public ServiceEntry(
            VirtualService service,
            int slot,
            Scheduler scheduler,
            ServerEntry[] servers,
            @Nullable ServerEntry sorry,
            LocalEntry[] locals,
            TrafficTable[] traffic,
            HealthWords health,
            @Nullable FormerEntry former) {
        this.service = service;
        this.slot = slot;
        this.scheduler = scheduler;
        this.servers = servers;
        this.sorry = sorry;
        sorrySlot = sorry == null ? NO_SLOT : sorry.slot();
        choices = choices(servers, sorry);
        this.health = health;
        this.locals = locals;
        reads = new ServerReads(slot, servers, traffic, health);
        this.former = former;
        outage = new Outage(servers.length);
        proxiedSyns = ProxiedSyns.of(service);
        limits = service.policy().limits();
        rate = limits.rate().map(Tokens::new).orElse(null);
        ratePerNetwork = limits.ratePerNetwork().map(Tokens::new).orElse(null);
        limited = !limits.equals(ServiceLimits.NONE) || countsHalfOpen();
        rejects = service.policy().refusal() == ServicePolicy.Refusal.REJECT;
        onePacket = service.policy().onePacket();
        expiresQuiescent = service.policy().expiresQuiescent();
        readsQuicId =
                protocol() == Protocol.UDP.number()
                        && (scheduler.readsQuicId() || service.policy().quic().isPresent());
        tellsServers = Beginnings.tellServers(service.policy());
        plain = Beginnings.arePlain(service.policy()) && !limited && !readsQuicId;
    }

    private static ServerEntry[] choices(ServerEntry[] servers, @Nullable ServerEntry sorry) {
        if (sorry == null) {
            return servers;
        }
        ServerEntry[] all = Arrays.copyOf(servers, servers.length + 1);
        all[servers.length] = sorry;
        return all;
    }

    /// Whether a connection begins with nothing but a turn of the scheduler: no limit, rule,
    /// template, connection id or policy of TCP is to be looked at, and nothing is measured.
    ///
    /// @return true if all that may be skipped
    public boolean isPlain() {
        return plain;
    }

    /// Whether connections have something that tells the servers of their clients.
    ///
    /// @return false if packet modifiers are of no use to it
    public boolean tellsServers() {
        return tellsServers;
    }

    /// What clients connect to.
    ///
    /// @return of one family or both
    List<Frontend> frontends() {
        return service.frontends();
    }

    boolean hasIpv6() {
        return frontends().stream().anyMatch(front -> isIpv6(front.address()))
                || Arrays.stream(servers).anyMatch(ServerEntry::isIpv6)
                || (sorry != null && sorry.isIpv6());
    }

    private static boolean isIpv6(IpAddress address) {
        return !Addresses.isIpv4(address.high(), address.low());
    }

    /// The port that stands for the service where answers to its clients are limited.
    ///
    /// @return the first one that it has
    public int answerPort() {
        return service.frontends().isEmpty() ? 0 : service.frontends().getFirst().from();
    }

    int protocol() {
        return service.key().protocol().number();
    }

    /// The desired state.
    ///
    /// @return the service
    public VirtualService service() {
        return service;
    }

    /// Who may connect.
    ///
    /// @return null if nobody is kept out
    public @Nullable AccessFilter access() {
        return access;
    }

    /// Has access rules asked; before a worker sees the entry.
    ///
    /// @param filter of the service's rules, null for none
    public void admitting(@Nullable AccessFilter filter) {
        access = filter;
        plain &= filter == null;
    }

    /// How much it takes on.
    ///
    /// @return its limits
    public ServiceLimits limits() {
        return limits;
    }

    /// How many connections may begin a second.
    ///
    /// @return null if there is no limit
    public @Nullable Tokens rate() {
        return rate;
    }

    /// How many may begin a second from one network.
    ///
    /// @return null if there is no limit
    public @Nullable Tokens ratePerNetwork() {
        return ratePerNetwork;
    }

    /// Whether connections that begin are limited, in rate or in how many are half open, those too
    /// that begin anew with what a former one had.
    ///
    /// @return false if there is no such limit
    public boolean limitsRate() {
        return rate != null || ratePerNetwork != null || limits.halfOpen() > 0;
    }

    /// Whether it has a limit.
    ///
    /// @return false if there is nothing to claim
    public boolean isLimited() {
        return limited;
    }

    /// How many real servers there are, without the sorry server.
    public int serverCount() {
        return servers.length;
    }

    /// No server was chosen for a connection. Finds out why, if that is not known from a moment
    /// ago.
    ///
    /// @param nowNs the present
    /// @return true if a real server would get it if it had fewer
    public boolean isFull(long nowNs) {
        outage.look(this, nowNs);
        return outage.hasFull();
    }

    /// Whether somebody would get a connection now, as far as that is known from a moment ago.
    ///
    /// @param nowNs the present
    public boolean isServed(long nowNs) {
        outage.look(this, nowNs);
        return sorryServes() || !outage.hasNobody();
    }

    /// How SYNs are answered with cookies, when they are.
    ///
    /// @return null if real servers answer
    public @Nullable ProxiedSyns proxiedSyns() {
        return proxiedSyns;
    }

    /// Whether half-open connections are counted over all workers even without a limit.
    public boolean countsHalfOpen() {
        return proxiedSyns != null && proxiedSyns.from() > 0;
    }

    /// Whether each datagram is scheduled for itself, not those of one tuple together.
    public boolean isOnePacket() {
        return onePacket;
    }

    /// Gives schedulers that want it how long the servers take to answer. Once, before the worker
    /// gets the entry.
    ///
    /// @param times of all servers
    /// @return this
    public ServiceEntry measuring(AnswerTimes times) {
        if (scheduler.measuresAnswers()) {
            reads.measuring(times);
            plain = false;
        }
        return this;
    }

    /// Whether it is to be measured how long the servers take to answer.
    ///
    /// @return false if nobody wants to know
    public boolean measuresAnswers() {
        return reads.measuresAnswers();
    }

    /// What is done to TCP segments beyond their translation.
    public TcpPolicy tcp() {
        return service.policy().tcp();
    }

    /// Makes clients stay with their servers. Once, before the worker gets the entry.
    ///
    /// @param kept the service's templates
    /// @return this
    public ServiceEntry keeping(ClientTemplates kept) {
        templates = kept;
        plain = false;
        Int2IntHashMap index = new Int2IntHashMap(Scheduler.NONE);
        for (int i = 0; i < servers.length; i++) {
            index.put(servers[i].slot(), i);
        }
        bySlot = index;
        return this;
    }

    /// Lets connection ids of QUIC name servers. Once, before the worker gets the entry.
    ///
    /// @param router this worker's
    /// @return this
    public ServiceEntry routedBy(QuicRouter router) {
        quic = router;
        return this;
    }

    /// Finds the server that a connection id names.
    ///
    /// @return null if that is not asked
    public @Nullable QuicRouter quic() {
        return quic;
    }

    /// Whether connection ids are to be read where connections begin.
    ///
    /// @return true if its scheduler or its router asks for them
    public boolean readsQuicId() {
        return readsQuicId;
    }

    /// Whether a packet of a connection of which nothing is known may go to the real server that it
    /// names.
    ///
    /// @param server its index
    /// @param begins whether it may begin a connection; one that goes on may do so at the weight 0
    ///   or inhibited if that does not end connections
    /// @return false if the server is down or full, or the sorry server serves
    public boolean takesNamed(int server, boolean begins) {
        return !sorryServes()
                && (reads.isUsable(server)
                        || (!begins
                                && !expiresQuiescent
                                && servers[server].weight() <= 0
                                && reads.isAble(server)));
    }

    /// Which servers clients stay with.
    ///
    /// @return null if the service has no persistence
    public @Nullable ClientTemplates templates() {
        return templates;
    }

    /// The server that a client's template leads to.
    ///
    /// @param slot of the server
    /// @return its index, or [Scheduler#NONE] if the template does not count any more: the server
    ///   is gone, down, inhibited or full, has the weight 0 unless that is honoured, or the sorry
    ///   server serves
    public int kept(int slot) {
        ClientTemplates those = templates;
        Int2IntHashMap index = bySlot;
        if (those == null || index == null || sorryServes()) {
            return Scheduler.NONE;
        }
        int server = index.get(slot);
        return server != Scheduler.NONE
                        && (reads.isUsable(server) || (those.isHonoured() && isQuiet(server)))
                ? server
                : Scheduler.NONE;
    }

    /// Whether a server keeps its clients though it gets no others.
    private boolean isQuiet(int server) {
        return servers[server].weight() == 0 && reads.isAble(server);
    }

    /// Whether a choice is a real server, not the sorry server.
    ///
    /// @param index as [#select] gave it
    /// @return true if clients may stay with it
    public boolean isReal(int index) {
        return index < servers.length;
    }

    /// Whether a client that cannot be served is told.
    ///
    /// @return false if it hears nothing
    public boolean rejects() {
        return rejects;
    }

    /// The worker works by this state from now on: goes on where the one before it is, whose turn
    /// it was with scheduler and local addresses. To be called once, by the worker, as only it
    /// knows.
    public void resume() {
        FormerEntry before = former;
        if (before == null) {
            return;
        }
        former = null; // or each state would keep all those before it
        for (int i = 0; i < servers.length; i++) {
            if (before.server(i) >= 0) {
                servers[i].resume(
                        before.entry().servers[before.server(i)],
                        before.locals(servers[i].isIpv6()));
            }
        }
        if (before.isResumed()) {
            scheduler.resume(before.entry().scheduler, before.servers());
        }
    }

    /// The scheduler.
    ///
    /// @return this worker's
    public Scheduler scheduler() {
        return scheduler;
    }

    /// Chooses the real server of a new connection. If there was none a moment ago that is usable,
    /// the scheduler is not asked.
    ///
    /// @param request who connects
    /// @param nowNs the present
    /// @return an index, or [Scheduler#NONE]
    public int select(ConnectionRequest request, long nowNs) {
        if (sorryServes()) {
            return servers.length;
        }
        if (outage.isKnown(nowNs)) {
            return Scheduler.NONE;
        }
        reads.now(nowNs);
        int server = scheduler.select(request, reads);
        return reads.isChoice(server) ? server : Scheduler.NONE;
    }

    /// A real server.
    ///
    /// @param index as [#select] gave it
    /// @return the server
    public ServerEntry server(int index) {
        return choices[index];
    }

    /// A server has its turn.
    ///
    /// @return how many there were, this one included; it overflows
    public int turn() {
        return ++turns;
    }

    /// Whether the sorry server gets new connections, and nobody else.
    private boolean sorryServes() {
        return sorrySlot != NO_SLOT && health.server(sorrySlot) != 0;
    }

    /// The service's slot.
    ///
    /// @return whose its connections are
    public int slot() {
        return slot;
    }

    /// Whether a server with this slot is in the service and takes connections.
    ///
    /// @param slot of a server
    /// @return false if it was removed, its weight is 0, or its health forbids it
    public boolean takesConnections(int slot) {
        if (sorryServes()) {
            return sorrySlot == slot;
        }
        for (int i = 0; i < servers.length; i++) {
            if (servers[i].slot() == slot) {
                return reads.isUsable(i);
            }
        }
        return false;
    }

    /// Whether new connections may use the local address with this slot.
    ///
    /// @param slot of a local address
    /// @return false if it was removed
    public boolean hasLocal(int slot) {
        for (LocalEntry local : locals) {
            if (local.slot() == slot) {
                return true;
            }
        }
        return false;
    }

    /// Whether its weight and its health let a server have connections.
    boolean isWanted(int server) {
        return reads.isWanted(server);
    }
}
