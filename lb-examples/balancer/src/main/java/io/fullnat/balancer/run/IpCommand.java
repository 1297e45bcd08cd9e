// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs `ip` of the package iproute2 to its end, for a limited time. Thread-safe.
final class IpCommand {
    private static final long LIMIT_SECONDS = 10;

    private final List<String> program;

    /// @param program `ip`, and what goes before it
    IpCommand(String... program) {
        this.program = List.of(program);
    }

    /// What a run has printed.
    ///
    /// @param output on standard output
    /// @param errors on standard error
    /// @param status of its exit
    record Said(String output, String errors, int status) {}

    /// @param input what it reads; by files, so that nothing of it is waited for in a pipe
    /// @throws IOException if it cannot be run, or does not end
    Said run(String input, String... arguments) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("fullnat-ip");
        Path in = folder.resolve("in");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        try {
            Files.writeString(in, input);
            int status = run(in, out, err, List.of(arguments));
            return new Said(Files.readString(out), Files.readString(err).strip(), status);
        } finally {
            for (Path each : List.of(in, out, err, folder)) {
                Files.deleteIfExists(each);
            }
        }
    }

    private int run(Path in, Path out, Path err, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(program);
        words.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .redirectInput(in.toFile())
                        .redirectOutput(Redirect.to(out.toFile()))
                        .redirectError(Redirect.to(err.toFile()));
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(List.of("PATH"));
        environment.put("LC_ALL", "C");
        Process process = start(builder);
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        "\"" + String.join(" ", words) + "\" does not end; see what it waits for");
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(ProcessBuilder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException missing) {
            throw new IOException(missing.getMessage() + "; install iproute2", missing);
        }
    }
}
