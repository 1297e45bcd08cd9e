// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.start;

import io.fullnat.demo.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Starts a balancer between a client that sends a datagram each millisecond and a server that
/// waits for the first. All neighbours are known beforehand, so that no ARP is waited for.
final class StartRig {
    private static final String OUTSIDE_MAC = "02:00:00:00:01:01";
    private static final String INSIDE_MAC = "02:00:00:00:02:01";
    private static final String SERVER_MAC = "02:00:00:00:02:02";
    private static final int PORT = 5353;
    private static final int LIMIT_MS = 30_000;

    private final Lab lab;
    private final Path configuration;
    private final DatagramSocket server;

    /// What one start took.
    ///
    /// @param firstPacketMs until the server had the first packet
    /// @param readyMs until the balancer said that it is ready
    record Times(double firstPacketMs, double readyMs) {}

    StartRig(Lab lab, Path folder, int connections) throws IOException {
        this.lab = lab;
        lab.server(1).ip("link", "set", "eth0", "address", SERVER_MAC);
        lab.balancer().ip("link", "set", Lab.OUTSIDE_INTERFACE, "address", OUTSIDE_MAC);
        lab.balancer().ip("link", "set", Lab.INSIDE_INTERFACE, "address", INSIDE_MAC);
        lab.client().ip("neigh", "replace", "198.51.100.1", "lladdr", OUTSIDE_MAC, "dev", "eth0");
        configuration = folder.resolve("fullnat.yaml");
        Files.writeString(
                configuration,
                """
                api: {socket: %s}
                workers: {connections: %d}
                ports:
                  - {name: outside, device: "af_packet:%s"}
                  - {name: inside, device: "af_packet:%s"}
                addresses:
                  - {address: %s, device: outside}
                  - {address: %s, device: inside}
                  - {address: %s/32, device: outside}
                neighbours:
                  - {address: %s, mac: "%s", device: inside}
                services:
                  - protocol: udp
                    address: %s:%d
                    servers: [{address: "%s:%d"}]
                    locals: [{address: %s, device: inside}]
                """
                        .formatted(
                                folder.resolve("fullnat.sock"),
                                connections,
                                Lab.OUTSIDE_INTERFACE,
                                Lab.INSIDE_INTERFACE,
                                Lab.OUTSIDE,
                                Lab.INSIDE,
                                Lab.VIRTUAL,
                                Lab.serverAddress(1),
                                SERVER_MAC,
                                Lab.VIRTUAL,
                                PORT,
                                Lab.serverAddress(1),
                                PORT,
                                Lab.LOCAL.getFirst()));
        server =
                lab.server(1)
                        .call(() ->
                                new DatagramSocket(
                                        new InetSocketAddress(
                                                Lab.serverAddress(1).toString(), PORT)));
        server.setSoTimeout(LIMIT_MS);
    }

    /// Starts, waits for the first packet, and ends the balancer.
    ///
    /// @param environment added to this process's own
    Times measure(Map<String, String> environment) {
        try (DatagramSocket client = lab.client().call(() -> new DatagramSocket())) {
            ProcessBuilder builder =
                    new ProcessBuilder(
                            "ip",
                            "netns",
                            "exec",
                            lab.balancer().name(),
                            "./fullnat",
                            "run",
                            "--config",
                            configuration.toString());
            builder.environment().putAll(environment);
            builder.redirectErrorStream(true);
            Thread sender = Thread.ofPlatform().daemon().unstarted(() -> send(client));
            long startNs = System.nanoTime();
            Process balancer = builder.start();
            try {
                sender.start();
                awaitFirst(balancer);
                double firstMs = (System.nanoTime() - startNs) / 1e6;
                double readyMs = awaitReady(balancer.inputReader(), startNs);
                return new Times(firstMs, readyMs);
            } finally {
                end(balancer, sender);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void awaitFirst(Process balancer) throws IOException {
        try {
            server.receive(new DatagramPacket(new byte[100], 100));
        } catch (SocketTimeoutException e) {
            StringBuilder said = new StringBuilder();
            BufferedReader output = balancer.inputReader();
            while (output.ready()) {
                said.append(output.readLine()).append('\n');
            }
            throw new IllegalStateException(
                    "no packet was forwarded; the balancer says: " + said, e);
        }
    }

    private void send(DatagramSocket client) {
        try {
            InetAddress virtual = InetAddress.getByName(Lab.VIRTUAL.toString());
            DatagramPacket packet = new DatagramPacket(new byte[20], 20, virtual, PORT);
            while (true) {
                client.send(packet);
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException endOfTheRound) {
            Thread.currentThread().interrupt();
        }
    }

    /// The line is in the pipe when the first packet has passed, or soon: reading it so late makes
    /// its time too long by some microseconds only.
    private static double awaitReady(BufferedReader output, long startNs) throws IOException {
        List<String> seen = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.add(line);
            if (line.startsWith("ready")) {
                return (System.nanoTime() - startNs) / 1e6;
            }
        }
        throw new IllegalStateException("the balancer ended: " + String.join("\n", seen));
    }

    /// Waits until it is gone and empties the server's socket of what came after the first packet.
    private void end(Process balancer, Thread sender) throws InterruptedException, IOException {
        balancer.destroy();
        if (!balancer.waitFor(10, TimeUnit.SECONDS)) {
            balancer.destroyForcibly().waitFor();
        }
        sender.interrupt();
        sender.join();
        server.setSoTimeout(50);
        try {
            while (true) {
                server.receive(new DatagramPacket(new byte[100], 100));
            }
        } catch (SocketTimeoutException empty) {
            server.setSoTimeout(LIMIT_MS);
        }
    }
}
