// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.control.BalancerEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What kinds of events there are, in words: `AddressReleased` is `address_released`.
public final class EventKind {
    private static final ClassValue<String> WORDS =
            new ClassValue<>() {
                @Override
                protected String computeValue(Class<?> type) {
                    return type.getSimpleName()
                            .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
                            .toLowerCase(Locale.ROOT);
                }
            };

    private EventKind() {}

    /// The kind of an event.
    ///
    /// @param event which
    /// @return for example `condition_began`
    public static String of(BalancerEvent event) {
        return WORDS.get(event.getClass());
    }

    /// All kinds.
    ///
    /// @return in the order of the API
    public static List<String> all() {
        return Arrays.stream(BalancerEvent.class.getPermittedSubclasses()).map(WORDS::get).toList();
    }
}
