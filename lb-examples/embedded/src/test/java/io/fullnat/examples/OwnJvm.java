// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.FullNatBalancer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.agrona.concurrent.Agent;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.slf4j.LoggerFactory;

/// A JVM of its own, as an application's user starts it.
final class OwnJvm {
    private static final long PATIENCE_S = 60;

    private OwnJvm() {}

    /// How it ended.
    ///
    /// @param status its exit status
    /// @param out what it printed
    /// @param err what it complained of
    record Ended(int status, String out, String err) {}

    /// Runs `java`.
    ///
    /// @param environment further variables
    /// @param words its arguments
    static Ended run(Map<String, String> environment, List<String> words) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(words);
        Path out = Files.createTempFile("own-jvm", ".out");
        Path err = Files.createTempFile("own-jvm", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile());
            builder.environment().remove("JAVA_TOOL_OPTIONS");
            builder.environment().remove("JDK_JAVA_OPTIONS");
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
            process.destroyForcibly();
            assertThat(ended).as("%s ends", words).isTrue();
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /// Runs a class on the class path of this test.
    static Ended run(List<String> flags, Class<?> main, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(flags);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        words.addAll(List.of(arguments));
        return run(Map.of(), words);
    }

    /// Makes one jar of the library, what it depends on, and the examples.
    ///
    /// @param main what `java -jar` runs
    /// @param entries of the manifest
    static void fatJar(Path jar, Class<?> main, Map<String, String> entries) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.put(Attributes.Name.MAIN_CLASS, main.getName());
        entries.forEach((name, value) -> attributes.put(new Attributes.Name(name), value));
        Set<Path> parts = new HashSet<>();
        for (Class<?> each :
                List.of(
                        main,
                        FullNatBalancer.class,
                        io.fullnat.api.Clock.class,
                        io.fullnat.dpdk.DpdkIo.class,
                        EmbeddedBalancer.class,
                        Agent.class,
                        MessagePassingQueue.class,
                        MpscUnboundedVarHandleArrayQueue.class,
                        LoggerFactory.class)) {
            parts.add(origin(each));
        }
        Map<String, byte[]> files = new TreeMap<>();
        for (Path part : parts) {
            collect(part, files);
        }
        try (OutputStream to = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(to, manifest)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                out.putNextEntry(new ZipEntry(file.getKey()));
                out.write(file.getValue());
                out.closeEntry();
            }
        }
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void collect(Path part, Map<String, byte[]> files) throws IOException {
        if (Files.isDirectory(part)) {
            collect(part, part, files);
            return;
        }
        try (FileSystem jar = FileSystems.newFileSystem(part)) {
            Path root = jar.getPath("/");
            collect(root, root, files);
        }
    }

    private static void collect(Path root, Path from, Map<String, byte[]> files)
            throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            all.filter(Files::isRegularFile)
                    .forEach(file -> {
                        String name = root.relativize(file).toString();
                        if (!name.startsWith("META-INF/") && !name.endsWith("module-info.class")) {
                            try {
                                files.putIfAbsent(name, Files.readAllBytes(file));
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }
                    });
        }
    }
}
