// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;

/// What `./build dist` makes.
final class Distribution {
    private Distribution() {}

    /// The folder that the property `dist` names, or another in which it is made now.
    static Path folder(Path otherwise) throws IOException, InterruptedException {
        String given = System.getProperty("dist");
        if (given != null) {
            return Path.of(given);
        }
        ProcessBuilder builder =
                new ProcessBuilder("../../config/dist.sh", otherwise.toString())
                        .redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return otherwise;
    }
}
