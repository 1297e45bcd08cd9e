// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.ServicePolicy.Removal;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.Attribute.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The attributes of services.
public final class ServiceAttributes {
    /// What a service is scheduled by that says nothing.
    private static final String DEFAULT_SCHEDULER = "wlc";

    private static final Attribute<VirtualService, ?> SCHEDULER =
            new AttributeBuilder<>(
                            "scheduler",
                            new Kind.Text(1, 32, KnownSchedulers::check, KnownSchedulers::names),
                            VirtualService::scheduler,
                            VirtualService::withScheduler,
                            DEFAULT_SCHEDULER,
                            "how a server is chosen")
                    .letter('s')
                    .shown(Shown.ALWAYS, "SCHED")
                    .ipvsadm(
                            "scheduler",
                            "SCHEDULER",
                            "rr, wrr, lc, wlc (default), sed, nq, fo, ovf, sh, dh, mh, conhash, random, p2c")
                    .verbs(
                            "NAME",
                            "wlc (default), rr, mh, ... or of your own.",
                            "wlc, rr, mh, ... or of your own.")
                    .rest(
                            "SchedName",
                            "the name of a scheduler; wlc if it is missing",
                            "the name of a scheduler")
                    .resetByRequests()
                    .row(
                            KnownSchedulers.row(),
                            "`wlc`",
                            "how a server is chosen: see [Schedulers](schedulers.md); or as"
                                    + " [one that you bring](embedding.md#schedulers-for-fullnat) does")
                    .build();

    private static final Attribute<VirtualService, ?> FRONTENDS =
            new AttributeBuilder<VirtualService, List<Frontend>>(
                            "frontends",
                            new Kind.Lines<List<Frontend>>(
                                    ServiceAttributes::readFrontends,
                                    all -> all.stream().map(Frontend::toString).toList(),
                                    VirtualService.MAX_FRONTENDS,
                                    "FRONTEND[,FRONTEND...]"),
                            service -> service.key().isGroup() ? service.frontends() : List.of(),
                            ServiceAttributes::withFrontends,
                            List.of(),
                            "what clients of a group connect to, all of it: 192.0.2.80:80,192.0.2.81:0")
                    .rest(
                            "Frontends",
                            "what clients of a group connect to, all of it; left as it is if it is"
                                    + " missing",
                            "what clients of a group connect to")
                    .row(
                            "list of address:port",
                            "none",
                            "of a `group`, what clients connect to, of either family:"
                                    + " [Services of several ports](services.md#groups)")
                    .build();

    private static final Attribute<VirtualService, ?> TIMEOUT =
            new AttributeBuilder<>(
                            "timeout",
                            new Kind.Seconds((int) Timeouts.MAX_SECONDS),
                            VirtualService::connectionTimeout,
                            VirtualService::withConnectionTimeout,
                            Optional.empty(),
                            "idle time after which a connection ends")
                    .listing("connectionTimeoutSeconds")
                    .ipvsadm(
                            "conn-timeout",
                            "SECONDS",
                            "idle seconds after which a connection ends; 0 is the default")
                    .verbs(
                            "SECONDS",
                            "Idle time after which a connection ends.",
                            "Idle time; 0 for the defaults.")
                    .rest(
                            "ConnTimeout",
                            "seconds; 0 for the defaults",
                            "seconds; 0 for the defaults")
                    .resetByRequests()
                    .row(
                            "1-31535999",
                            "that of `timeouts`",
                            "seconds that an established connection, or any of UDP, may be idle")
                    .build();

    private static final Attribute<VirtualService, ?> REFUSAL =
            new AttributeBuilder<>(
                            "refusal",
                            new Kind.Choice<>(List.of(Refusal.values()), Refusal::word),
                            (VirtualService service) -> service.policy().refusal(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withRefusal(value)),
                            Refusal.REJECT,
                            "what a client hears that cannot be served")
                    .shown(Shown.IN_FULL, "")
                    .ipvsadm(
                            "refusal",
                            "reject|drop",
                            "what a client hears that cannot be served: reject (default), drop")
                    .verbs(
                            "WORD",
                            "What a client hears that cannot be served: reject (default) or drop.",
                            "What a client hears that cannot be served: reject or drop.")
                    .rest(
                            "Refusal",
                            "what a client hears that cannot be served; reject if it is missing",
                            "what a client hears that cannot be served")
                    .resetByRequests()
                    .row(
                            "`reject`, `drop`",
                            "`reject`",
                            "what a client hears that cannot be served: see [Refusals](#refusals)")
                    .build();

    private static final Attribute<VirtualService, ?> REMOVAL =
            new AttributeBuilder<>(
                            "removal",
                            new Kind.Choice<>(List.of(Removal.values()), Removal::word),
                            (VirtualService service) -> service.policy().removal(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withRemoval(value)),
                            Removal.DRAIN,
                            "what becomes of the connections of a removed server")
                    .shown(Shown.IN_FULL, "")
                    .ipvsadm(
                            "removal",
                            "drain|end",
                            "connections of a removed server: drain (default), end")
                    .verbs(
                            "WORD",
                            "Connections of a removed server: drain (default) or end.",
                            "Connections of a removed server: drain or end.")
                    .rest(
                            "Removal",
                            "what becomes of the connections of a removed server; drain if it is"
                                    + " missing",
                            "what becomes of the connections of a removed server")
                    .resetByRequests()
                    .row(
                            "`drain`, `end`",
                            "`drain`",
                            "what becomes of the connections of a real server that is removed, or"
                                    + " whose service is: they go on until they end, or end with the"
                                    + " removal")
                    .build();

    private static final Attribute<VirtualService, ?> TIMEOUTS =
            new AttributeBuilder<>(
                            "timeouts",
                            new Kind.ByState(),
                            (VirtualService service) -> service.policy().timeouts(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withTimeouts(value)),
                            Timeouts.NONE,
                            "idle times by state")
                    .ipvsadm(
                            "timeouts",
                            "STATE=SECONDS,...",
                            "idle seconds by state: fin-wait=600,udp-normal=5; dns; none")
                    .verbs(
                            "STATE=SECONDS[,...]",
                            "Idle times by state; dns for short ones of UDP.",
                            "Idle times by state; 0 for the balancer's; dns, none.")
                    .rest(
                            "Timeouts",
                            "idle seconds by state; replace the service's own",
                            "those that the service has of its own")
                    .row(
                            "mapping",
                            "none",
                            "the service's own, with the keys of `timeouts`; comes before `timeout`")
                    .build();

    private static final Attribute<VirtualService, ?> ONE_PACKET =
            new AttributeBuilder<>(
                            "one-packet",
                            new Kind.Switch(),
                            (VirtualService service) -> service.policy().onePacket(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withOnePacket(value)),
                            false,
                            "whether each datagram is scheduled for itself (UDP)")
                    .letter('o')
                    .listing("onePacket")
                    .withoutValue("yes")
                    .ipvsadm("ops", "[yes|no]", "schedule each datagram for itself (UDP)")
                    .rest(
                            "OnePacket",
                            "whether each datagram is scheduled for itself; UDP alone",
                            "whether each datagram is scheduled for itself")
                    .row(
                            "`true`, `false`",
                            "`false`",
                            "whether each datagram is scheduled for itself, whatever port it comes"
                                    + " from ([one packet](persistence.md#one-packet-scheduling));"
                                    + " UDP alone")
                    .build();

    private static final Attribute<VirtualService, ?> EXPIRE_QUIESCENT =
            new AttributeBuilder<>(
                            "expire-quiescent",
                            new Kind.Switch(),
                            (VirtualService service) -> service.policy().expiresQuiescent(),
                            (service, value) ->
                                    service.withPolicy(
                                            service.policy().withExpiresQuiescent(value)),
                            false,
                            "whether connections end of a server that gets no new ones")
                    .listing("expireQuiescent")
                    .withoutValue("yes")
                    .ipvsadm(
                            "expire-quiescent",
                            "[yes|no]",
                            "end connections of servers with weight 0, down or removed")
                    .rest(
                            "ExpireQuiescent",
                            "whether connections end of a server that has the weight 0, is down or"
                                    + " removed",
                            "whether connections end of a server that has the weight 0, is down or"
                                    + " removed")
                    .row(
                            "`true`, `false`",
                            "`false`",
                            "whether the connections of a server end as soon as it gets no new ones:"
                                    + " weight 0, inhibited, down, removed"
                                    + " ([draining](draining.md))")
                    .build();

    private static final Attribute<VirtualService, ?> DESCRIPTION =
            new AttributeBuilder<>(
                            "description",
                            new Kind.Text(
                                    0,
                                    ServicePolicy.MAX_DESCRIPTION,
                                    ServicePolicy::requireDescription,
                                    List::of),
                            (VirtualService service) -> service.policy().description(),
                            (service, text) ->
                                    service.withPolicy(service.policy().withDescription(text)),
                            "",
                            "what the operator notes of it, up to 255 characters; '' for nothing")
                    .shown(Shown.IF_SET, "DESCRIPTION")
                    .rest(
                            "Description",
                            "what the operator notes of it; empty for nothing",
                            "what the operator notes of it")
                    .row(
                            "text of up to 255 characters",
                            "none",
                            "what the operator notes of it, on one line; it changes nothing else")
                    .build();

    /// All of them, in the order in which everything shows them.
    public static final List<Attribute<VirtualService, ?>> ALL =
            Stream.of(
                            List.<Attribute<VirtualService, ?>>of(
                                    SCHEDULER, SchedulerAttributes.OPTIONS, FRONTENDS),
                            PersistenceAttributes.ALL,
                            List.of(
                                    ONE_PACKET,
                                    QuicAttributes.ROUTING,
                                    TIMEOUT,
                                    REFUSAL,
                                    REMOVAL,
                                    EXPIRE_QUIESCENT),
                            EndAttributes.OF_SERVICES,
                            List.<Attribute<VirtualService, ?>>of(TIMEOUTS),
                            TcpAttributes.OF_SERVICES,
                            HealthAttributes.OF_SERVICES,
                            LimitAttributes.OF_SERVICES,
                            DisclosureAttributes.ALL,
                            List.<Attribute<VirtualService, ?>>of(DESCRIPTION))
                    .flatMap(List::stream)
                    .toList();

    private ServiceAttributes() {}

    /// Frontends, one or several a line.
    private static List<Frontend> readFrontends(List<String> lines) {
        return lines.stream()
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(text -> Frontend.parse(text.strip()))
                .toList();
    }

    private static VirtualService withFrontends(VirtualService service, List<Frontend> members) {
        return members.isEmpty() && !service.key().isGroup()
                ? service
                : service.withFrontends(members);
    }

    /// The changes that make the attributes of one service those of another: none of what is the
    /// same.
    ///
    /// @param before the service as it is
    /// @param after of the same key
    /// @return in order
    public static List<Change> changes(VirtualService before, VirtualService after) {
        List<Change> changes = new ArrayList<>();
        if (!before.scheduler().equals(after.scheduler())
                || !before.connectionTimeout().equals(after.connectionTimeout())) {
            changes.add(
                    new Change.EditService(
                            before.key(), after.scheduler(), after.connectionTimeout()));
        }
        if (!before.frontends().equals(after.frontends())) {
            changes.add(new Change.SetFrontends(before.key(), after.frontends()));
        }
        if (!before.policy().equals(after.policy())) {
            changes.add(new Change.SetPolicy(before.key(), after.policy()));
        }
        return changes;
    }

    /// All that a service says beside its scheduler.
    ///
    /// @param service any
    /// @return for example `timeout 300s, refusal reject, removal drain`
    public static String settings(VirtualService service) {
        return ALL.stream()
                .filter(attribute ->
                        attribute.shown() == Shown.IN_FULL
                                || (attribute.shown() == Shown.IF_SET && attribute.isSet(service)))
                .map(attribute -> attribute.spoken(service))
                .collect(Collectors.joining(", "));
    }
}
