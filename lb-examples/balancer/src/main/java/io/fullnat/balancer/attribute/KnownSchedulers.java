// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.core.BuiltInSchedulers;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The schedulers that services can name: those of the engine, and those that an application brings
/// on the class path or the module path, found by [ServiceLoader]. Thread-safe.
public final class KnownSchedulers {
    private static final List<String> BUILT_IN =
            BuiltInSchedulers.all().stream().map(SchedulerFactory::name).toList();

    private static final Pattern NAME = Pattern.compile("[a-z0-9_][a-z0-9_-]{0,31}");

    /// Looked for once: neither path changes while the balancer runs.
    private static @Nullable Found found;

    private record Found(List<SchedulerFactory> brought, List<String> names) {}

    private KnownSchedulers() {}

    /// Those that the engine has to be given.
    ///
    /// @return in the order of the path
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] if one cannot be used
    public static List<SchedulerFactory> brought() {
        return found().brought();
    }

    /// The names of all, those of the engine first.
    static List<String> names() {
        return found().names();
    }

    /// Those of the engine as the cell of a table.
    static String row() {
        return BUILT_IN.stream().map(name -> "`" + name + "`").collect(Collectors.joining(", "))
                + ", a name";
    }

    private static synchronized Found found() {
        Found known = found;
        if (known == null) {
            known = load();
            found = known;
        }
        return known;
    }

    private static Found load() {
        try {
            List<SchedulerFactory> brought =
                    ServiceLoader.load(SchedulerFactory.class).stream()
                            .map(ServiceLoader.Provider::get)
                            .toList();
            List<String> names = new ArrayList<>(BUILT_IN);
            brought.forEach(factory -> names.add(name(factory, names)));
            return new Found(brought, List.copyOf(names));
        } catch (ServiceConfigurationError | RuntimeException fault) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "a scheduler on the class path cannot be used: "
                            + fault.getMessage()
                            + "; repair its jar, or leave it out",
                    fault);
        }
    }

    /// What the engine would refuse at the start is refused by a check of a file, too.
    private static String name(SchedulerFactory factory, List<String> others) {
        String name = factory.name();
        String called = factory.getClass().getName() + " is called \"" + name + "\" ";
        if (name == null || !NAME.matcher(name).matches()) { // of a factory that knows no nullness
            throw new IllegalArgumentException(called + "which is no name of a scheduler");
        }
        if (others.contains(name)) {
            throw new IllegalArgumentException(called + "as another one is");
        }
        return name;
    }

    /// Refuses what is no name. Whether there is one of the name, the balancer knows.
    static String check(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "\"" + name + "\" is not the name of a scheduler");
        }
        return name;
    }
}
