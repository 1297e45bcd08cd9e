// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fullnat.api.IpAddress;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// A [QuicServer] in a namespace, and what it says of its requests.
final class QuicOrigin implements AutoCloseable {
    static final int PORT = 4_433;
    private static final String PASSWORD = "secret";

    private final Process process;
    private final Queue<String> said = new ConcurrentLinkedQueue<>();

    private QuicOrigin(Process process) {
        this.process = process;
    }

    /// Starts one and waits until it listens.
    ///
    /// @param keys made by [#keys(Path)]
    /// @param name which it answers
    /// @param id by which its connection ids name it
    /// @param key that encrypts these, or `clear`
    static QuicOrigin start(
            NetworkNamespace namespace,
            IpAddress address,
            Path keys,
            String name,
            String id,
            String key)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace.name()));
        command.addAll(
                List.of(
                        program("java"),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dio.netty.noUnsafe=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        QuicServer.class.getName(),
                        address.toString(),
                        String.valueOf(PORT),
                        keys.toString(),
                        PASSWORD,
                        name,
                        id,
                        key));
        QuicOrigin origin =
                new QuicOrigin(new ProcessBuilder(command).redirectErrorStream(true).start());
        origin.awaitReady();
        return origin;
    }

    /// Makes a key store with a certificate that nobody has signed.
    static Path keys(Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("quic.p12");
        Process tool =
                new ProcessBuilder(
                                program("keytool"),
                                "-genkeypair",
                                "-alias",
                                "quic",
                                "-keyalg",
                                "EC",
                                "-groupname",
                                "secp256r1",
                                "-dname",
                                "CN=quic",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                PASSWORD)
                        .redirectErrorStream(true)
                        .start();
        String output = new String(tool.getInputStream().readAllBytes(), UTF_8);
        if (tool.waitFor() != 0) {
            throw new IOException("keytool: " + output);
        }
        return file;
    }

    private static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private void awaitReady() throws IOException {
        BufferedReader output = process.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.equals("ready")) {
                Thread.ofPlatform().daemon().start(() -> follow(output));
                return;
            }
            seen.append(line).append('\n');
        }
        throw new IOException("the server ended before it was ready:\n" + seen);
    }

    private void follow(BufferedReader output) {
        try {
            output.lines().forEach(said::add);
        } catch (UncheckedIOException killed) {
            // what it would have said ends with it
        }
    }

    /// What it has said since it listens: from where each request came.
    List<String> said() {
        return List.copyOf(said);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
