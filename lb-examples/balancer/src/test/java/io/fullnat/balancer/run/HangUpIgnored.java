// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether this process, and so every one that it starts, ignores SIGHUP, as `nohup` wants it: then
/// neither this JVM nor a balancer can be told anything by it. For [DisabledIf].
///
/// [DisabledIf]: org.junit.jupiter.api.condition.DisabledIf
public final class HangUpIgnored {
    /// Its name, as the annotation wants it.
    public static final String HERE = "io.fullnat.balancer.run.HangUpIgnored#here";

    /// Why a test is disabled.
    public static final String REASON = "SIGHUP is ignored: not to be tested under nohup";

    private HangUpIgnored() {}

    /// Of the mask in `/proc/self/status`, signal 1 is the lowest bit.
    public static boolean here() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Character.digit(line.charAt(line.length() - 1), 16) & 1) != 0);
    }
}
