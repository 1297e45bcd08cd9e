// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// The attributes that say how a service finds out which of its servers are alive, and what comes
/// of it.
final class HealthAttributes {
    private static final int MAX_CHECKS = 16;
    private static final String SERVICES = "service";
    private static final String CHECKS = "checks";
    private static final String CHECK_USAGE = "'CHECK [NAME=VALUE ...] [; CHECK ...]'";

    private static final Attribute<VirtualService, ?> SERVICE_CHECKS =
            of(
                            CHECKS,
                            new Kind.Lines<List<HealthCheck>>(
                                    HealthAttributes::parse,
                                    HealthAttributes::lines,
                                    MAX_CHECKS,
                                    CHECK_USAGE),
                            HealthPolicy::checks,
                            (health, value) -> health.toBuilder().checks(value).build(),
                            List.of(),
                            "health checks: 'http path=/up interval=2 ; tcp port=81'; none")
                    .rest(
                            "Checks",
                            "health checks of its servers, all of them, for example \"http"
                                    + " path=/up interval=2\"; replace those that are there",
                            "health checks of its servers")
                    .row(
                            "list of texts",
                            "none",
                            "how its servers are asked whether they work:"
                                    + " [Health checks](health.md#checks)")
                    .build();

    private static final Attribute<VirtualService, ?> PASSIVE =
            of(
                            "passive",
                            new Kind.Parsed<>(
                                    HealthWords::readPassive,
                                    HealthWords::passive,
                                    "disable|default|DOWN,UP,WAITs,MIN-MAXs"),
                            HealthPolicy::passive,
                            (health, value) -> health.toBuilder().passive(value).build(),
                            Optional.empty(),
                            "passive check: disable (default), default, 1,1,3s,5-3600s, 1,3s")
                    .ipvsadm(
                            "dest-check",
                            "WORDS",
                            "passive check: disable (default), default, 1,1,3s,5-3600s, 1,3s")
                    .rest(
                            "Passive",
                            "passive check, in the words of --dest-check",
                            "passive check, in the words of --dest-check")
                    .row(
                            "text",
                            "`disable`",
                            "what is concluded from what connections meet:"
                                    + " [Passive checks](health.md#passive-checks)")
                    .build();

    private static final Attribute<VirtualService, ?> SLOW_START =
            of(
                            "slow-start",
                            new Kind.Parsed<>(
                                    HealthWords::readSlowStart,
                                    HealthWords::slowStart,
                                    "SECONDS[,FLOOR%]"),
                            HealthPolicy::slowStart,
                            (health, value) -> health.toBuilder().slowStart(value).build(),
                            SlowStart.NONE,
                            "seconds until a server that came up has its whole share; 30,10%")
                    .listing("slowStart")
                    .rest(
                            "SlowStart",
                            "seconds until a server that came up has its whole share, and the floor"
                                    + " that it begins with: \"30,10%\"; \"0\" for at once",
                            "seconds until a server that came up has its whole share, and the floor"
                                    + " if it is not 10%")
                    .row(
                            "seconds, or `SECONDS,FLOOR%`",
                            "0",
                            "how long the share of a server grows that has come up, from the floor"
                                    + " (10% if not said) to the whole")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_EJECTED =
            of(
                            "max-ejected",
                            new Kind.Whole("max-ejected", 0, 100),
                            HealthPolicy::maxEjected,
                            (health, value) -> health.toBuilder().maxEjected(value).build(),
                            100,
                            "percent of its servers that may be out at once by their health")
                    .listing("maxEjectedPercent")
                    .rest(
                            "MaxEjected",
                            "percent of its servers that may be out at once by their health",
                            "percent of its servers that may be out at once by their health")
                    .row(
                            "0-100",
                            "100",
                            "how many percent of its servers may be out at once by their health;"
                                    + " those that fail beyond that go on")
                    .build();

    private static final Attribute<VirtualService, ?> LAST_SERVER =
            of(
                            "last-server",
                            new Kind.Parsed<>(
                                    HealthWords.Last::parse,
                                    HealthWords.Last::words,
                                    "reject|keep|sorry=ADDRESS:PORT"),
                            HealthWords.Last::of,
                            (health, value) -> value.in(health),
                            HealthWords.Last.REJECT,
                            "when nobody is up: reject (default), keep, sorry=ADDRESS:PORT")
                    .listing("lastServer")
                    .rest(
                            "LastServer",
                            "what new connections meet when nobody is up: reject, keep,"
                                    + " sorry=ADDRESS:PORT",
                            "what new connections meet when nobody is up")
                    .row(
                            "`reject`, `keep`, `sorry=ADDRESS:PORT`",
                            "`reject`",
                            "what new connections meet when nobody is up: a refusal, the server"
                                    + " that went down last, or a sorry server")
                    .build();

    private static final Attribute<VirtualService, ?> QUORUM =
            of(
                            "quorum",
                            new Kind.Parsed<>(
                                    HealthWords::readQuorum,
                                    HealthWords::quorum,
                                    "WEIGHT[,HYSTERESIS]"),
                            HealthPolicy::quorum,
                            (health, value) -> health.toBuilder().quorum(value).build(),
                            Quorum.ONE,
                            "weight of servers that must be up, and hysteresis: 10,2")
                    .rest(
                            "Quorum",
                            "weight of servers that must be up, and hysteresis: \"10,2\"",
                            "weight of servers that must be up, and hysteresis")
                    .row(
                            "weight, or `WEIGHT,HYSTERESIS`",
                            "1",
                            "how much weight of its servers must be up; lost below weight -"
                                    + " hysteresis, there again at weight + hysteresis")
                    .build();

    private static final Attribute<VirtualService, ?> END_CONNECTIONS =
            of(
                            "end-connections",
                            new Kind.Choice<>(
                                    List.of(false, true), (Boolean ends) -> ends ? "yes" : "no"),
                            HealthPolicy::endConnections,
                            (health, value) -> health.toBuilder().endConnections(value).build(),
                            false,
                            "whether connections of a server end when it goes down: no (default)")
                    .listing("endConnections")
                    .rest(
                            "EndConnections",
                            "whether connections of a server end when it goes down",
                            "whether connections of a server end when it goes down")
                    .row(
                            "`no`, `yes`",
                            "`no`",
                            "whether connections of a server end when it goes down")
                    .build();

    private static final Attribute<VirtualService, ?> ANNOUNCE =
            of(
                            "announce",
                            new Kind.Choice<>(List.of(Announce.values()), Announce::word),
                            HealthPolicy::announce,
                            (health, value) -> health.toBuilder().announce(value).build(),
                            Announce.NEVER,
                            "when a route announces its address: never (default), always,"
                                    + " when-healthy")
                    .rest(
                            "Announce",
                            "when a route of the kernel announces its address: never, always,"
                                    + " when-healthy",
                            "when a route of the kernel announces its address")
                    .row(
                            "`never`, `always`, `when-healthy`",
                            "`never`",
                            "when a route of the kernel announces its address:"
                                    + " [Announcing addresses](health.md#announcing-addresses)")
                    .build();

    /// Those of services, in order.
    static final List<Attribute<VirtualService, ?>> OF_SERVICES =
            List.of(
                    SERVICE_CHECKS,
                    PASSIVE,
                    SLOW_START,
                    MAX_EJECTED,
                    LAST_SERVER,
                    QUORUM,
                    END_CONNECTIONS,
                    ANNOUNCE);

    /// The checks of a server of its own.
    static final Attribute<RealServer, ?> SERVER_CHECKS =
            new AttributeBuilder<>(
                            CHECKS,
                            new Kind.Lines<Optional<List<HealthCheck>>>(
                                    HealthAttributes::parseOwn,
                                    HealthAttributes::ownLines,
                                    MAX_CHECKS,
                                    CHECK_USAGE),
                            RealServer::checks,
                            (server, value) -> server.toBuilder().checks(value).build(),
                            Optional.empty(),
                            "health checks of its own; none; service for those of its service")
                    .rest(
                            "checks",
                            "health checks of its own; [\"service\"] for those of its service",
                            "health checks of its own; [\"service\"] for those of its service")
                    .row(
                            "list of texts",
                            "those of the service",
                            "how this one is asked instead; `[]` for not at all")
                    .build();

    private HealthAttributes() {}

    private static <V> AttributeBuilder<VirtualService, V> of(
            String name,
            Kind<V> kind,
            Function<HealthPolicy, V> get,
            BiFunction<HealthPolicy, V, HealthPolicy> with,
            V usual,
            String text) {
        return new AttributeBuilder<>(
                name,
                kind,
                service -> get.apply(service.policy().health()),
                (service, value) ->
                        service.withPolicy(
                                service.policy()
                                        .withHealth(with.apply(service.policy().health(), value))),
                usual,
                text);
    }

    private static List<HealthCheck> parse(List<String> lines) {
        if (lines.equals(List.of(SERVICES))) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\"service\" is for real servers; a service has its own checks, or none");
        }
        return HealthPolicy.requireChecks(lines.stream().map(CheckWords::parse).toList());
    }

    private static List<String> lines(List<HealthCheck> checks) {
        return checks.stream().map(CheckWords::of).toList();
    }

    private static Optional<List<HealthCheck>> parseOwn(List<String> lines) {
        return lines.equals(List.of(SERVICES)) ? Optional.empty() : Optional.of(parse(lines));
    }

    private static List<String> ownLines(Optional<List<HealthCheck>> checks) {
        return checks.map(HealthAttributes::lines).orElse(List.of(SERVICES));
    }
}
