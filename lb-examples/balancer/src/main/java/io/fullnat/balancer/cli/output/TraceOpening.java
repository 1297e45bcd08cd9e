// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.AccessRule.Action;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.trace.Ending;
import io.fullnat.balancer.trace.Rehearsed;
import io.fullnat.balancer.trace.TracedFrame;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a service decides on a packet that no connection is known of, as far as the engine comes.
/// For one thread.
final class TraceOpening {
    private static final int MANY = 8;

    private final TracedFrame frame;
    private final Rehearsed rehearsed;
    private final ServiceStatus status;
    private final VirtualService service;
    private final DesiredState desired;
    private final List<TraceStep> steps;

    TraceOpening(
            DesiredState desired,
            TracedFrame frame,
            Rehearsed rehearsed,
            ServiceStatus status,
            List<TraceStep> steps) {
        this.frame = frame;
        this.rehearsed = rehearsed;
        this.status = status;
        this.steps = steps;
        service = status.service();
        this.desired = desired;
    }

    /// Tells the decisions up to a stage; those of route and neighbour are others'.
    void tell(TraceStage stage, Ending ending) {
        Optional<Outcome> outcome = ending.outcome();
        String why = outcome.map(Outcome::meaning).orElse("it waits");
        if (stage == TraceStage.FIRST) {
            end(stage, first(outcome, why), outcome);
            return;
        }
        if (service.key().protocol() == Protocol.TCP) {
            say("first packet", "a SYN opens a connection");
        }
        if (stage == TraceStage.LISTS) {
            end(stage, denied(), outcome);
            return;
        }
        say("lists", admitted());
        if (stage == TraceStage.LIMITS) {
            end(stage, why + " (" + service.policy().limits() + ")", outcome);
            return;
        }
        if (!service.policy().limits().equals(ServiceLimits.NONE)) {
            say("limits", "not reached: " + service.policy().limits());
        }
        outOfUse();
        if (stage == TraceStage.SERVER) {
            end(stage, why, outcome);
            return;
        }
        server(ending);
        if (stage == TraceStage.LOCAL) {
            end(stage, why, outcome);
            return;
        }
        local(ending);
    }

    private void say(String what, String finding) {
        steps.add(TraceStep.of(what, finding));
    }

    private void end(TraceStage stage, String finding, Optional<Outcome> outcome) {
        steps.add(new TraceStep(stage.word(), finding, outcome));
    }

    private String first(Optional<Outcome> outcome, String why) {
        SynProxy proxy = service.policy().tcp().synProxy();
        boolean tcp = service.key().protocol() == Protocol.TCP;
        boolean limit =
                outcome.filter(each ->
                                each == Outcome.PACKETS_LIMITED
                                        || each == Outcome.BANDWIDTH_LIMITED)
                        .isPresent();
        if (tcp && proxy.isUsed() && !limit) {
            return "syn-proxy " + proxy.text() + ": " + why;
        }
        boolean none = outcome.filter(Outcome.NO_CONNECTION::equals).isPresent();
        return none ? "only a SYN opens a connection" : why;
    }

    private String denied() {
        List<AccessRule> rules = service.accessRules();
        Optional<AccessRule> denied = matching(rules, Action.DENY);
        if (denied.isPresent()) {
            return "kept out by deny " + denied.get().clients();
        }
        return asksMore(rules)
                ? "kept out by a rule that asks for more than an address"
                : "no allow admits " + source();
    }

    private String admitted() {
        List<AccessRule> rules = service.accessRules();
        if (rules.isEmpty()) {
            return "the service has no deny and no allow";
        }
        boolean any = rules.stream().anyMatch(rule -> rule.action() == Action.ALLOW);
        return matching(rules, Action.ALLOW)
                .map(rule -> "admitted by allow " + rule.clients())
                .orElse(
                        any
                                ? "admitted by an allow that asks for more than an address"
                                : "no deny keeps it out, and there is no allow");
    }

    private IpAddress source() {
        return frame.headers().source();
    }

    private Optional<AccessRule> matching(List<AccessRule> rules, Action action) {
        return rules.stream()
                .filter(rule -> rule.action() == action && isOf(rule.clients()))
                .findFirst();
    }

    private boolean isOf(Clients clients) {
        return switch (clients) {
            case Clients.Network(IpPrefix prefix) -> prefix.contains(source());
            case Clients.InSet(String name, boolean byDestination) -> {
                IpAddress asked = byDestination ? frame.headers().destination() : source();
                try {
                    yield desired.set(name).contains(asked.toString());
                } catch (BalancerException e) {
                    yield false; // it asks for more
                }
            }
        };
    }

    private boolean asksMore(List<AccessRule> rules) {
        return rules.stream()
                .map(AccessRule::clients)
                .anyMatch(clients -> {
                    if (!(clients instanceof Clients.InSet set)) {
                        return false;
                    }
                    try {
                        desired.set(set.name()).contains(source().toString());
                        return false;
                    } catch (BalancerException e) {
                        return true;
                    }
                });
    }

    /// Servers that get no connections, or only those of their own clients.
    private void outOfUse() {
        List<RealServerStatus> others =
                status.realServers().stream().filter(each -> !reasons(each).isEmpty()).toList();
        others.stream()
                .limit(MANY)
                .forEach(each -> say("not used", each.server().endpoint() + ", " + reasons(each)));
        if (others.size() > MANY) {
            say("not used", "and " + (others.size() - MANY) + " others");
        }
    }

    private static String reasons(RealServerStatus each) {
        RealServer server = each.server();
        if (server.inhibited()) {
            return "inhibited";
        }
        if (server.weight() == 0) {
            return "weight 0";
        }
        if (each.health().use() == ServerHealth.Use.OUT) {
            return each.health().reason().isEmpty() ? "out" : each.health().reason();
        }
        long has = each.activeConnections() + each.inactiveConnections();
        return server.maxConnections() > 0 && has >= server.maxConnections()
                ? "full: " + has + " connections of " + server.maxConnections()
                : "";
    }

    private void server(Ending ending) {
        List<Endpoint> usable = rehearsed.usable();
        Optional<Endpoint> chosen = ending.server();
        if (!usable.isEmpty()) {
            say("server", service.scheduler() + " chooses " + choice(usable, chosen));
            return;
        }
        Optional<Endpoint> sorry = service.policy().health().sorryServer();
        Optional<Endpoint> template = rehearsed.template();
        String server = chosen.map(Endpoint::toString).orElse("one that is not known");
        if (status.health().sorry() && sorry.isPresent()) {
            say("server", "the sorry server " + sorry.get() + ", as the quorum is lost");
        } else if (template.isPresent()) {
            say("persistence", "the client goes to " + template.get() + ", while it can");
        } else {
            say("server", server + ", which the packet names");
        }
    }

    private String choice(List<Endpoint> usable, Optional<Endpoint> chosen) {
        String all = names(usable);
        if (usable.size() == 1) {
            return "of " + all + " alone";
        }
        return rehearsed.certain()
                ? chosen.map(Endpoint::toString).orElse("none") + " for this packet, of " + all
                : "of " + all + "; which is next only the running balancer knows";
    }

    private String names(List<Endpoint> servers) {
        String shown =
                servers.stream()
                        .limit(MANY)
                        .map(server -> server + " (weight " + weight(server) + ")")
                        .collect(Collectors.joining(", "));
        return servers.size() > MANY
                ? shown + " and " + (servers.size() - MANY) + " others"
                : shown;
    }

    private int weight(Endpoint endpoint) {
        return service.realServers().stream()
                .filter(each -> each.endpoint().equals(endpoint))
                .mapToInt(RealServer::weight)
                .findFirst()
                .orElse(0);
    }

    private void local(Ending ending) {
        int bits =
                ending.server()
                        .or(() -> rehearsed.usable().stream().findFirst())
                        .map(server -> server.address().bitLength())
                        .orElse(source().bitLength());
        List<LocalAddressStatus> fitting =
                status.localAddresses().stream()
                        .filter(each -> !each.draining())
                        .filter(each -> each.address().address().bitLength() == bits)
                        .toList();
        String all =
                fitting.stream()
                        .limit(MANY)
                        .map(each ->
                                each.address().address()
                                        + " ("
                                        + each.ports().inUse()
                                        + " ports in use, fullest pair "
                                        + each.ports().fullestPercent()
                                        + " %)")
                        .collect(Collectors.joining(", "));
        say(
                "local",
                (fitting.size() > 1 ? "one of " : "")
                        + all
                        + (fitting.size() > MANY ? " and others" : ""));
    }
}
