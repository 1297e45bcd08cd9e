// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Bytes on a connection to the API: the target `http` of `./build fuzz`. What comes back is
/// nothing or an answer that tells of no fault, and the next client is served.
public final class HttpFuzz {
    private static final int INPUTS_EACH = 2_000;

    private static Optional<HttpFuzz> running = Optional.empty();

    private final ApiRig rig = new ApiRig().serving();
    private final Path folder;
    private final Path socket;
    private final ApiServer server;
    private int inputs;

    private HttpFuzz() throws IOException {
        folder = Files.createTempDirectory("fullnat-fuzz");
        socket = folder.resolve("api.sock");
        server =
                ApiServer.start(
                        new ApiSettings(Optional.of(socket), Optional.empty()), rig, rig.runner);
    }

    /// Called by the fuzzer, and by the test of the corpus.
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        HttpFuzz http = running.isPresent() ? running.get() : new HttpFuzz();
        running = Optional.of(http);
        http.run(new String(input, StandardCharsets.ISO_8859_1));
        if (++http.inputs == INPUTS_EACH) {
            close();
        }
    }

    /// Ends the server of the last input.
    public static void close() throws IOException {
        if (running.isEmpty()) {
            return;
        }
        HttpFuzz http = running.get();
        running = Optional.empty();
        http.server.close();
        http.rig.close();
        try (var files = Files.list(http.folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(http.folder);
    }

    private void run(String bytes) throws IOException {
        String answer;
        try (RawClient client = new RawClient(socket)) {
            answer = client.sendLast(bytes).readAll();
        }
        if (!answer.isEmpty() && !answer.startsWith("HTTP/1.1 ")) {
            throw new AssertionError("no HTTP: " + answer);
        }
        if (answer.startsWith("HTTP/1.1 500") || answer.contains("\nHTTP/1.1 500")) {
            throw new AssertionError("a fault: " + answer);
        }
        String health = RawClient.answer(socket, "GET", "/v2/health", "");
        if (!health.startsWith("HTTP/1.1 200 ")) {
            throw new AssertionError("the next client gets " + health);
        }
    }
}
