// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// What `./build dist` makes.
final class Distribution {
    private static final Path MADE = Path.of("target", "dist-of-tests");

    private Distribution() {}

    /// The folder that the property `dist` names, or one of all tests of this build, whichever of
    /// them is the first to ask.
    static Path folder() throws IOException, InterruptedException {
        String given = System.getProperty("dist");
        if (given != null) {
            return Path.of(given);
        }
        Files.createDirectories(MADE);
        Path build = MADE.resolve("build");
        try (FileChannel lock =
                FileChannel.open(
                        MADE.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            lock.lock(); // until it is closed
            String now = System.getProperty("build.time", "");
            if (now.isEmpty() || !Files.exists(build) || !Files.readString(build).equals(now)) {
                make();
                Files.writeString(build, now);
            }
        }
        return MADE;
    }

    private static void make() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("../../config/dist.sh", MADE.toString())
                        .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
