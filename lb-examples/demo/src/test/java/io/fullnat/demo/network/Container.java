// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A container of an image that `umoci unpack` has laid out, run by runc as its configuration says:
/// its user, its command, its environment, with a root that cannot be written to. Folders for what
/// is written are in memory, and the network is a namespace that is there already.
final class Container implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> CAPABILITIES =
            List.of("CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK");

    /// As an operator may say to know later what the JVM did.
    private static final String OPTIONS =
            "FULLNAT_JAVA_OPTIONS=-XX:StartFlightRecording=name=start";

    private static final List<String> SETS =
            List.of("bounding", "effective", "inheritable", "permitted", "ambient");

    private final Path bundle;
    private final String name;
    private final Process process;
    private final Path said;

    /// What a command within it came to.
    record Result(int status, String said) {}

    /// @param bundle of which all containers are made
    /// @param namespace of the network
    /// @param configuration the folder that is `/etc/fullnat` in it
    /// @param arguments of the image's entry point; none for its own
    Container(Path bundle, String namespace, Path configuration, String... arguments)
            throws IOException {
        this.bundle = bundle;
        name = namespace + "-" + System.nanoTime();
        ObjectNode root = (ObjectNode) JSON.readTree(bundle.resolve("config.json").toFile());
        Path own = Files.createTempDirectory(bundle, "run");
        said = own.resolve("said");
        adapt(root, namespace, configuration, arguments);
        JSON.writeValue(own.resolve("config.json").toFile(), root);
        process =
                new ProcessBuilder("runc", "run", "--bundle", own.toString(), name)
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
    }

    private void adapt(ObjectNode root, String namespace, Path configuration, String... arguments) {
        ObjectNode ground = (ObjectNode) root.path("root");
        ground.put("path", bundle.resolve("rootfs").toString()).put("readonly", true);
        ObjectNode asked = (ObjectNode) root.path("process");
        asked.put("terminal", false);
        ObjectNode capabilities = asked.putObject("capabilities");
        for (String set : SETS) {
            ArrayNode held = capabilities.putArray(set);
            CAPABILITIES.forEach(held::add);
        }
        if (arguments.length > 0) {
            JsonNode entry = asked.path("args").path(0);
            ArrayNode words = asked.putArray("args").add(entry);
            List.of(arguments).forEach(words::add);
        }
        ((ArrayNode) asked.path("env")).add(OPTIONS);
        ArrayNode mounts = (ArrayNode) root.path("mounts");
        mount(mounts, "/tmp", "tmpfs", "tmpfs", "mode=1777");
        mount(mounts, "/run/fullnat", "tmpfs", "tmpfs", "uid=10001", "gid=10001", "mode=750");
        mount(mounts, "/etc/fullnat", "none", configuration.toString(), "bind", "ro");
        for (JsonNode each : root.path("linux").path("namespaces")) {
            if (each.path("type").asText().equals("network")) {
                ((ObjectNode) each).put("path", "/run/netns/" + namespace);
            }
        }
    }

    private static void mount(
            ArrayNode mounts, String to, String type, String source, String... options) {
        ObjectNode mount =
                mounts.addObject().put("destination", to).put("type", type).put("source", source);
        ArrayNode list = mount.putArray("options");
        List.of(options).forEach(list::add);
    }

    /// Runs a command within it, as its user, in its environment.
    Result execute(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("runc", "exec", name));
        command.addAll(List.of(words));
        Process done = new ProcessBuilder(command).redirectErrorStream(true).start();
        done.getOutputStream().close();
        String told = new String(done.getInputStream().readAllBytes(), UTF_8);
        return new Result(done.waitFor(), told);
    }

    /// Waits until a line of its output begins so.
    void await(String begin) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Files.readAllLines(said).stream().noneMatch(line -> line.startsWith(begin))) {
            assertThat(process.isAlive() && System.nanoTime() < end).as(said()).isTrue();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    String said() throws IOException {
        return Files.readString(said);
    }

    /// Waits for its end.
    ///
    /// @return its exit status
    int end() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /// Stops it as container engines do.
    ///
    /// @return its exit status
    int stop() throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("runc", "kill", name, "TERM").start();
        assertThat(kill.waitFor()).isZero();
        return end();
    }

    @Override
    public void close() throws IOException {
        Process delete =
                new ProcessBuilder("runc", "delete", "--force", name)
                        .redirectErrorStream(true)
                        .start();
        delete.getInputStream().readAllBytes();
        delete.onExit().join();
        process.destroyForcibly();
    }
}
