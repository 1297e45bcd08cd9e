// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A program that is told events: the JDK's HTTP server, which answers what it is told to.
final class Receiver implements AutoCloseable {
    /// What it answers, one after the other; then 200.
    final Queue<Integer> statuses = new ConcurrentLinkedQueue<>();

    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final String scheme;

    /// What it got.
    record Request(String target, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "(none)");
        }
    }

    Receiver() throws IOException {
        this(null);
    }

    /// @param identity over TLS; null without
    Receiver(@Nullable SSLContext identity) throws IOException {
        this(identity, "127.0.0.1");
    }

    Receiver(@Nullable SSLContext identity, String address) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral(address), 0);
        if (identity == null) {
            server = HttpServer.create(any, 0);
            scheme = "http";
        } else {
            HttpsServer https = HttpsServer.create(any, 0);
            https.setHttpsConfigurator(new HttpsConfigurator(identity));
            server = https;
            scheme = "https";
        }
        server.createContext("/", this::take);
        server.setExecutor(executor);
        server.start();
    }

    private void take(HttpExchange exchange) {
        try (exchange) {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name, String.join("|", values)));
            requests.add(
                    new Request(
                            exchange.getRequestMethod() + " " + exchange.getRequestURI().toString(),
                            headers,
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8)));
            Integer status = statuses.poll();
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:1/elsewhere");
            exchange.sendResponseHeaders(status == null ? 200 : status, -1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI url(String rest) {
        return url("127.0.0.1", rest);
    }

    URI url(String host, String rest) {
        return URI.create(scheme + "://" + host + ":" + server.getAddress().getPort() + rest);
    }

    Request next() throws InterruptedException {
        Request request = requests.poll(20, TimeUnit.SECONDS);
        assertThat(request).as("a request").isNotNull();
        return java.util.Objects.requireNonNull(request);
    }

    /// How many came that were not looked at.
    int others() {
        return requests.size();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
