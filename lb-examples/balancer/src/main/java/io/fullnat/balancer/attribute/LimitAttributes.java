// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// How much services and real servers take on.
final class LimitAttributes {
    private static final String NONE = "none";

    private static final Attribute<VirtualService, ?> MAX_CONNECTIONS =
            countOfService(
                            "max-connections",
                            ServiceLimits.MAX_CONNECTIONS,
                            ServiceLimits::connections,
                            ServiceLimits::withConnections,
                            "most connections at once; 0 (default) for no limit")
                    .listing("maxConnections")
                    .rest(
                            "MaxConnections",
                            "most connections at once; 0 for no limit",
                            "most connections at once; 0 for no limit")
                    .row(
                            "0-1000000000",
                            "0",
                            "how many connections it may have at once, over all workers; 0 for no"
                                    + " limit: [Limits](limits.md)")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_PER_CLIENT =
            countOfService(
                            "max-per-client",
                            ServiceLimits.MAX_PER_CLIENT,
                            ServiceLimits::perClient,
                            ServiceLimits::withPerClient,
                            "most connections at once of one client's address; 0 for no limit")
                    .listing("maxPerClient")
                    .rest(
                            "MaxPerClient",
                            "most connections at once of one client's address; 0 for no limit",
                            "most connections at once of one client's address; 0 for no limit")
                    .row(
                            "0-10000000",
                            "0",
                            "how many of them one client's address may have; 0 for no limit")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_PER_NETWORK =
            countOfService(
                            "max-per-network",
                            ServiceLimits.MAX_PER_CLIENT,
                            ServiceLimits::perNetwork,
                            ServiceLimits::withPerNetwork,
                            "most connections at once of one network of clients; 0 for no limit")
                    .listing("maxPerNetwork")
                    .rest(
                            "MaxPerNetwork",
                            "most connections at once of one network of clients; 0 for no limit",
                            "most connections at once of one network of clients; 0 for no limit")
                    .row(
                            "0-10000000",
                            "0",
                            "how many of them all clients of one network may have, which is as large"
                                    + " as `workers.client-networks` says; 0 for no limit")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_HALF_OPEN =
            countOfService(
                            "max-half-open",
                            ServiceLimits.MAX_CONNECTIONS,
                            ServiceLimits::halfOpen,
                            ServiceLimits::withHalfOpen,
                            "most half-open or unanswered connections; the oldest gives way; 0: any")
                    .listing("maxHalfOpen")
                    .rest(
                            "MaxHalfOpen",
                            "most half-open or unanswered connections at once; 0 for no limit",
                            "most half-open or unanswered connections at once; 0 for no limit")
                    .row(
                            "0-1000000000",
                            "0",
                            "how many of them may be half open, or of UDP unanswered, over all"
                                    + " workers; beyond that the oldest gives way; 0 for no limit:"
                                    + " [Floods](limits.md#half-open-connections)")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_RATE =
            rateOfService(
                            "max-rate",
                            ServiceLimits::rate,
                            ServiceLimits::withRate,
                            "most new connections a second, and the burst: 100; 0.5; 1000,50; none")
                    .listing("maxRate")
                    .rest(
                            "MaxRate",
                            "most new connections a second, and the burst: \"100\", \"1000,50\";"
                                    + " \"none\" for no limit",
                            "most new connections a second, and the burst")
                    .row(
                            "`RATE[,BURST]`, `none`",
                            "`none`",
                            "how many connections may begin a second, over all workers, and how many"
                                    + " at once if not what comes in a second:"
                                    + " [Rates](limits.md#rates-of-new-connections)")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_RATE_PER_NETWORK =
            rateOfService(
                            "max-rate-per-network",
                            ServiceLimits::ratePerNetwork,
                            ServiceLimits::withRatePerNetwork,
                            "most new connections a second of one network of clients: 5; 5,20; none")
                    .listing("maxRatePerNetwork")
                    .rest(
                            "MaxRatePerNetwork",
                            "most new connections a second of one network of clients, and the burst;"
                                    + " \"none\" for no limit",
                            "most new connections a second of one network of clients, and the burst")
                    .row(
                            "`RATE[,BURST]`, `none`",
                            "`none`",
                            "how many of them may begin a second from one network of clients")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_PACKETS =
            trafficOfService(
                            "max-packets",
                            Unit.PACKETS,
                            ServiceLimits::packets,
                            ServiceLimits::withPackets,
                            "most packets a second each way, and the burst: 5000; 100k,1k; none")
                    .listing("maxPackets")
                    .rest(
                            "MaxPackets",
                            "most packets a second in each direction, and the burst: \"5000\","
                                    + " \"100k,1k\"; \"none\" for no limit",
                            "most packets a second in each direction, and the burst")
                    .row(
                            "`RATE[,BURST]`, `none`",
                            "`none`",
                            "how many packets may pass a second in each direction, over all workers,"
                                    + " and how many at once if not what comes in a tenth of a"
                                    + " second: [Traffic](limits.md#packets-and-bandwidth)")
                    .build();

    private static final Attribute<VirtualService, ?> MAX_BANDWIDTH =
            trafficOfService(
                            "max-bandwidth",
                            Unit.BITS,
                            ServiceLimits::bandwidth,
                            ServiceLimits::withBandwidth,
                            "most bits a second each way, and the burst: 100M; 2.5G,10M; none")
                    .listing("maxBandwidth")
                    .rest(
                            "MaxBandwidth",
                            "most bits a second in each direction, and the burst: \"100M\","
                                    + " \"2.5G,10M\"; \"none\" for no limit",
                            "most bits a second in each direction, and the burst")
                    .row(
                            "`RATE[,BURST]`, `none`",
                            "`none`",
                            "how many bits of IP packets may pass a second in each direction")
                    .build();

    private static final Attribute<VirtualService, ?> LIMIT_PROPORTION =
            ofService(
                            "limit-proportion",
                            new Kind.Whole("limit-proportion", 1, ServiceLimits.MAX_PROPORTION),
                            ServiceLimits::proportion,
                            ServiceLimits::withProportion,
                            ServiceLimits.MAX_PROPORTION,
                            "percent of its packets that pass, each way; 100 (default) for all")
                    .listing("limitProportion")
                    .rest(
                            "LimitProportion",
                            "percent of its packets that pass in each direction; 100 for all",
                            "percent of its packets that pass in each direction; 100 for all")
                    .row(
                            "1-100",
                            "100",
                            "percent of its packets that pass in each direction; the others are"
                                    + " dropped by lot")
                    .build();

    private static final Attribute<VirtualService, ?> TABLE_SHARE =
            ofService(
                            "table-share",
                            new Kind.Parsed<>(
                                    TableShare::parse, TableShare::toString, "MOST[,RESERVED]"),
                            ServiceLimits::tableShare,
                            ServiceLimits::withTableShare,
                            TableShare.ANY,
                            "percent of the connection table that it may have, and that is kept for"
                                    + " it: 50; 100,10")
                    .listing("tableShare")
                    .rest(
                            "TableShare",
                            "percent of the connection table that it may have, and that is kept for"
                                    + " it: \"50\", \"100,10\"",
                            "percent of the connection table that it may have, and that is kept for"
                                    + " it")
                    .row(
                            "`MOST[,RESERVED]`, percent",
                            "`100`",
                            "how much of each worker's connection table it may have, and how much"
                                    + " others leave to it:"
                                    + " [Shares](limits.md#shares-of-the-connection-table)")
                    .build();

    /// Those of services, in order.
    static final List<Attribute<VirtualService, ?>> OF_SERVICES =
            List.of(
                    MAX_CONNECTIONS,
                    MAX_PER_CLIENT,
                    MAX_PER_NETWORK,
                    MAX_HALF_OPEN,
                    MAX_RATE,
                    MAX_RATE_PER_NETWORK,
                    MAX_PACKETS,
                    MAX_BANDWIDTH,
                    LIMIT_PROPORTION,
                    TABLE_SHARE);

    private static final Attribute<RealServer, ?> MAX_OF_SERVER =
            new AttributeBuilder<>(
                            "max-connections",
                            new Kind.Whole("max-connections", 0, RealServer.MAX_CONNECTIONS),
                            RealServer::maxConnections,
                            (RealServer server, Integer count) ->
                                    server.toBuilder().maxConnections(count).build(),
                            0,
                            "most connections at once; 0 (default) for no limit")
                    .letter('x')
                    .listing("maxConnections")
                    .ipvsadm(
                            "u-threshold",
                            "COUNT",
                            "most connections at once; 0 (default) for no limit")
                    .rest(
                            "maxConnections",
                            "most connections at once; 0 for no limit",
                            "most connections at once; 0 for no limit")
                    .row(
                            "0-1000000000",
                            "0",
                            "how many connections it may have at once, over all workers; 0 for no"
                                    + " limit: [Limits](limits.md)")
                    .build();

    private static final Attribute<RealServer, ?> RESUME_BELOW =
            new AttributeBuilder<>(
                            "resume-below",
                            new Kind.Whole("resume-below", 0, RealServer.MAX_CONNECTIONS),
                            RealServer::resumeBelow,
                            (RealServer server, Integer count) ->
                                    server.toBuilder().resumeBelow(count).build(),
                            0,
                            "once full, below how many it gets new ones; 0 (default): the limit")
                    .letter('y')
                    .listing("resumeBelow")
                    .ipvsadm(
                            "l-threshold",
                            "COUNT",
                            "once full, below how many it gets new ones; 0 (default): the limit")
                    .rest(
                            "resumeBelow",
                            "once full, below how many it gets new ones; 0 for its limit",
                            "once full, below how many it gets new ones; 0 for its limit")
                    .row(
                            "0 to `max-connections`",
                            "0",
                            "once it has been full, it gets new connections again when it has fewer"
                                    + " than this; 0 for as soon as one has ended")
                    .build();

    /// Those of real servers, in order.
    static final List<Attribute<RealServer, ?>> OF_SERVERS = List.of(MAX_OF_SERVER, RESUME_BELOW);

    private LimitAttributes() {}

    private static AttributeBuilder<VirtualService, Optional<ConnectionRate>> rateOfService(
            String name,
            Function<ServiceLimits, Optional<ConnectionRate>> get,
            BiFunction<ServiceLimits, Optional<ConnectionRate>, ServiceLimits> with,
            String text) {
        Kind<Optional<ConnectionRate>> kind =
                new Kind.Parsed<>(
                        LimitAttributes::readRate, LimitAttributes::rate, "RATE[,BURST]|none");
        return ofService(name, kind, get, with, Optional.empty(), text);
    }

    private static Optional<ConnectionRate> readRate(String text) {
        return text.equals(NONE) ? Optional.empty() : Optional.of(ConnectionRate.parse(text));
    }

    private static String rate(Optional<ConnectionRate> rate) {
        return rate.map(ConnectionRate::toString).orElse(NONE);
    }

    private static AttributeBuilder<VirtualService, Optional<TrafficLimit>> trafficOfService(
            String name,
            Unit unit,
            Function<ServiceLimits, Optional<TrafficLimit>> get,
            BiFunction<ServiceLimits, Optional<TrafficLimit>, ServiceLimits> with,
            String text) {
        Kind<Optional<TrafficLimit>> kind =
                new Kind.Parsed<>(
                        words ->
                                words.equals(NONE)
                                        ? Optional.empty()
                                        : Optional.of(TrafficLimit.parse(unit, words)),
                        limit -> limit.map(TrafficLimit::toString).orElse(NONE),
                        "RATE[,BURST]|none");
        return ofService(name, kind, get, with, Optional.empty(), text);
    }

    private static AttributeBuilder<VirtualService, Integer> countOfService(
            String name,
            int max,
            Function<ServiceLimits, Integer> get,
            BiFunction<ServiceLimits, Integer, ServiceLimits> with,
            String text) {
        return ofService(name, new Kind.Whole(name, 0, max), get, with, 0, text);
    }

    private static <V> AttributeBuilder<VirtualService, V> ofService(
            String name,
            Kind<V> kind,
            Function<ServiceLimits, V> get,
            BiFunction<ServiceLimits, V, ServiceLimits> with,
            V usual,
            String text) {
        return new AttributeBuilder<>(
                name,
                kind,
                service -> get.apply(service.policy().limits()),
                (service, value) ->
                        service.withPolicy(
                                service.policy()
                                        .withLimits(with.apply(service.policy().limits(), value))),
                usual,
                text);
    }
}
