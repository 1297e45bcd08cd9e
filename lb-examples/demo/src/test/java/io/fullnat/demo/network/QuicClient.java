// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.api.IpAddress;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A client of ngtcp2 in a namespace, with one request. For one thread.
final class QuicClient implements AutoCloseable {
    private static final int LONGEST_SECONDS = 60;

    private final Path download;
    private final Path said;
    private final Process process;

    /// Starts it.
    ///
    /// @param namespace where it is
    /// @param service of which it asks who it is
    /// @param folder for files
    /// @param options of its own
    QuicClient(NetworkNamespace namespace, IpAddress service, Path folder, List<String> options)
            throws IOException {
        download = Files.createTempDirectory(folder, "download");
        said = Files.createTempFile(folder, "client", ".txt");
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace.name()));
        words.addAll(List.of("gtlsclient", "--quiet", "--no-quic-dump", "--no-http-dump"));
        words.addAll(List.of("--exit-on-all-streams-close", "--download=" + download));
        words.addAll(options);
        words.add(service.toString());
        words.add(String.valueOf(QuicOrigin.PORT));
        words.add("https://quic.example/who");
        process =
                new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
    }

    /// Waits for its end.
    ///
    /// @return what it was answered; empty if it was not
    String answer() throws IOException, InterruptedException {
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the client does not end: " + Files.readString(said));
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    "the client ends with " + process.exitValue() + ": " + Files.readString(said));
        }
        Path file = download.resolve("who");
        return Files.exists(file) ? Files.readString(file) : "";
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
