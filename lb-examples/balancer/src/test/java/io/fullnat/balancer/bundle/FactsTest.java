// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.host.HostFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which programs are asked about a process, of a machine made of files.
final class FactsTest {
    @TempDir Path folder;
    private final List<String> asked = new ArrayList<>();

    private List<Part> parts(String commandLine) throws IOException {
        for (String process : List.of("self", "7")) {
            Path ns = Files.createDirectories(folder.resolve("proc/" + process + "/ns"));
            Files.deleteIfExists(ns.resolve("pid"));
            Files.createSymbolicLink(ns.resolve("pid"), Path.of("pid:[1]"));
        }
        Files.writeString(folder.resolve("proc/7/cmdline"), commandLine);
        Programs programs =
                (words, limit, most) -> {
                    asked.add(String.join(" ", words));
                    return new Programs.Said("x", "");
                };
        return new Facts(new HostFiles(folder), programs).parts(OptionalLong.of(7), List.of());
    }

    /// A walk over the heap stops every worker.
    @Test
    void theJvmIsAskedNothingThatTakesTheHeap() throws IOException {
        parts("java\0io.fullnat.balancer.Main\0run\0");
        assertThat(asked)
                .anyMatch(words -> words.endsWith("jcmd 7 VM.version"))
                .noneMatch(words -> words.contains("histogram") || words.contains("heap_dump"));
    }

    /// It would get SIGQUIT.
    @Test
    void anotherProcessIsNotAsked() throws IOException {
        List<Part> parts = parts("/sbin/init\0");
        assertThat(asked).noneMatch(words -> words.contains("jcmd"));
        assertThat(parts.toString()).contains("not certain that process 7 is the balancer");
    }
}
