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

/// The kinds of schedulers a balancer knows: `rr`, `wrr` and `wlc`, and those its builder was
/// given. Immutable and thread-safe.
public final class Schedulers {
    private static final Pattern NAME = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,31}");

    /// `rr`: one usable server after the other.
    public static final SchedulerFactory ROUND_ROBIN = factory("rr", RoundRobin::new);

    /// `wrr`: each usable server its weight's share, interleaved.
    public static final SchedulerFactory WEIGHTED_ROUND_ROBIN =
            factory("wrr", WeightedRoundRobin::new);

    /// `wlc`: the usable server with the fewest connections for its weight.
    public static final SchedulerFactory WEIGHTED_LEAST_CONNECTION =
            factory("wlc", WeightedLeastConnection::new);

    private static final List<SchedulerFactory> BUILT_IN =
            List.of(ROUND_ROBIN, WEIGHTED_ROUND_ROBIN, WEIGHTED_LEAST_CONNECTION);

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
