// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A server on loopback that does with each connection what a test says, good or bad.
final class Peer implements AutoCloseable {
    static final Duration LONG = Duration.ofSeconds(20);
    static final Duration SHORT = Duration.ofMillis(300);

    private final ServerSocket server;
    private final Collection<Socket> accepted = new ConcurrentLinkedQueue<>();

    @FunctionalInterface
    interface Behaviour {
        void serve(Socket client) throws IOException, InterruptedException;
    }

    private Peer(ServerSocket server, Behaviour behaviour) {
        this.server = server;
        Thread.startVirtualThread(() -> accept(behaviour));
    }

    static Peer of(Behaviour behaviour) throws IOException {
        return new Peer(new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1")), behaviour);
    }

    static Peer of(ServerSocket server, Behaviour behaviour) {
        return new Peer(server, behaviour);
    }

    /// Says something and waits for what comes.
    static Peer saying(String text) throws IOException {
        return of(client -> {
            say(client, text);
            client.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
    }

    /// Says something again and again, slowly, and never ends.
    static Peer dripping(String first, String again) throws IOException {
        return of(client -> {
            say(client, first);
            while (true) {
                Thread.sleep(20);
                say(client, again);
            }
        });
    }

    static Peer resetting() throws IOException {
        return of(client -> {
            client.setSoLinger(true, 0);
            client.close();
        });
    }

    static void say(Socket client, String text) throws IOException {
        client.getOutputStream().write(text.getBytes(ISO_8859_1));
        client.getOutputStream().flush();
    }

    private void accept(Behaviour behaviour) {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                accepted.add(client);
                Thread.startVirtualThread(() -> serve(behaviour, client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private static void serve(Behaviour behaviour, Socket client) {
        try (client) {
            behaviour.serve(client);
        } catch (IOException | InterruptedException over) {
            // the probe has gone
        }
    }

    Endpoint endpoint() {
        return Endpoint.of("127.0.0.1", server.getLocalPort());
    }

    ProbeResult probed(ProbeSpec spec) throws Exception {
        return probe(spec, endpoint(), LONG);
    }

    ProbeResult probedBriefly(ProbeSpec spec) throws Exception {
        return probe(spec, endpoint(), SHORT);
    }

    static ProbeResult probe(ProbeSpec spec, Endpoint endpoint, Duration timeout) throws Exception {
        return probe(spec, new ProbeTarget(endpoint, Optional.empty(), timeout));
    }

    static ProbeResult probe(ProbeSpec spec, Endpoint endpoint, String source) throws Exception {
        return probe(spec, new ProbeTarget(endpoint, Optional.of(IpAddress.parse(source)), LONG));
    }

    static ProbeResult probe(ProbeSpec spec, ProbeTarget target) throws Exception {
        return new SocketProbes().create(spec).probe(target);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket client : accepted) {
            client.close();
        }
    }
}
