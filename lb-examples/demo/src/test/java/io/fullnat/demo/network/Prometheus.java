// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.BalancerException;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Debian's Prometheus in a namespace, which scrapes a balancer there each second.
final class Prometheus implements AutoCloseable {
    static final String TARGET = "127.0.0.1:9100";

    private static final JsonMapper JSON = new JsonMapper();
    private static final String SERVER = "127.0.0.1:9090";

    private final NetworkNamespace place;
    private final Process process;

    private Prometheus(NetworkNamespace place, Process process) {
        this.place = place;
        this.process = process;
    }

    /// Starts it, and waits until it answers.
    ///
    /// @param folder of the test
    /// @param rules a file
    static Prometheus start(Path folder, NetworkNamespace place, Path rules)
            throws IOException, InterruptedException {
        Path file =
                Files.writeString(
                        folder.resolve("prometheus.yml"),
                        """
                        global: {scrape_interval: 1s, evaluation_interval: 1s}
                        rule_files: [%s]
                        scrape_configs:
                          - job_name: fullnat
                            static_configs: [{targets: ["%s"]}]
                        """
                                .formatted(rules, TARGET));
        Process process =
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                place.name(),
                                "prometheus",
                                "--config.file=" + file,
                                "--storage.tsdb.path=" + folder.resolve("data"),
                                "--web.listen-address=" + SERVER,
                                "--log.level=warn")
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("prometheus.log").toFile())
                        .start();
        Prometheus started = new Prometheus(place, process);
        try {
            Shell.until("Prometheus answers", started::isReady);
            return started;
        } catch (InterruptedException | RuntimeException | Error failure) {
            started.close();
            throw failure;
        }
    }

    private boolean isReady() {
        assertThat(process.isAlive()).as("Prometheus runs").isTrue();
        try {
            return read(place, SERVER, "/-/ready", "").contains("Ready");
        } catch (IOException notYet) {
            return false;
        }
    }

    /// What a server in a namespace answers.
    ///
    /// @param accept the header, none if empty
    static String read(NetworkNamespace place, String server, String path, String accept)
            throws IOException {
        try {
            return place.call(() -> {
                URLConnection connection =
                        URI.create("http://" + server + path).toURL().openConnection();
                if (!accept.isEmpty()) {
                    connection.setRequestProperty("Accept", accept);
                }
                try (InputStream in = connection.getInputStream()) {
                    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                }
            });
        } catch (BalancerException failure) {
            throw new IOException(failure);
        }
    }

    /// What its API answers, which must be a success.
    JsonNode ask(String path) throws IOException {
        JsonNode answer = JSON.readTree(read(place, SERVER, "/api/v1/" + path, ""));
        assertThat(answer.path("status").asText()).as(path).isEqualTo("success");
        return answer.path("data");
    }

    /// The series that an expression gives now.
    JsonNode query(String expression) throws IOException {
        return ask("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .path("result");
    }

    /// The sum of all that an expression gives, 0 if it gives nothing.
    double sum(String expression) throws IOException {
        double sum = 0;
        for (JsonNode series : query(expression)) {
            sum += series.path("value").path(1).asDouble();
        }
        return sum;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
