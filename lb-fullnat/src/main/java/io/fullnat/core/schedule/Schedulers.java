// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/// The kinds of schedulers a balancer knows: the built-in ones, and those its builder was given.
/// Immutable and thread-safe.
public final class Schedulers {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,31}");

    /// `rr`: one usable server after the other.
    public static final SchedulerFactory ROUND_ROBIN = factory("rr", RoundRobin::new);

    /// `wrr`: each usable server its weight's share, interleaved.
    public static final SchedulerFactory WEIGHTED_ROUND_ROBIN =
            factory("wrr", WeightedRoundRobin::new);

    /// `lc`: the usable server with the fewest connections.
    public static final SchedulerFactory LEAST_CONNECTION = least("lc", LoadMeasure.CONNECTIONS);

    /// `wlc`: the usable server with the fewest connections for its weight.
    public static final SchedulerFactory WEIGHTED_LEAST_CONNECTION =
            least("wlc", LoadMeasure.CONNECTIONS_BY_WEIGHT);

    /// `sed`: the usable server with the shortest expected delay.
    public static final SchedulerFactory SHORTEST_EXPECTED_DELAY =
            least("sed", LoadMeasure.EXPECTED_DELAY);

    /// `nq`: an idle server, or else the one with the shortest expected delay.
    public static final SchedulerFactory NEVER_QUEUE = least("nq", LoadMeasure.NEVER_QUEUE);

    /// `random`: a usable server at random, by weight.
    public static final SchedulerFactory RANDOM = factory("random", Schedulers::random);

    /// `p2c`: the less busy one of two random servers.
    public static final SchedulerFactory TWO_RANDOM_CHOICES = factory("p2c", TwoRandomChoices::new);

    /// `ll`: the one of two random servers that answers sooner.
    public static final SchedulerFactory LEAST_LATENCY = factory("ll", LeastLatency::new);

    /// `fo`: the usable server with the highest weight.
    public static final SchedulerFactory FAIL_OVER =
            factory("fo", (servers, context) -> new ByPriority(false, servers));

    /// `ovf`: the usable server with the highest weight that has fewer connections than its weight
    /// says.
    public static final SchedulerFactory OVERFLOW =
            factory("ovf", (servers, context) -> new ByPriority(true, servers));

    private static final List<SchedulerFactory> BUILT_IN =
            List.of(
                    ROUND_ROBIN,
                    WEIGHTED_ROUND_ROBIN,
                    LEAST_CONNECTION,
                    WEIGHTED_LEAST_CONNECTION,
                    SHORTEST_EXPECTED_DELAY,
                    NEVER_QUEUE,
                    RANDOM,
                    TWO_RANDOM_CHOICES,
                    LEAST_LATENCY,
                    FAIL_OVER,
                    OVERFLOW,
                    TableHashFactory.SOURCE_HASH,
                    TableHashFactory.DESTINATION_HASH,
                    TableHashFactory.MAGLEV,
                    new RingHashFactory());

    private final Map<String, SchedulerFactory> byName = new TreeMap<>();

    /// The built-in kinds and some more.
    ///
    /// @param custom further kinds, each with a name of its own
    public Schedulers(Collection<SchedulerFactory> custom) {
        BUILT_IN.forEach(this::add);
        custom.forEach(this::add);
    }

    private void add(SchedulerFactory factory) {
        String name = requireName(factory);
        if (byName.putIfAbsent(name, factory) != null) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "there is a scheduler \"" + name + "\" already; name this one otherwise");
        }
    }

    private static String requireName(SchedulerFactory factory) {
        String name = factory.name();
        if (name == null || !NAME.matcher(name).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\""
                            + name
                            + "\" is no name of a scheduler: 1-32 lower-case letters, digits, '_',"
                            + " '-'");
        }
        return name;
    }

    private static SchedulerFactory factory(
            String name, BiFunction<List<RealServer>, SchedulerContext, Scheduler> constructor) {
        return new SchedulerFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Scheduler create(List<RealServer> servers, SchedulerContext context) {
                return constructor.apply(servers, context);
            }
        };
    }

    private static SchedulerFactory least(String name, LoadMeasure measure) {
        return factory(name, (servers, context) -> new LeastLoaded(measure, servers, context));
    }

    private static Scheduler random(List<RealServer> servers, SchedulerContext context) {
        WeightedDraw draw = new WeightedDraw(servers, context.seed());
        return (request, loads) -> draw.draw(loads);
    }

    /// The built-in kinds.
    ///
    /// @return in the order of docs/schedulers.md
    public static List<SchedulerFactory> builtIn() {
        return BUILT_IN;
    }

    /// The names of all kinds.
    ///
    /// @return sorted
    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /// A kind by name.
    ///
    /// @param name for example `wrr`
    /// @return its factory
    /// @throws BalancerException [ErrorCode#NO_SCHEDULER] with the names there are
    public SchedulerFactory get(String name) {
        SchedulerFactory factory = byName.get(name);
        if (factory == null) {
            throw new BalancerException(
                    ErrorCode.NO_SCHEDULER,
                    "no scheduler \"" + name + "\"; there are " + String.join(", ", names()));
        }
        return factory;
    }
}
