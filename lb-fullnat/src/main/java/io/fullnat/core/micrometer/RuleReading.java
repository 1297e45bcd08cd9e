// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.micrometer;

import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.service.ServiceKey;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What sets have decided, how many templates are alive, and how many clients are counted: each
/// read once for all meters that a registry asks one after the other, and only if it asks. What is
/// not there reads NaN, which registries leave out. Thread-safe.
final class RuleReading {
    private static final long AGE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Kept<Map<String, SetStatus>> sets;
    private final Kept<TemplateCounts> templates;
    private final Kept<ClientTable> clients;

    RuleReading(Control control) {
        this(control, System::nanoTime);
    }

    /// @param clock in nanoseconds
    RuleReading(Control control, LongSupplier clock) {
        sets = new Kept<>(() -> byName(control), clock);
        templates = new Kept<>(control::templateCounts, clock);
        clients = new Kept<>(control::clientTable, clock);
    }

    /// A value that serves for a second.
    private static final class Kept<T> {
        private final Supplier<T> source;
        private final LongSupplier clock;
        private volatile @Nullable At<T> last;

        private record At<T>(long readNs, T value) {}

        Kept(Supplier<T> source, LongSupplier clock) {
            this.source = source;
            this.clock = clock;
        }

        T get() {
            At<T> known = last;
            long now = clock.getAsLong();
            if (known == null || now - known.readNs >= AGE_NS) {
                known = new At<>(now, source.get());
                last = known;
            }
            return known.value;
        }
    }

    private static Map<String, SetStatus> byName(Control control) {
        Map<String, SetStatus> sets = new HashMap<>();
        control.sets().forEach(set -> sets.put(set.name(), set));
        return sets;
    }

    double of(PresentMeters.Subject.Set set, ToDoubleFunction<SetStatus> value) {
        SetStatus status = sets.get().get(set.name());
        return status == null ? Double.NaN : value.applyAsDouble(status);
    }

    double templates(ServiceKey key) {
        Integer count = templates.get().byService().get(key);
        return count == null ? Double.NaN : count;
    }

    double templateCapacity() {
        return templates.get().capacity();
    }

    double clients(ToDoubleFunction<ClientTable> value) {
        return value.applyAsDouble(clients.get());
    }
}
