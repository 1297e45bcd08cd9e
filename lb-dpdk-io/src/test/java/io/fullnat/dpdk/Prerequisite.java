// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.StackWalker.Option.RETAIN_CLASS_REFERENCE;

import io.fullnat.api.BalancerException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// What a test needs of the machine. Without it the test is skipped, or fails if the build was
/// started with `-Dnetwork=required`.
final class Prerequisite {
    private static final Path RAN = Path.of("target", "dpdk-tests.txt");

    private Prerequisite() {}

    static void dpdk() {
        try {
            Abi abi = DpdkLibraries.open().abi();
            note(abi, StackWalker.getInstance(RETAIN_CLASS_REFERENCE).getCallerClass());
        } catch (BalancerException e) {
            missing(String.valueOf(e.getMessage()));
        }
    }

    /// Says with which DPDK a test has run; `./build` prints it at the end.
    private static void note(Abi abi, Class<?> test) {
        String line = "librte_eal.so." + abi.number() + "\t" + test.getSimpleName() + "\n";
        try {
            Files.writeString(RAN, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void rootWithNamespaces() {
        boolean root = "root".equals(System.getProperty("user.name"));
        if (!root || !succeeds("ip", "netns", "list")) {
            missing("needs root and iproute2 (apt-get install iproute2)");
        }
    }

    static void headers() {
        if (!succeeds("gcc", "--version") || !succeeds("pkg-config", "--exists", "libdpdk")) {
            missing("needs gcc and the headers of DPDK (apt-get install gcc libdpdk-dev)");
        }
    }

    static void missing(String message) {
        if ("required".equals(System.getProperty("network"))) {
            Assertions.fail("-Dnetwork=required, but: " + message);
        }
        Assumptions.abort(message);
    }

    private static boolean succeeds(String... command) {
        try {
            return command(List.of(command)).status() == 0;
        } catch (UncheckedIOException absent) {
            return false;
        }
    }

    /// How a command ended.
    ///
    /// @param status its exit status
    /// @param output standard output and error together
    record Outcome(int status, String output) {}

    static Outcome command(List<String> words) {
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Runs a command that must succeed.
    static void run(String... words) {
        Outcome outcome = command(List.of(words));
        if (outcome.status() != 0) {
            throw new IllegalStateException(String.join(" ", words) + ": " + outcome.output());
        }
    }
}
