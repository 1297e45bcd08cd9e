// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.host.HostFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Whether the number that a balancer gives as its process's is the same process here. One in a
/// container counts its processes anew: its 1 is not this machine's 1.
public final class ProcessNumber {
    private static final String MAIN = "io.fullnat.balancer";

    private ProcessNumber() {}

    /// Why the process of that number is not the balancer, as far as this user can see.
    ///
    /// @param files of the kernel
    /// @param pid what the balancer said
    /// @return empty if it seems to be
    static Optional<String> doubt(HostFiles files, long pid) {
        List<String> words =
                List.of(files.text("proc/" + pid + "/cmdline").orElse("").split("\0", -1));
        if (words.stream().noneMatch(word -> word.startsWith(MAIN))
                || isSameNamespace(files, pid).equals(Optional.of(false))) {
            return Optional.of(
                    "process "
                            + pid
                            + " here is another one: the balancer is in another PID namespace;"
                            + " run this where it runs");
        }
        return Optional.empty();
    }

    /// Whether a program may be told to talk to that process: a signal to a wrong one may end it.
    ///
    /// @param files of the kernel
    /// @param pid what the balancer said
    /// @return true only if it is certain that both are in one PID namespace
    public static boolean isCertain(HostFiles files, long pid) {
        return doubt(files, pid).isEmpty() && isSameNamespace(files, pid).equals(Optional.of(true));
    }

    /// Empty if this user may not know.
    private static Optional<Boolean> isSameNamespace(HostFiles files, long pid) {
        try {
            return Optional.of(
                    namespace(files, "self").equals(namespace(files, String.valueOf(pid))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Path namespace(HostFiles files, String process) throws IOException {
        return Files.readSymbolicLink(files.root().resolve("proc/" + process + "/ns/pid"));
    }
}
