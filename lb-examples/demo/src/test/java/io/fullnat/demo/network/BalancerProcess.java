// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fullnat.api.Endpoint;
import io.fullnat.balancer.client.Client;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/// `fullnat run` as a process of its own in a lab with two HTTP servers, and `fullnat` commands
/// that reach it as those of an operator do.
final class BalancerProcess implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    final Lab lab;
    final Path configuration;
    private final Path socket;
    private final List<String> options;
    private final List<HttpOrigin> origins = new ArrayList<>();
    private final Queue<String> said = new ConcurrentLinkedQueue<>();
    private Process process;

    /// What a command did.
    record Result(String output, String errors, int status) {
        /// Output, complaints, and the status of a command that failed.
        List<String> lines() {
            List<String> lines = new ArrayList<>(output.lines().toList());
            lines.addAll(errors.lines().toList());
            if (status != 0) {
                lines.add("(exit status " + status + ")");
            }
            return lines;
        }
    }

    private BalancerProcess(Lab lab, Path folder, String yaml, List<String> options)
            throws IOException {
        this.lab = lab;
        this.options = options;
        socket = folder.resolve("fullnat.sock");
        configuration = folder.resolve("fullnat.yaml");
        write(yaml);
        process = launch();
    }

    /// In a lab of the caller's, with whatever servers are there; closes it.
    static BalancerProcess start(Lab lab, Path folder, String yaml) throws IOException {
        return ready(new BalancerProcess(lab, folder, yaml, List.of()));
    }

    /// Starts all and waits until the balancer forwards.
    ///
    /// @param folder for configuration and socket
    /// @param yaml the configuration without the key `api`
    /// @param options of its JVM
    static BalancerProcess start(Path folder, String yaml, String... options) throws IOException {
        return start(LabFamily.IPV4, folder, yaml, options);
    }

    /// As [#start(Path, String, String...)], with servers that listen on addresses of a family.
    static BalancerProcess start(LabFamily family, Path folder, String yaml, String... options)
            throws IOException {
        Lab lab =
                family == LabFamily.IPV4
                        ? Lab.create("fullnat-run", Scene.SERVERS)
                        : Lab.dualStack("fullnat-run", Scene.SERVERS);
        BalancerProcess started = new BalancerProcess(lab, folder, yaml, List.of(options));
        for (int number = 1; number <= Scene.SERVERS; number++) {
            Endpoint endpoint = new Endpoint(family.server(number), Scene.HTTP_PORT);
            started.origins.add(HttpOrigin.start(lab.server(number), "s" + number, endpoint));
        }
        return ready(started);
    }

    private static BalancerProcess ready(BalancerProcess started) throws IOException {
        try {
            started.awaitReady();
            return started;
        } catch (IOException | RuntimeException | Error failure) {
            started.release();
            throw failure;
        }
    }

    /// Replaces the configuration file.
    void write(String yaml) throws IOException {
        Files.writeString(configuration, "api: {socket: %s}%n%s".formatted(socket, yaml));
    }

    private static List<String> java(List<String> options, String... arguments) {
        return JavaProgram.command(options, "io.fullnat.balancer.Main", arguments);
    }

    /// With SIGHUP as it is by default, also where these tests run under nohup: what ignores it
    /// from its start can not be told to reload.
    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
        command.addAll(List.of("ip", "netns", "exec", lab.balancer().name()));
        command.addAll(java(options, "run", "--config", configuration.toString()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private void awaitReady() throws IOException {
        BufferedReader output = process.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith("ready")) {
                drain(output);
                return;
            }
        }
        throw new AssertionError("the balancer ended before it was ready:\n" + seen);
    }

    private void drain(BufferedReader output) {
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        output.lines().forEach(said::add);
                    } catch (UncheckedIOException killed) {
                        // what it would have said ends with it
                    }
                });
    }

    /// What the balancer has printed since it was ready.
    String said() {
        return String.join("\n", said);
    }

    /// Its process id.
    long pid() {
        return process.pid();
    }

    /// Kills it as `kill -9` does, and starts it anew.
    void killAndRestart() throws Exception {
        process.destroyForcibly().waitFor();
        process = launch();
        awaitReady();
    }

    /// Starts a command of `fullnat`.
    Process begin(List<String> arguments, Path errors) throws IOException {
        return command(List.of(), arguments, errors).start();
    }

    /// Starts a command of `fullnat` and another program that reads what it writes.
    ///
    /// @return both, in this order
    List<Process> pipe(List<String> arguments, Path errors, List<String> reader)
            throws IOException {
        ProcessBuilder second = new ProcessBuilder(reader);
        second.redirectError(ProcessBuilder.Redirect.DISCARD);
        return ProcessBuilder.startPipeline(List.of(command(List.of(), arguments, errors), second));
    }

    private ProcessBuilder command(List<String> prefix, List<String> arguments, Path errors) {
        List<String> words = new ArrayList<>(prefix);
        words.addAll(java(List.of("-XX:+UseSerialGC"), arguments.toArray(String[]::new)));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().put("FULLNAT_SOCKET", socket.toString());
        return builder.redirectError(errors.toFile());
    }

    /// Runs a command of `fullnat` to its end.
    Result run(List<String> arguments) throws IOException, InterruptedException {
        return run(List.of(), arguments);
    }

    /// Runs a command of `fullnat` to its end, in the balancer's namespace.
    Result runBeside(List<String> arguments) throws IOException, InterruptedException {
        return run(List.of("ip", "netns", "exec", lab.balancer().name()), arguments);
    }

    private Result run(List<String> prefix, List<String> arguments)
            throws IOException, InterruptedException {
        Path errors = Files.createTempFile(socket.getParent(), "errors", "");
        Process command = command(prefix, arguments, errors).start();
        command.getOutputStream().close();
        String output = new String(command.getInputStream().readAllBytes(), UTF_8);
        assertThat(command.waitFor(30, TimeUnit.SECONDS)).as("%s has ended", arguments).isTrue();
        Result result = new Result(output, Files.readString(errors), command.exitValue());
        Files.delete(errors);
        return result;
    }

    /// Asks the balancer for something as JSON, without a process for it.
    JsonNode json(String... arguments) throws IOException {
        Result result = ask(List.of(arguments));
        assertThat(result.status()).as(result.errors()).isZero();
        return JSON.readTree(result.output());
    }

    /// Runs a command of `fullnat` without a process for it.
    Result ask(List<String> arguments) {
        StringWriter output = new StringWriter();
        StringWriter errors = new StringWriter();
        int status =
                Client.run(socket, arguments, "", new PrintWriter(output), new PrintWriter(errors));
        return new Result(output.toString(), errors.toString(), status);
    }

    <T> T inClient(Callable<T> task) {
        return lab.client().call(task);
    }

    <T> T inServer(Callable<T> task) {
        return lab.server(1).call(task);
    }

    /// Ends it as an operator does; it must end with 0.
    @Override
    public void close() throws IOException {
        try {
            process.destroy();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("has ended").isTrue();
            assertThat(process.exitValue())
                    .as("the balancer's exit status, having said %s", said())
                    .isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            release();
        }
    }

    private void release() {
        process.destroyForcibly();
        origins.forEach(HttpOrigin::close);
        lab.close();
    }
}
