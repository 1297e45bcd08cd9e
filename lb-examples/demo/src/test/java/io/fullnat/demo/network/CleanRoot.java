// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// This machine's files without its JDKs, in a mount namespace of their own: what is written goes
/// to memory and is gone at the end. What holds it is one process, with which all mounts end.
final class CleanRoot implements AutoCloseable {
    private static final String MOUNTS =
            """
            set -e
            mount -t tmpfs none "$0"
            mkdir "$0/upper" "$0/work" "$0/root"
            mount -t overlay none -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
            cd "$0/root"
            for home in usr/lib/jvm/*; do rm -rf "$home"; done
            printf '#!/bin/sh\\nexit 101\\n' > usr/sbin/policy-rc.d
            chmod 755 usr/sbin/policy-rc.d
            for each in proc sys dev; do mount --rbind /$each $each; done
            mount -t tmpfs none run
            mount -t tmpfs none tmp
            chmod 1777 tmp
            echo ready
            exec cat
            """;

    private final Path folder;
    private final Process holder;

    /// @param folder where it is mounted, for its processes alone
    CleanRoot(Path folder) throws IOException {
        this.folder = folder;
        holder =
                new ProcessBuilder(
                                "unshare",
                                "-m",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                MOUNTS,
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        String first = String.valueOf(holder.inputReader().readLine());
        assertThat(first).isEqualTo("ready");
    }

    /// The words that run a command in it.
    List<String> words(String... command) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of("nsenter", "-t", Long.toString(holder.pid()), "-m"));
        words.addAll(List.of("chroot", path("").toString(), "env", "-i"));
        words.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        words.add("LC_ALL=C.UTF-8");
        words.addAll(List.of(command));
        return words;
    }

    private Path path(String name) {
        return folder.resolve("root").resolve(name);
    }

    /// Runs a command of a shell, which must succeed.
    ///
    /// @return what it said
    String run(String command) throws IOException, InterruptedException {
        Result result = attempt(command);
        assertThat(result.status()).as("%s: %s", command, result.said()).isZero();
        return result.said();
    }

    /// What a command came to.
    record Result(String said, int status) {}

    Result attempt(String command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(words("sh", "-c", command)).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(said, process.waitFor());
    }

    /// Copies a file into it.
    void put(Path file, String name) throws IOException, InterruptedException {
        List<String> words = words("sh", "-c", "cat > '" + name + "'");
        Process process =
                new ProcessBuilder(words)
                        .redirectInput(file.toFile())
                        .redirectErrorStream(true)
                        .start();
        assertThat(process.waitFor()).isZero();
    }

    /// The files that are other ones than this machine's, without those that are gone, caches and
    /// the package manager's own.
    List<String> changed() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                "nsenter",
                                "-t",
                                Long.toString(holder.pid()),
                                "-m",
                                "find",
                                folder.resolve("upper").toString(),
                                "(",
                                "-type",
                                "f",
                                "-o",
                                "-type",
                                "l",
                                ")",
                                "-printf",
                                "%P\\n")
                        .start();
        try (Stream<String> lines = process.inputReader().lines()) {
            return lines.filter(CleanRoot::isOfInterest).sorted().toList();
        }
    }

    private static boolean isOfInterest(String file) {
        return Stream.of(
                        "var/lib/dpkg/",
                        "var/cache/",
                        "var/log/",
                        "usr/sbin/policy-rc.d",
                        "etc/ld.so.cache",
                        // what keeps users has them in other order, and a copy of before
                        "etc/passwd",
                        "etc/group",
                        "etc/shadow",
                        "etc/gshadow",
                        "etc/.pwd.lock",
                        "etc/subuid",
                        "etc/subgid")
                .noneMatch(file::startsWith);
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
        assertThat(holder.onExit().join().exitValue()).isZero();
        assertThat(Files.exists(path("usr"))).as("mounted for all to see").isFalse();
    }
}
