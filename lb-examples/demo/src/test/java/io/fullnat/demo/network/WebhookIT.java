// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `fullnat run` tells a program what happens, and logs in JSON; the program moves.
@NetworkTest
@Timeout(180)
class WebhookIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final byte[] KEY =
            "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    @TempDir private Path folder;

    /// A program in the balancer's network that is told.
    private static final class Receiver implements AutoCloseable {
        final BlockingQueue<JsonNode> events = new LinkedBlockingQueue<>();
        private final HttpServer server;

        Receiver(Lab lab) {
            server =
                    lab.balancer()
                            .call(() ->
                                    HttpOrigin.listen(
                                            new InetSocketAddress(
                                                    InetAddress.ofLiteral("127.0.0.1"), 0)));
            server.createContext("/", this::take);
            server.start();
        }

        private void take(HttpExchange exchange) {
            try (exchange) {
                byte[] body = exchange.getRequestBody().readAllBytes();
                String id = exchange.getRequestHeaders().getFirst("webhook-id");
                String time = exchange.getRequestHeaders().getFirst("webhook-timestamp");
                boolean signed =
                        signature(id + "." + time + ".", body)
                                .equals(exchange.getRequestHeaders().getFirst("webhook-signature"));
                if (signed) {
                    events.add(JSON.readTree(body));
                }
                exchange.sendResponseHeaders(signed ? 204 : 400, -1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String signature(String head, byte[] body) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
                mac.update(head.getBytes(StandardCharsets.US_ASCII));
                return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
            } catch (java.security.GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        /// The next of a kind.
        JsonNode next(String kind) throws InterruptedException {
            while (true) {
                JsonNode event = events.poll(60, TimeUnit.SECONDS);
                assertThat(event).as(kind).isNotNull();
                if (Objects.requireNonNull(event).get("kind").asText().equals(kind)) {
                    return event;
                }
            }
        }

        int port() {
            return server.getAddress().getPort();
        }

        void end() {
            server.stop(0);
        }

        @Override
        public void close() {
            end();
        }
    }

    private String yaml(int port) throws IOException {
        Path secret = folder.resolve("secret");
        Files.writeString(secret, "whsec_" + Base64.getEncoder().encodeToString(KEY) + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        return Scene.yaml(1, 1)
                + """
                log: {format: json, level: info}
                events:
                  webhooks:
                    - {name: test, url: 'http://127.0.0.1:%d/in', secret-file: %s}
                """
                        .formatted(port, secret);
    }

    private static void add(BalancerProcess balancer, int port) throws Exception {
        BalancerProcess.Result result =
                balancer.run(List.of("service", "add", "tcp", "198.51.100.77:" + port));
        assertThat(result.lines()).isEmpty();
    }

    private static int hangUp(BalancerProcess balancer) throws Exception {
        return new ProcessBuilder("kill", "-HUP", Long.toString(balancer.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    @Test
    void aProgramIsToldSignedAndFollowsAReload() throws Exception {
        Lab lab = Lab.create("fullnat-hook", Scene.SERVERS);
        try (Receiver first = new Receiver(lab);
                Receiver second = new Receiver(lab);
                BalancerProcess balancer = BalancerProcess.start(lab, folder, yaml(first.port()))) {
            add(balancer, 80);
            JsonNode applied = first.next("applied");
            assertThat(applied.get("changes").toString()).isEqualTo("[\"AddService\"]");

            first.end();
            add(balancer, 81);
            add(balancer, 82);
            balancer.write(yaml(second.port()));
            assertThat(hangUp(balancer)).isZero();

            List<Integer> revisions = new ArrayList<>();
            while (revisions.size() < 3) {
                JsonNode next = second.next("applied");
                // The answer to it may have been lost when the first one ended.
                if (!next.get("id").equals(applied.get("id"))) {
                    revisions.add(next.get("revision").asInt());
                }
            }
            int before = applied.get("revision").asInt();
            assertThat(revisions).containsExactly(before + 1, before + 2, before + 3);
            assertThat(second.next("configuration_reloaded").get("changes").asInt()).isEqualTo(3);

            assertThat(balancer.said().lines().toList())
                    .isNotEmpty()
                    .allSatisfy(line -> {
                        JsonNode node = JSON.readTree(line);
                        assertThat(node.has("time")).isTrue();
                        assertThat(node.has("message")).isTrue();
                    })
                    .anySatisfy(
                            line -> assertThat(line).contains("webhook test does not deliver: "));
        }
    }
}
