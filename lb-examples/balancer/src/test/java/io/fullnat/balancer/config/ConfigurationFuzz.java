// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.JavaText;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// Texts of configurations: the target `configuration` of `./build fuzz`. A text is refused, with
/// lines that name the file and are fit for a terminal, or is the same when it is written and read
/// again.
public final class ConfigurationFuzz {
    private static final String NAME = "fuzzed.yaml";

    private ConfigurationFuzz() {}

    /// Called by the fuzzer, and by the test of the corpus.
    public static void fuzzerTestOneInput(byte[] input) {
        String yaml = new String(input, StandardCharsets.UTF_8);
        Configuration configuration;
        try {
            configuration = ConfigurationFile.parse(NAME, yaml);
        } catch (BalancerException refused) {
            check(refused);
            return;
        }
        String written = ConfigurationWriter.write(configuration);
        String again;
        try {
            again = ConfigurationWriter.write(ConfigurationFile.parse(NAME, written));
        } catch (BalancerException refused) {
            throw new AssertionError("what was written is refused:\n" + written, refused);
        }
        if (!again.equals(written)) {
            throw new AssertionError("what was written reads otherwise:\n" + written + again);
        }
    }

    private static void check(BalancerException refused) {
        String message = Objects.requireNonNull(refused.getMessage());
        if (refused.code() != ErrorCode.INVALID_CONFIGURATION || message.isBlank()) {
            throw new AssertionError(refused);
        }
        for (String line : message.lines().toList()) {
            if (!line.startsWith(NAME + ":")) {
                throw new AssertionError("a line that names no place: " + line, refused);
            }
        }
        if (JavaText.isObeyed(message)) {
            throw new AssertionError("a terminal would obey: " + message, refused);
        }
    }
}
