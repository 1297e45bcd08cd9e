// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads the options of a scheduler: each that is asked for is known, and [#end] refuses the
/// others. For one thread, once.
final class OptionReader {
    private final String scheduler;
    private final Map<String, String> left;

    OptionReader(String scheduler, Map<String, String> options) {
        this.scheduler = scheduler;
        left = new TreeMap<>(options);
    }

    /// Whether a service is to be scheduled as DPVS does it.
    static boolean isDpvs(Map<String, String> options) {
        return "dpvs".equals(options.get("variant"));
    }

    /// The variant that is no other's.
    void usualVariant() {
        word("variant", "fullnat", "dpvs");
    }

    /// An option that is one of some words; the first unless it is said.
    String word(String option, String... words) {
        String value = left.remove(option);
        if (value == null) {
            return words[0];
        }
        if (!List.of(words).contains(value)) {
            throw wrong(option, value, "one of " + String.join(", ", words));
        }
        return value;
    }

    /// An option that is a number.
    int number(String option, int usual, int min, int max) {
        String value = left.remove(option);
        if (value == null) {
            return usual;
        }
        if (value.matches("[0-9]{1,9}")) {
            int number = Integer.parseInt(value);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw wrong(option, value, "a number " + min + "-" + max);
    }

    /// A value that is none of an option.
    BalancerException wrong(String option, String value, String expected) {
        return invalid(
                "scheduler \""
                        + scheduler
                        + "\": option "
                        + option
                        + " \""
                        + value
                        + "\" is not "
                        + expected);
    }

    /// Refuses what nobody asked for.
    void end() {
        for (String option : left.keySet()) {
            throw invalid("scheduler \"" + scheduler + "\" has no option \"" + option + "\"");
        }
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
