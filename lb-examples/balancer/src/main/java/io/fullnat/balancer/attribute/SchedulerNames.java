// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.Set;

/// The names of schedulers.
final class SchedulerNames {
    private static final List<String> BUILT_IN = List.of("rr", "wrr", "wlc");
    private static final Set<String> MISSING = Set.of("conhash", "mh", "fo");

    private SchedulerNames() {}

    /// Those that there are.
    static List<String> known() {
        return BUILT_IN;
    }

    /// Refuses what is no name, and those of DPVS that are not there yet. Whether there is one of
    /// the name, the balancer knows.
    static String check(String name) {
        if (MISSING.contains(name)) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "scheduler " + name + " is not supported; there are rr, wrr and wlc");
        }
        if (!name.matches("[a-z][a-z0-9_-]{0,31}")) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "\"" + name + "\" is not the name of a scheduler");
        }
        return name;
    }
}
