// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// nginx with two workers, which can be killed, frozen, ended and started again. It answers with
/// its name; with 500 while a file `broken` lies in its folder; and of `/health` with 503 while a
/// file `leaving` does.
final class NginxOrigin implements AutoCloseable {
    private final NetworkNamespace namespace;
    private final Path folder;
    private Process process;

    private NginxOrigin(NetworkNamespace namespace, Path folder) throws IOException {
        this.namespace = namespace;
        this.folder = folder;
        process = launch();
    }

    /// Starts it and waits until it listens.
    ///
    /// @param folder its own, for its files; the folder's name is its name
    static NginxOrigin start(NetworkNamespace namespace, Path folder, String address)
            throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("nginx.conf"), configuration(folder, address));
        return new NginxOrigin(namespace, folder);
    }

    private static String configuration(Path folder, String address) {
        return """
        user root;
        daemon off;
        worker_processes 2;
        pid %1$s/pid;
        error_log %1$s/error.log;
        events { worker_connections 4096; }
        http {
            access_log off;
            default_type text/plain;
            client_body_temp_path %1$s/body;
            proxy_temp_path %1$s/proxy;
            fastcgi_temp_path %1$s/fastcgi;
            uwsgi_temp_path %1$s/uwsgi;
            scgi_temp_path %1$s/scgi;
            server {
                listen %2$s:%3$d backlog=1024;
                location / {
                    if (-f %1$s/broken) { return 500; }
                    return 200 "%4$s\\n";
                }
                location = /health {
                    if (-f %1$s/broken) { return 500; }
                    if (-f %1$s/leaving) { return 503; }
                    return 200 "%4$s\\n";
                }
            }
        }
        """
                .formatted(folder, address, Scene.HTTP_PORT, folder.getFileName());
    }

    /// Starts one that takes a PROXY header (`ngx_http_core_module`, `listen … proxy_protocol`) in
    /// front of each stream, and answers with what that says: client, then virtual address.
    ///
    /// @param folder its own, for its files
    /// @param listens address and port, in brackets if it is of IPv6
    static NginxOrigin proxied(NetworkNamespace namespace, Path folder, String listens)
            throws IOException {
        Files.createDirectory(folder);
        String told =
                "$proxy_protocol_addr $proxy_protocol_port"
                        + " $proxy_protocol_server_addr $proxy_protocol_server_port";
        Files.writeString(
                folder.resolve("nginx.conf"),
                configuration(folder, "127.0.0.1")
                        .replace(
                                "listen 127.0.0.1:" + Scene.HTTP_PORT + " backlog=1024;",
                                "listen " + listens + " proxy_protocol;")
                        .replace("\"" + folder.getFileName() + "\\n\"", "\"" + told + "\""));
        return new NginxOrigin(namespace, folder);
    }

    /// It writes the file with its process number when it listens.
    private Process launch() throws IOException {
        Path pid = folder.resolve("pid");
        Path log = folder.resolve("log");
        Files.deleteIfExists(pid);
        Process started =
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                namespace.name(),
                                "nginx",
                                "-c",
                                folder.resolve("nginx.conf").toString(),
                                "-e",
                                folder.resolve("error.log").toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            while (!Files.exists(pid)) {
                if (started.waitFor(10, TimeUnit.MILLISECONDS)) {
                    throw new IOException("nginx has ended: " + Files.readString(log));
                }
            }
        } catch (InterruptedException e) {
            started.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(e);
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

    /// Sends a signal to all its processes.
    void signal(String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        command.add(String.valueOf(process.pid()));
        process.children().forEach(worker -> command.add(String.valueOf(worker.pid())));
        new ProcessBuilder(command).start().waitFor();
    }

    /// Kills all its processes at once.
    void kill() throws IOException, InterruptedException {
        signal("KILL");
        process.waitFor();
    }

    /// Ends it as its users do: it answers first what it was asked.
    void quit() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-QUIT", String.valueOf(process.pid())).start().waitFor();
        process.waitFor();
    }

    void startAgain() throws IOException {
        process = launch();
    }

    /// The master goes first: it would start a worker that dies anew.
    @Override
    public void close() {
        List<ProcessHandle> workers = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        workers.forEach(ProcessHandle::destroyForcibly);
    }
}
