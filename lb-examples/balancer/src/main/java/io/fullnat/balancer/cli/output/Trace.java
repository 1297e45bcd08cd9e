// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.AccessRule.Action;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.run.Operations;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The decisions on one packet's way, as control knows them. For one thread.
final class Trace {
    private static final int MANY = 8;

    private final Operations operations;
    private final FlowTuple tuple;
    private final DesiredState desired;
    private final List<TraceStep> steps = new ArrayList<>();

    Trace(Operations operations, FlowTuple tuple) {
        this.operations = operations;
        this.tuple = tuple;
        desired = operations.control().desired();
    }

    /// Tells what is decided on one packet.
    ///
    /// @return the decisions in order; the last one has the packet's end, unless it cannot be told
    List<TraceStep> steps() {
        Optional<ConnectionInfo> connection = connection();
        if (connection.isPresent()) {
            known(connection.get());
            return steps;
        }
        say("connection", "none has this tuple");
        Optional<VirtualService> service = service();
        if (service.isEmpty()) {
            noService();
        } else if (isAdmitted(service.get())) {
            opens(service.get());
        }
        return steps;
    }

    private void say(String what, String finding) {
        steps.add(TraceStep.of(what, finding));
    }

    private void end(String what, String finding, Outcome outcome) {
        steps.add(TraceStep.end(what, finding, outcome));
    }

    private Optional<ConnectionInfo> connection() {
        List<ConnectionInfo> found = new ArrayList<>();
        operations
                .control()
                .connections(
                        ConnectionFilter.of(tuple),
                        connection -> {
                            found.add(connection);
                            return false;
                        });
        return found.stream().findFirst();
    }

    private void known(ConnectionInfo connection) {
        say(
                "connection",
                "known to worker "
                        + connection.worker()
                        + ", "
                        + connection.state()
                        + ", "
                        + connection.secondsLeft()
                        + " s left, of service "
                        + words(connection.service())
                        + "; lists, persistence and scheduler are not asked again");
        boolean toServer =
                tuple.source().equals(connection.client())
                        || tuple.source().equals(connection.local());
        if (toServer) {
            say("sent", "from " + connection.local() + " to " + connection.server());
            egress(connection.server().address(), Outcome.FORWARDED_IN);
        } else {
            say("sent", "from " + connection.virtual() + " to " + connection.client());
            egress(connection.client().address(), Outcome.FORWARDED_OUT);
        }
    }

    /// The service of one port goes before that of a range, and that before all ports.
    private Optional<VirtualService> service() {
        Endpoint to = tuple.destination();
        return desired.services().values().stream()
                .filter(service -> service.key().protocol() == tuple.protocol())
                .filter(service -> service.frontends().stream().anyMatch(each -> each.covers(to)))
                .min(
                        Comparator.comparingInt(service ->
                                service.frontends().stream()
                                        .filter(each -> each.covers(to))
                                        .mapToInt(Trace::width)
                                        .min()
                                        .orElse(0)));
    }

    private static int width(Frontend frontend) {
        return frontend.to() - frontend.from();
    }

    private void noService() {
        IpAddress to = tuple.destination().address();
        boolean virtual =
                desired.services().values().stream()
                        .flatMap(service -> service.frontends().stream())
                        .anyMatch(frontend -> frontend.address().equals(to));
        boolean local =
                desired.services().values().stream()
                        .flatMap(service -> service.localAddresses().stream())
                        .anyMatch(each -> each.address().equals(to));
        boolean own =
                operations.control().status().addresses().stream()
                        .map(AddressStatus::address)
                        .anyMatch(address -> address.prefix().address().equals(to));
        if (local) {
            end(
                    "service",
                    to + " is a local address: only answers of servers are taken there",
                    Outcome.NO_CONNECTION);
        } else if (virtual || own) {
            end(
                    "service",
                    "none of " + word(tuple.protocol()) + " at " + tuple.destination(),
                    Outcome.NO_SERVICE);
        } else {
            end("service", to + " is no address of the balancer's", Outcome.NOT_LOCAL);
        }
    }

    private static String word(Protocol protocol) {
        return ListingJson.name(protocol);
    }

    private static String words(ServiceKey key) {
        return word(key.protocol()) + " " + key.name();
    }

    private boolean isAdmitted(VirtualService service) {
        ServiceKey key = service.key();
        say("service", words(key) + ", scheduler " + service.scheduler());
        List<AccessRule> rules = service.accessRules();
        if (rules.isEmpty()) {
            say("lists", "the service has no deny and no allow");
            return true;
        }
        Optional<AccessRule> denied = matching(rules, Action.DENY);
        if (denied.isPresent()) {
            end("lists", "kept out by deny " + denied.get().clients(), Outcome.ACCESS_DENIED);
            return false;
        }
        Optional<AccessRule> allowed = matching(rules, Action.ALLOW);
        boolean any = rules.stream().anyMatch(rule -> rule.action() == Action.ALLOW);
        if (any && allowed.isEmpty()) {
            end("lists", "no allow admits " + tuple.source().address(), Outcome.ACCESS_DENIED);
            return false;
        }
        say(
                "lists",
                allowed.map(rule -> "admitted by allow " + rule.clients())
                        .orElse("no deny keeps it out, and there is no allow"));
        return true;
    }

    private Optional<AccessRule> matching(List<AccessRule> rules, Action action) {
        return rules.stream()
                .filter(rule -> rule.action() == action && isOf(rule.clients()))
                .findFirst();
    }

    private boolean isOf(Clients clients) {
        return switch (clients) {
            case Clients.Network(IpPrefix prefix) -> prefix.contains(tuple.source().address());
            case Clients.InSet(String name, boolean byDestination) -> {
                Endpoint end = byDestination ? tuple.destination() : tuple.source();
                try {
                    yield desired.set(name).contains(end.address().toString());
                } catch (BalancerException e) {
                    say("lists", "the set " + name + " asks for more than addresses: not asked");
                    yield false;
                }
            }
        };
    }

    private void opens(VirtualService service) {
        Optional<ServiceStatus> found = operations.control().status(service.key());
        if (found.isEmpty()) {
            end("service", "it has just been removed", Outcome.NO_SERVICE);
            return;
        }
        ServiceStatus status = found.get();
        if (tuple.protocol() == Protocol.TCP) {
            say("first packet", firstSegment(service.policy().tcp().synProxy()));
        }
        Optional<TemplateInfo> template = template(service.key());
        List<RealServerStatus> usable =
                status.realServers().stream().filter(Trace::isUsable).toList();
        status.realServers().stream()
                .filter(server -> !isUsable(server))
                .limit(MANY)
                .forEach(server -> say("not used", outOfUse(server)));
        if (usable.isEmpty()) {
            end("server", "none takes connections", Outcome.NO_REAL_SERVER);
            return;
        }
        IpAddress next;
        if (template.isPresent()) {
            say("persistence", "the client goes to " + template.get().server() + ", while it can");
            next = template.get().server().address();
        } else {
            say("server", service.scheduler() + " chooses of " + names(usable));
            next = usable.getFirst().server().endpoint().address();
        }
        if (!hasLocalAddress(status, next)) {
            return;
        }
        if (usable.size() > 1 && template.isEmpty()) {
            say("route", "as to the first of them:");
        }
        egress(next, Outcome.FORWARDED_IN);
    }

    private static String firstSegment(SynProxy proxy) {
        return proxy.equals(SynProxy.OFF)
                ? "a SYN opens a connection; without SYN it ends as NO_CONNECTION"
                : "syn-proxy "
                        + proxy.text()
                        + ": while it is active a SYN ends as SYN_ANSWERED, and the"
                        + " acknowledgement of its cookie opens a connection, any other ends as"
                        + " COOKIE_REFUSED";
    }

    private static boolean isUsable(RealServerStatus server) {
        return server.server().isWanted() && server.health().use() != ServerHealth.Use.OUT;
    }

    private static String outOfUse(RealServerStatus server) {
        String why =
                server.server().inhibited()
                        ? "inhibited"
                        : server.server().weight() == 0 ? "weight 0" : server.health().reason();
        return server.server().endpoint() + ", " + (why.isEmpty() ? "out" : why);
    }

    private static String names(List<RealServerStatus> servers) {
        String shown =
                servers.stream()
                        .limit(MANY)
                        .map(server ->
                                server.server().endpoint()
                                        + " (weight "
                                        + server.server().weight()
                                        + ")")
                        .collect(Collectors.joining(", "));
        return servers.size() > MANY
                ? shown + " and " + (servers.size() - MANY) + " others"
                : shown;
    }

    private Optional<TemplateInfo> template(ServiceKey key) {
        List<TemplateInfo> found = new ArrayList<>();
        operations
                .control()
                .templates(
                        TemplateFilter.of(key),
                        template -> {
                            if (template.client().contains(tuple.source().address())) {
                                found.add(template);
                            }
                            return found.isEmpty();
                        });
        return found.stream().findFirst();
    }

    private boolean hasLocalAddress(ServiceStatus status, IpAddress server) {
        List<LocalAddressStatus> fitting =
                status.localAddresses().stream()
                        .filter(each -> !each.draining())
                        .filter(each -> each.address().address().bitLength() == server.bitLength())
                        .toList();
        if (fitting.isEmpty()) {
            end(
                    "local",
                    "the service has no local address of " + server.family(),
                    Outcome.NO_LOCAL_ADDRESS);
            return false;
        }
        say(
                "local",
                fitting.stream()
                                .limit(MANY)
                                .map(each ->
                                        each.address().address()
                                                + " ("
                                                + each.ports().inUse()
                                                + " ports in use, fullest pair "
                                                + each.ports().fullestPercent()
                                                + " %)")
                                .collect(Collectors.joining(", "))
                        + (fitting.size() > MANY ? " and others" : ""));
        return true;
    }

    /// How a packet to an address leaves: the longest of static routes and of networks on links.
    private void egress(IpAddress to, Outcome outcome) {
        Optional<Route> route =
                desired.routes().values().stream()
                        .filter(each -> each.destination().contains(to))
                        .max(Comparator.comparingInt(each -> each.destination().length()));
        Optional<AddressStatus> link =
                operations.control().status().addresses().stream()
                        .filter(each -> each.address().prefix().network().contains(to))
                        .max(Comparator.comparingInt(each -> each.address().prefix().length()));
        int linkLength = link.map(each -> each.address().prefix().length()).orElse(-1);
        int routeLength = route.map(each -> each.destination().length()).orElse(-1);
        if (route.isEmpty() && link.isEmpty()) {
            end("route", "none leads to " + to, Outcome.NO_ROUTE);
            return;
        }
        IpAddress hop = to;
        if (route.isPresent() && routeLength >= linkLength) {
            hop = route.get().gateway().orElse(to);
            say("route", "to " + to + ": " + route.get());
        } else {
            say("route", to + " is on the link of " + link.orElseThrow().address().device());
        }
        neighbour(hop, outcome);
    }

    private void neighbour(IpAddress hop, Outcome outcome) {
        List<NeighbourStatus> known =
                operations.control().neighbours().stream()
                        .filter(each -> each.address().equals(hop))
                        .toList();
        Optional<NeighbourStatus> answered =
                known.stream().filter(each -> each.mac().isPresent()).findFirst();
        String state =
                answered.map(each ->
                                each.mac().orElseThrow()
                                        + " at "
                                        + each.device()
                                        + ", "
                                        + each.state().name().toLowerCase(Locale.ROOT))
                        .orElse(
                                known.isEmpty()
                                        ? "not asked for yet: the packet waits for its answer"
                                        : "does not answer: packets wait, then end as"
                                                + " NEIGHBOUR_UNREACHABLE");
        end("neighbour", hop + " " + state, outcome);
    }
}
