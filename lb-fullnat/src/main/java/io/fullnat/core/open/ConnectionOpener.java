// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.set.SetQuestion;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// Opens the connection of a first packet: asks access rules and admission, claims it where there
/// are limits, chooses the real server, and leaves the rest to the server's [ForwardingMode].
public final class ConnectionOpener {
    /// Servers tried for one connection, when others fill those that were chosen.
    private static final int MAX_SERVER_TRIES = 64;

    private final StackContext stack;
    private final FlowContext context;
    private final ForwardingModes modes;
    private final @Nullable Admission admission;
    private final FirstPacket packet = new FirstPacket();
    private final SetQuestion question = new SetQuestion();
    private final Stickiness stickiness;
    private final Stickiness.Choice scheduler = this::select;
    private final QuicChoice quic;
    private long flow;

    /// @param admission asked who may connect; null if nobody is asked
    public ConnectionOpener(FlowContext context, @Nullable Admission admission) {
        this.admission = admission;
        this.context = context;
        stack = context.stack();
        modes = context.modes();
        stickiness = context.stickiness();
        quic = new QuicChoice(stack.counters());
    }

    /// Opens a connection for a well-formed packet of IPv4 to a service; [#flow()] is its inbound
    /// flow then. Returns why not otherwise.
    ///
    /// @param ip the packet's IP header
    /// @param hash of its key
    /// @param service to which it goes
    /// @param device by which it came
    public @Nullable Outcome open(long ip, long hash, ServiceEntry service, int device) {
        packet.set(ip, hash, device);
        return open(service);
    }

    /// The same for a packet of IPv6.
    ///
    /// @param ip the packet's IPv6 header
    /// @param transport its TCP or UDP header, behind all extension headers
    /// @param protocol the number of its protocol
    /// @param hash of its key, in the index of IPv6
    /// @param service to which it goes
    /// @param device by which it came
    public @Nullable Outcome openIpv6(
            long ip, long transport, int protocol, long hash, ServiceEntry service, int device) {
        packet.setIpv6(ip, transport, protocol, hash, device);
        return open(service);
    }

    /// Why [#open] would refuse a packet, as far as that is known before anything is taken.
    ///
    /// @param ip the packet's IP header
    /// @param hash of its key
    /// @param service to which it goes
    /// @param device by which it came
    /// @return null if a connection may be opened now
    public @Nullable Outcome refusal(long ip, long hash, ServiceEntry service, int device) {
        packet.set(ip, hash, device);
        return refusal(service);
    }

    /// The same for a packet of IPv6.
    ///
    /// @param ip the packet's IPv6 header
    /// @param transport its TCP header, behind all extension headers
    /// @param protocol the number of its protocol
    /// @param hash of its key, in the index of IPv6
    /// @param service to which it goes
    /// @param device by which it came
    /// @return null if a connection may be opened now
    public @Nullable Outcome refusalIpv6(
            long ip, long transport, int protocol, long hash, ServiceEntry service, int device) {
        packet.setIpv6(ip, transport, protocol, hash, device);
        return refusal(service);
    }

    private @Nullable Outcome refusal(ServiceEntry service) {
        Outcome refusal = refusedByRules(service);
        if (refusal == null && service.isLimited()) {
            refusal = context.limits().refusal(packet, service);
        }
        if (refusal != null) {
            return refusal;
        }
        Modifiers modifiers = context.modifiers();
        if (modifiers != null && !modifiers.hasRoom(service)) {
            return Outcome.MODIFIERS_FULL;
        }
        return service.isServed(stack.nowNs()) ? null : unserved(service);
    }

    private Outcome unserved(ServiceEntry service) {
        return service.isFull(stack.nowNs()) ? Outcome.SERVERS_FULL : Outcome.NO_REAL_SERVER;
    }

    private @Nullable Outcome refusedByRules(ServiceEntry service) {
        AccessFilter access = service.access();
        boolean denied =
                (access != null && !admits(access))
                        || (admission != null && !admits(admission, service));
        return denied ? Outcome.ACCESS_DENIED : null;
    }

    private @Nullable Outcome open(ServiceEntry service) {
        Modifiers modifiers = context.modifiers();
        boolean modified = modifiers != null && modifiers.concern(service);
        if (service.isPlain() && !modified && admission == null) {
            return openPlain(service);
        }
        Outcome refusal = refusedByRules(service);
        if (refusal == null) {
            refusal = service.isLimited() ? openLimited(service) : openAnywhere(service);
        }
        if (refusal != null) {
            return refusal;
        }
        AccessFilter access = service.access();
        if (access != null && access.asksSets()) {
            question.begun(context.worker());
        }
        boolean compared = service.measuresAnswers();
        if (compared || packet.protocolNumber() == Ipv4.PROTOCOL_TCP) {
            context.timing().ask(flow, compared);
        }
        context.quicTuples().begin(flow, service, packet.quicId());
        if (service.tcp().freshIsn()) {
            context.syns().begin(flow, service, packet.sequence());
        }
        if (modifiers != null && modified) {
            begin(modifiers, service);
        }
        return null;
    }

    private @Nullable Outcome openPlain(ServiceEntry service) {
        Outcome refusal = open(service, Scheduler.NONE);
        if (refusal == null && packet.protocolNumber() == Ipv4.PROTOCOL_TCP) {
            context.timing().ask(flow, false);
        }
        return refusal;
    }

    /// A connection whose modifier throws ends at once, and gives back what it has.
    private void begin(Modifiers modifiers, ServiceEntry service) {
        boolean begun = false;
        try {
            modifiers.begin(flow, service);
            begun = true;
        } finally {
            if (!begun) {
                context.life().end(flow);
            }
        }
    }

    private boolean admits(AccessFilter access) {
        if (!access.asksSets()) {
            return access.admits(packet.clientAddressHigh(), packet.clientAddressLow());
        }
        packet.ask(question, stack.view().device(packet.device()).vlan() != 0);
        return access.admits(question, context.worker());
    }

    private @Nullable Outcome openLimited(ServiceEntry service) {
        WorkerLimits limits = context.limits();
        Outcome refusal = limits.claim(packet, service);
        if (refusal != null) {
            return refusal;
        }
        boolean opened = false;
        try {
            refusal = openAnywhere(service);
            opened = refusal == null;
        } finally {
            if (opened) {
                limits.opened(flow);
            } else {
                limits.undo(service);
            }
        }
        return refusal;
    }

    private @Nullable Outcome openAnywhere(ServiceEntry service) {
        Modifiers modifiers = context.modifiers();
        if (modifiers != null && !modifiers.hasRoom(service)) {
            return Outcome.MODIFIERS_FULL;
        }
        return open(service, service.readsQuicId() ? named(service) : Scheduler.NONE);
    }

    /// Opens it to the server that the packet names, else to the one that the scheduler chooses, or
    /// to another one if other workers have filled that meanwhile.
    private @Nullable Outcome open(ServiceEntry service, int first) {
        int named = first;
        for (int tries = 0; tries < MAX_SERVER_TRIES; tries++) {
            int chosen = named == Scheduler.NONE ? choose(service) : named;
            named = Scheduler.NONE;
            if (chosen == Scheduler.NONE) {
                return unserved(service);
            }
            ServerEntry server = service.server(chosen);
            ServerLimit limit = server.limit();
            if (limit == null) {
                return open(service, server);
            }
            if (limit.claim()) {
                return openClaimed(service, server, limit);
            }
        }
        return Outcome.SERVERS_FULL;
    }

    private @Nullable Outcome openClaimed(
            ServiceEntry service, ServerEntry server, ServerLimit limit) {
        boolean opened = false;
        try {
            Outcome refusal = open(service, server);
            opened = refusal == null;
            return refusal;
        } finally {
            if (!opened) {
                limit.release();
            }
        }
    }

    /// The server that the packet itself names.
    private int named(ServiceEntry service) {
        packet.readQuicId();
        QuicRouter router = service.quic();
        return router == null ? Scheduler.NONE : quic.select(packet.quicId(), service, router);
    }

    private int choose(ServiceEntry service) {
        if (service.isPlain()) {
            return select(service, packet);
        }
        ClientTemplates templates = service.templates();
        return templates == null
                ? select(service, packet)
                : stickiness.select(packet, service, templates, scheduler);
    }

    private @Nullable Outcome open(ServiceEntry service, ServerEntry server) {
        ForwardingMode mode = modes.of(server);
        Outcome refusal = mode.open(packet, service, server);
        if (refusal == null) {
            flow = mode.opened();
        }
        return refusal;
    }

    /// Whether the application decides who may connect.
    public boolean asksAdmission() {
        return admission != null;
    }

    /// An admission that throws lets nobody in.
    private boolean admits(Admission asked, ServiceEntry service) {
        try {
            return asked.admits(service.service().key(), packet);
        } catch (Throwable fault) {
            stack.counters().faults().report("the admission to " + service.service().key(), fault);
            return false;
        }
    }

    private int select(ServiceEntry service, ConnectionRequest request) {
        try {
            return service.select(request, stack.nowNs());
        } catch (Throwable fault) {
            stack.counters()
                    .faults()
                    .report(
                            "the scheduler \""
                                    + service.service().scheduler()
                                    + "\" of "
                                    + service.service().key(),
                            fault);
            return Scheduler.NONE;
        }
    }

    /// The inbound flow of the connection just opened.
    public long flow() {
        return flow;
    }
}
