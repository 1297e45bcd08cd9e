// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Map;
import java.util.regex.Pattern;

/// Which options of a scheduler can be written on one line of a file or a command.
final class SchedulerOptions {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,63}");

    private static final Pattern VALUE = Pattern.compile("[!-+\\--~]{1,255}");

    private SchedulerOptions() {}

    /// Copies options that can be written.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming one that cannot
    static Map<String, String> require(Map<String, String> options) {
        options.forEach((name, value) -> {
            if (!NAME.matcher(name).matches()) {
                throw wrong(
                        "\""
                                + name
                                + "\" is no name of an option: 1-64 letters, digits, '.', '_', ':',"
                                + " '-'");
            }
            if (!VALUE.matcher(value).matches()) {
                throw wrong(
                        "option "
                                + name
                                + ": \""
                                + value
                                + "\" is no value: 1-255 printed ASCII characters without blanks"
                                + " and commas");
            }
        });
        return Map.copyOf(options);
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
