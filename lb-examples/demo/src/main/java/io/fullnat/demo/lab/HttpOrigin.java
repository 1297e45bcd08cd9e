// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fullnat.api.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A real HTTP/1.1 server in a namespace.
///
/// | request | answer |
/// |---|---|
/// | `GET /` | one line: the server's name and the peer's address as the server sees it |
/// | `GET /bytes/N` | N bytes of [Pattern] |
/// | `POST /sha256` | the SHA-256 of the body in hexadecimal |
/// | `GET /health` | one line; who asks is not counted |
///
/// It can be made to freeze, or to fail.
///
/// Thread-safe.
public final class HttpOrigin implements AutoCloseable {
    /// Where checks ask.
    public static final String HEALTH = "/health";

    private static final int BACKLOG = 1024;
    private static final int CHUNK = 1 << 16;

    static {
        // Read once by the JDK's server. Without the first, an answer that follows its header in a
        // second segment waits for a delayed acknowledgement; without the others it closes
        // connections that a client keeps idle on purpose.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "100000");
        System.setProperty("sun.net.httpserver.idleInterval", "3600");
    }

    private final NetworkNamespace namespace;
    private final String name;
    private final HttpServer server;
    private final InetSocketAddress address;
    private final ExecutorService executor;
    private final Peers peers;
    private volatile CountDownLatch ice = new CountDownLatch(0);
    private volatile boolean failing;

    private HttpOrigin(NetworkNamespace namespace, String name, HttpServer server, Peers peers) {
        this.namespace = namespace;
        this.name = name;
        this.server = server;
        address = server.getAddress();
        this.peers = peers;
        // No virtual threads: their carriers would be born, and stay, in this namespace.
        executor =
                Executors.newCachedThreadPool(
                        Thread.ofPlatform().name("http " + name + " ", 0).daemon().factory());
        server.setExecutor(executor);
        server.createContext("/", exchange -> answer(exchange, this::greet));
        server.createContext("/bytes/", exchange -> answer(exchange, HttpOrigin::bytes));
        server.createContext("/sha256", exchange -> answer(exchange, HttpOrigin::digest));
        server.createContext(HEALTH, exchange -> handle(exchange, HttpOrigin::assure));
    }

    /// Starts a server.
    ///
    /// @param namespace where it listens
    /// @param name what it calls itself
    /// @param endpoint where it listens there
    /// @return the server, to be closed
    public static HttpOrigin start(NetworkNamespace namespace, String name, Endpoint endpoint) {
        return start(
                namespace,
                name,
                new InetSocketAddress(endpoint.address().toString(), endpoint.port()),
                new Peers());
    }

    /// Makes a server of the JDK's. All of a process are made here: settings are read when the
    /// first one is, for all.
    ///
    /// @param address to listen on, in the namespace of the calling thread
    /// @return not started
    /// @throws IOException if it cannot listen there
    public static HttpServer listen(InetSocketAddress address) throws IOException {
        return HttpServer.create(address, BACKLOG);
    }

    private static HttpOrigin start(
            NetworkNamespace namespace, String name, InetSocketAddress address, Peers peers) {
        return namespace.call(() -> {
            HttpOrigin origin = new HttpOrigin(namespace, name, listen(address), peers);
            origin.server.start();
            return origin;
        });
    }

    /// Starts it once more, where it was, after [#close()].
    ///
    /// @return the new server, which goes on counting whom it saw; to be closed
    public HttpOrigin startAgain() {
        return start(namespace, name, address, peers);
    }

    /// Whom it saw.
    ///
    /// @return goes on counting
    public Peers peers() {
        return peers;
    }

    @FunctionalInterface
    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    /// Takes connections from now on, and says nothing, until [#thaw()].
    public void freeze() {
        ice = new CountDownLatch(1);
    }

    /// Goes on, with what it has been asked meanwhile.
    public void thaw() {
        ice.countDown();
    }

    /// Sets whether it answers each request with status 500.
    ///
    /// @param fails whether it does from now on
    public void fail(boolean fails) {
        failing = fails;
    }

    private void answer(HttpExchange exchange, Handler handler) throws IOException {
        peers.saw(exchange.getRemoteAddress().getAddress());
        handle(exchange, handler);
    }

    private void handle(HttpExchange exchange, Handler handler) throws IOException {
        try (exchange) {
            ice.await();
            if (failing) {
                exchange.sendResponseHeaders(500, -1);
            } else {
                handler.handle(exchange);
            }
        } catch (InterruptedException e) {
            // It is closed, and nobody is answered any more.
            Thread.currentThread().interrupt();
        }
    }

    private static void assure(HttpExchange exchange) throws IOException {
        send(exchange, "alive\n");
    }

    private void greet(HttpExchange exchange) throws IOException {
        String peer = Peers.text(exchange.getRemoteAddress().getAddress());
        send(exchange, name + " " + peer + "\n");
    }

    private static void bytes(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        long length = Long.parseLong(path.substring("/bytes/".length()));
        exchange.sendResponseHeaders(200, length == 0 ? -1 : length);
        try (OutputStream out = exchange.getResponseBody()) {
            Pattern.write(out, length);
        }
    }

    private static void digest(HttpExchange exchange) throws IOException {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = exchange.getRequestBody()) {
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                sha256.update(chunk, 0, count);
            }
        }
        send(exchange, HexFormat.of().formatHex(sha256.digest()));
    }

    private static void send(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
    }

    /// Stops at once; open connections are closed.
    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
