// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.replay.Readdressed;
import io.fullnat.balancer.run.Notices;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// What the engine makes of a frame, found out by giving it to a copy of the running balancer. So
/// it is the engine that decides, and not a description of it. Where the running balancer's
/// scheduler goes by what only that knows, the frame is given to a copy for each server that it may
/// take. Thread-safe: one after the other.
public final class Rehearsal {
    /// Servers that are tried for one frame.
    private static final int MOST = 8;

    private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

    private final Operations operations;
    private final TracedFrame frame;
    private final Situation situation;
    private final TracedFrame client;
    private final List<ServiceCopy> services = new ArrayList<>();
    private final List<Doubt> unsure = new ArrayList<>();
    private final Optional<ServiceKey> target;
    private final Optional<Counted> counted;

    private Rehearsal(Operations operations, TracedFrame frame) {
        this.operations = operations;
        this.frame = frame;
        situation = Situation.of(operations, frame);
        target =
                frame.connection()
                        .map(ConnectionInfo::service)
                        .or(() -> service(situation.desired(), frame).map(VirtualService::key));
        client = client();
        counted =
                target.flatMap(this::status)
                        .map(status ->
                                Counted.of(
                                        operations.control(),
                                        status,
                                        ofClient(),
                                        situation.started().workers().clientNetworks()));
        situation.services().forEach(status -> services.add(copy(status)));
        if (target.isPresent() && status(target.get()).isEmpty()) {
            services.add(
                    new ServiceCopy(
                            target.get(),
                            Optional.empty(),
                            formers(target.get(), Optional.empty()),
                            Optional.empty(),
                            false));
        }
    }

    /// Gives a frame to a copy.
    ///
    /// @param operations of the running balancer, of which nothing is changed
    /// @param frame that comes
    /// @return what becomes of it
    /// @throws io.fullnat.api.BalancerException if the state cannot be copied
    public static Rehearsed of(Operations operations, TracedFrame frame) {
        // A copy takes memory for a moment; what it would log has not happened.
        ONE_AT_A_TIME.lock();
        try (MDC.MDCCloseable _ = MDC.putCloseable(Notices.UNHEARD, "trace")) {
            return new Rehearsal(operations, frame).run();
        } finally {
            MDC.remove(Notices.FAULT);
            ONE_AT_A_TIME.unlock();
        }
    }

    /// The service to which a first packet would go: that of one port goes before that of a range,
    /// and that before all ports.
    ///
    /// @param desired of the running balancer
    /// @param frame that comes
    /// @return empty if there is none, or it is no packet with ports
    public static Optional<VirtualService> service(DesiredState desired, TracedFrame frame) {
        if (frame.tuple().isEmpty() || !frame.headers().hasPorts()) {
            return Optional.empty();
        }
        FlowTuple tuple = frame.tuple().get();
        Endpoint to = tuple.destination();
        return desired.services().values().stream()
                .filter(service -> service.key().protocol() == tuple.protocol())
                .filter(service -> service.frontends().stream().anyMatch(each -> each.covers(to)))
                .min(
                        Comparator.comparingInt(service ->
                                service.frontends().stream()
                                        .filter(each -> each.covers(to))
                                        .mapToInt(Rehearsal::width)
                                        .min()
                                        .orElse(0)));
    }

    private static int width(Frontend frontend) {
        return frontend.to() - frontend.from();
    }

    private Optional<ServiceStatus> status(ServiceKey key) {
        return situation.services().stream()
                .filter(each -> each.service().key().equals(key))
                .findFirst();
    }

    /// The tuple by which the client of the frame sends.
    private FlowTuple ofClient() {
        FlowTuple tuple = frame.tuple().orElseThrow();
        return frame.connection()
                .map(found -> new FlowTuple(tuple.protocol(), found.client(), found.virtual()))
                .orElse(tuple);
    }

    private TracedFrame client() {
        if (target.isEmpty()) {
            return frame;
        }
        FlowTuple tuple = ofClient();
        FrameHeaders headers = frame.headers();
        boolean sends = headers.isIp() && headers.source().equals(tuple.source().address());
        return sends ? frame : TracedFrame.of(operations, tuple, Optional.empty());
    }

    private ServiceCopy copy(ServiceStatus status) {
        ServiceKey key = status.service().key();
        boolean meant = target.filter(key::equals).isPresent();
        Optional<Counted> limits = meant ? counted : Optional.empty();
        return new ServiceCopy(
                key,
                Optional.of(status),
                meant ? formers(key, limits) : List.of(),
                limits,
                situation.proxying().contains(key));
    }

    /// The connection of the frame, one to each server that is full, one to that of the template.
    private List<Former> formers(ServiceKey key, Optional<Counted> limits) {
        List<Former> formers = new ArrayList<>();
        FlowTuple tuple = ofClient();
        frame.connection()
                .ifPresent(found ->
                        formers.add(new Former(key, tuple, found.server(), found.state())));
        if (limits.isEmpty()) {
            return formers;
        }
        Counted reached = limits.get();
        List<Endpoint> servers = new ArrayList<>(reached.servers());
        reached.template().ifPresent(servers::remove);
        reached.template().ifPresent(servers::add);
        boolean any = reached.service() || reached.client() || reached.network();
        if (servers.isEmpty() && formers.isEmpty() && any) {
            status(key).stream()
                    .flatMap(each -> each.realServers().stream())
                    .map(RealServerStatus::server)
                    .findFirst()
                    .ifPresent(each -> servers.add(each.endpoint()));
        }
        String state = tuple.protocol() == Protocol.TCP ? "TCP_EST" : "UDP_NORM";
        for (Endpoint server : servers) {
            formers.add(new Former(key, other(tuple, formers.size()), at(server, tuple), state));
        }
        return formers;
    }

    /// The same client, from another port.
    private static FlowTuple other(FlowTuple tuple, int number) {
        Endpoint source = tuple.source();
        int port = (source.port() + 1 + number) % 65_535 + 1;
        return new FlowTuple(
                tuple.protocol(), new Endpoint(source.address(), port), tuple.destination());
    }

    private static Endpoint at(Endpoint server, FlowTuple tuple) {
        return server.port() == 0
                ? new Endpoint(server.address(), tuple.destination().port())
                : server;
    }

    private Rehearsed run() {
        List<Endpoint> usable;
        boolean function;
        Ending natural;
        try (Copy copy = new Copy(situation, services, frame, client)) {
            natural = play(copy, null);
            usable = copy.schedulers().usable();
            function = target.map(copy.schedulers()::isFunction).orElse(false);
            if (copy.missing() > 0) {
                doubt(
                        Doubt.of(
                                copy.missing()
                                        + " connections that fill servers could not be opened in"
                                        + " the copy: more servers may be full than there",
                                Outcome.SERVERS_FULL));
            }
        }
        doubts(natural);
        boolean certain = usable.size() < 2 || function;
        if (certain || target.isEmpty() || frame.connection().isPresent()) {
            return rehearsed(List.of(natural), usable, true);
        }
        List<Ending> endings = new ArrayList<>();
        for (Endpoint server : usable.subList(0, Math.min(MOST, usable.size()))) {
            try (Copy copy = new Copy(situation, services, frame, client)) {
                endings.add(play(copy, server));
            }
        }
        if (usable.size() > MOST) {
            doubt(Doubt.of((usable.size() - MOST) + " more servers were not tried"));
        }
        return rehearsed(endings, usable, false);
    }

    private Rehearsed rehearsed(List<Ending> endings, List<Endpoint> usable, boolean certain) {
        Optional.ofNullable(MDC.get(Notices.FAULT))
                .ifPresent(fault ->
                        doubt(
                                Doubt.of(
                                        "whether the running balancer fails as its copy did: "
                                                + fault)));
        return new Rehearsed(
                endings, target, usable, certain, counted.flatMap(Counted::template), unsure);
    }

    private Ending play(Copy copy, @Nullable Endpoint server) {
        target.ifPresent(key -> copy.schedulers().overrule(key, server));
        Optional<FlowTuple> tuple =
                frame.connection().isPresent() ? Optional.empty() : frame.tuple();
        return copy.play(frame.port(), readdressed(copy), tuple);
    }

    /// The frame as it would be if the connection had the local port that it has in the copy.
    private byte[] readdressed(Copy copy) {
        if (frame.connection().isEmpty()) {
            return frame.bytes();
        }
        Endpoint local = frame.connection().get().local();
        Optional<ConnectionInfo> there = copy.connection(ofClient());
        if (there.isEmpty()) {
            doubt(Doubt.of("the connection is gone from a copy with this state"));
            return frame.bytes();
        }
        if (!there.get().state().equals(frame.connection().get().state())) {
            doubt(
                    Doubt.of(
                            "the connection is "
                                    + frame.connection().get().state()
                                    + ", that of the copy "
                                    + there.get().state()));
        }
        int port = there.get().local().port();
        FrameHeaders headers = frame.headers();
        if (headers.hasPorts()) {
            boolean toLocal =
                    headers.destination().equals(local.address())
                            && headers.destinationPort() == local.port();
            if (!toLocal) {
                return frame.bytes();
            }
            Readdressed frameOfNow = new Readdressed(frame.bytes().clone(), headers);
            frameOfNow.port(2, port);
            return frameOfNow.bytes();
        }
        return QuotedPort.replace(frame.bytes(), headers, local, port);
    }

    private void doubt(Doubt doubt) {
        if (!unsure.contains(doubt)) {
            unsure.add(doubt);
        }
    }

    /// What only the running balancer knows.
    private void doubts(Ending natural) {
        Optional<ServiceStatus> status = target.flatMap(this::status);
        if (status.isEmpty()) {
            return;
        }
        ServicePolicy policy = status.get().service().policy();
        if (frame.connection().isEmpty() && natural.server().isPresent()) {
            doubtsOfBeginning(policy.limits());
        }
        doubtsOfTraffic(policy.limits());
        boolean segment =
                frame.given()
                        && frame.connection().isPresent()
                        && frame.headers().protocol() == FrameHeaders.TCP;
        if (segment && policy.outOfWindow() == OutOfWindow.DROP) {
            doubt(
                    Doubt.of(
                            "which sequence numbers its receiver expects is not asked",
                            Outcome.OUT_OF_WINDOW));
        }
        if (frame.connection().isPresent() && policy.quic().isPresent() && isOfClient()) {
            doubt(
                    Doubt.of(
                            "how long the client is silent that has this tuple is not asked: if its"
                                    + " connection id names another server, the tuple may be given"
                                    + " to a new connection to that one"));
        }
        if (natural.outcome().filter(Outcome.COOKIE_REFUSED::equals).isPresent()) {
            doubt(
                    Doubt.of(
                            "what acknowledges a cookie of the running balancer's opens a"
                                    + " connection: its secrets are not asked"));
        }
        counted.filter(each -> !each.doubtful().isEmpty())
                .ifPresent(each ->
                        doubt(
                                Doubt.of(
                                        each.doubtful()
                                                + " may be full still, until there are"
                                                + " fewer than resume-below")));
    }

    /// Whether it is a packet, and no error, that a client of a connection sends.
    private boolean isOfClient() {
        FrameHeaders headers = frame.headers();
        return headers.hasPorts()
                && TracedFrame.isOfClient(
                        new Endpoint(headers.source(), headers.sourcePort()),
                        frame.connection().orElseThrow());
    }

    private void doubtsOfBeginning(ServiceLimits limits) {
        String lately = "how many connections began lately is not asked: ";
        if (limits.rate().isPresent()) {
            doubt(Doubt.of(lately + "max-rate may drop it", Outcome.RATE_LIMITED));
        }
        if (limits.ratePerNetwork().isPresent()) {
            doubt(
                    Doubt.of(
                            lately + "max-rate-per-network may drop it",
                            Outcome.NETWORK_RATE_LIMITED));
        }
        if (limits.halfOpen() > 0) {
            doubt(
                    Doubt.of(
                            "how many connections are half open is not asked: max-half-open may"
                                    + " drop it",
                            Outcome.HALF_OPEN_FULL));
        }
    }

    private void doubtsOfTraffic(ServiceLimits limits) {
        String lately = "how much has passed lately is not asked: ";
        if (limits.packets().isPresent()) {
            doubt(Doubt.of(lately + "max-packets may drop it", Outcome.PACKETS_LIMITED));
        }
        if (limits.bandwidth().isPresent()) {
            doubt(Doubt.of(lately + "max-bandwidth may drop it", Outcome.BANDWIDTH_LIMITED));
        }
        if (limits.proportion() < ServiceLimits.MAX_PROPORTION) {
            doubt(
                    Doubt.of(
                            "of its packets " + limits.proportion() + " % pass, drawn by lot",
                            Outcome.PROPORTION_DROPPED));
        }
    }
}
