// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `fullnat run` as a process of its own: how it ends, and how it comes back.
@NetworkTest
class RestartIT {
    @TempDir private Path folder;
    private final Lab lab = Lab.create("fullnat-run", Scene.SERVERS);
    private final HttpOrigin first = origin(1);
    private final HttpOrigin second = origin(2);
    private Path configuration = Path.of(".");

    private HttpOrigin origin(int number) {
        return HttpOrigin.start(
                lab.server(number),
                "s" + number,
                new Endpoint(Lab.serverAddress(number), Scene.HTTP_PORT));
    }

    @BeforeEach
    void writeConfiguration() throws IOException {
        configuration = Files.writeString(folder.resolve("fullnat.yaml"), Scene.yaml(1, 1));
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
        lab.close();
    }

    private Process start() throws IOException {
        List<String> command =
                new ArrayList<>(List.of("ip", "netns", "exec", lab.balancer().name()));
        command.addAll(
                JavaProgram.command(
                        List.of(),
                        "io.fullnat.balancer.Main",
                        "run",
                        "--config",
                        configuration.toString()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static void awaitReady(Process balancer) throws IOException {
        BufferedReader output = balancer.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            if (line.contains("ready")) {
                return;
            }
        }
        throw new AssertionError("the balancer ended before it was ready:\n" + seen);
    }

    private void request() {
        lab.client()
                .call(() -> {
                    try (HttpConnection connection =
                            HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                        assertThat(connection.getAndClose("/").status()).isEqualTo(200);
                    }
                    return true;
                });
    }

    @Test
    void worksAgainAtOnceAfterAKill() throws Exception {
        Process killed = start();
        try {
            awaitReady(killed);
            request();
        } finally {
            killed.destroyForcibly().waitFor();
        }

        Process balancer = start();
        try {
            awaitReady(balancer);
            request();
        } finally {
            balancer.destroyForcibly().waitFor();
        }
    }

    @Test
    void endsWithinTwoSecondsOfATermination() throws Exception {
        Process balancer = start();
        try {
            awaitReady(balancer);
            request();
            balancer.destroy();

            assertThat(balancer.waitFor(2, TimeUnit.SECONDS)).as("has ended").isTrue();
            assertThat(balancer.exitValue()).isZero();
        } finally {
            balancer.destroyForcibly().waitFor();
        }
    }
}
