// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What was built last for some servers, so that the workers share it: the factory is asked for a
/// scheduler of each, one after the other, with the same list.
///
/// **Thread-safety:** for all threads; two that ask at once may both build.
///
/// @param <T> what is built; immutable
final class LastBuilt<T> {
    private final AtomicReference<@Nullable Built<T>> last = new AtomicReference<>();

    private record Built<T>(List<RealServer> servers, Object options, T value) {}

    /// What the servers and options need: what was built for the same ones last, or a new one.
    ///
    /// @param options with equals
    T get(List<RealServer> servers, Object options, Supplier<T> builder) {
        Built<T> known = last.get();
        if (known != null && known.options.equals(options) && known.servers.equals(servers)) {
            return known.value;
        }
        Built<T> built = new Built<>(List.copyOf(servers), options, builder.get());
        last.set(built);
        return built.value;
    }
}
