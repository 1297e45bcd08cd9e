// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// An HTTP server as a process of its own, which can be killed, stopped and started again. It
/// answers with its name; with 500 while a file `broken` lies in its folder; and of `/health` with
/// 503 while a file `leaving` does.
final class MortalOrigin implements AutoCloseable {
    private final NetworkNamespace namespace;
    private final Path folder;
    private final String address;
    private Process process;

    private MortalOrigin(NetworkNamespace namespace, Path folder, String address)
            throws IOException {
        this.namespace = namespace;
        this.folder = folder;
        this.address = address;
        process = launch();
    }

    /// Starts it and waits until it listens.
    ///
    /// @param folder its own, for its files
    static MortalOrigin start(NetworkNamespace namespace, Path folder, String address)
            throws IOException {
        return new MortalOrigin(namespace, Files.createDirectory(folder), address);
    }

    private Process launch() throws IOException {
        Process started =
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                namespace.name(),
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Dsun.net.httpserver.nodelay=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                MortalOrigin.class.getName(),
                                folder.toString(),
                                address)
                        .redirectErrorStream(true)
                        .start();
        String line = started.inputReader().readLine();
        if (!"listening".equals(line)) {
            started.destroyForcibly();
            throw new IOException("the server says " + line);
        }
        return started;
    }

    void has(String file, boolean there) throws IOException {
        if (there) {
            Files.createFile(folder.resolve(file));
        } else {
            Files.delete(folder.resolve(file));
        }
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
    }

    void end(boolean forcibly) throws InterruptedException {
        if (forcibly) {
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        process.waitFor(20, TimeUnit.SECONDS);
    }

    void startAgain() throws IOException {
        process = launch();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /// The server itself.
    ///
    /// @param arguments folder and address
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        HttpServer server =
                HttpServer.create(new InetSocketAddress(arguments[1], Scene.HTTP_PORT), 1024);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> answer(exchange, folder));
        server.start();
        System.out.println("listening");
    }

    private static void answer(HttpExchange exchange, Path folder) throws IOException {
        boolean asked = exchange.getRequestURI().getPath().equals("/health");
        int status =
                Files.exists(folder.resolve("broken"))
                        ? 500
                        : asked && Files.exists(folder.resolve("leaving")) ? 503 : 200;
        byte[] body = (folder.getFileName() + "\n").getBytes(UTF_8);
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
