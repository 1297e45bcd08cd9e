// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Starting DPDK, each time in a process of its own.
class StartTest {
    private static final Path RUN = Path.of("/var/run/dpdk");

    @BeforeAll
    static void needsDpdk() {
        Prerequisite.dpdk();
    }

    @Test
    void shouldPrintNothingAndLeaveNothing() {
        String prefix = "fullnat-test-" + ProcessHandle.current().pid();

        assertThat(ChildProcess.run(List.of(), "ring:", "prefix=" + prefix)).isEqualTo("ok\n");
        assertThat(RUN.resolve(prefix)).doesNotExist();
    }

    @Test
    void shouldStartAgainAfterAProcessWasKilled() throws IOException, InterruptedException {
        String prefix = "fullnat-kill-" + ProcessHandle.current().pid();
        String[] arguments = {"ring:", "prefix=" + prefix, "wait"};
        Process process =
                new ProcessBuilder(ChildProcess.command(List.of(), arguments))
                        .redirectErrorStream(true)
                        .start();
        try (BufferedReader output = process.inputReader()) {
            assertThat(output.readLine()).isEqualTo("ok");
            // two at once under one name do not meet
            assertThat(ChildProcess.run(List.of(), "ring:", "prefix=" + prefix)).isEqualTo("ok\n");
        } finally {
            process.destroyForcibly().waitFor();
        }

        assertThat(ChildProcess.run(List.of(), "ring:", "prefix=" + prefix)).isEqualTo("ok\n");
        assertThat(RUN.resolve(prefix)).doesNotExist();
    }

    @Test
    void shouldStartAlthoughAnotherProgramLeftItsFolder() throws IOException {
        Prerequisite.rootWithNamespaces();
        Path folder = RUN.resolve("fullnat-stale-" + ProcessHandle.current().pid());
        Files.createDirectories(folder);
        Path file = Files.writeString(folder.resolve("config"), "left over");
        try {
            assertThat(ChildProcess.run(List.of(), "ring:", "prefix=" + folder.getFileName()))
                    .isEqualTo("ok\n");
            assertThat(file).hasContent("left over");
        } finally {
            Files.delete(file);
            Files.delete(folder);
        }
    }

    @Test
    void shouldRefuseHugepagesThatAreNotFree() {
        long free = SystemMemory.read().freeHugepagesMb();

        assertThat(
                        ChildProcess.run(
                                List.of(), "ring:", "hugepages=REQUIRED", "memory=" + (free + 64)))
                .startsWith("MEMORY: ")
                .contains((free + 64) + " MB of hugepages are wanted", "vm.nr_hugepages");
    }

    /// Without the right to see where pages lie (`/proc/self/pagemap`), devices are given virtual
    /// addresses; hugepages are taken without files, and by who is not root's equal.
    @Test
    void shouldTakeHugepagesWithoutRootsPrivileges() {
        Prerequisite.rootWithNamespaces();
        String capabilities = "-all,+net_admin,+net_raw,+ipc_lock";
        List<String> unprivileged =
                List.of(
                        "setpriv",
                        "--bounding-set=" + capabilities,
                        "--inh-caps=" + capabilities,
                        "--no-new-privs");
        try (ReservedHugepages pages = new ReservedHugepages(512)) {
            assertThat(
                            ChildProcess.run(
                                    unprivileged,
                                    "ring:",
                                    "hugepages=REQUIRED",
                                    "memory=128",
                                    "eal=--log-level=lib.eal:debug"))
                    .as("of %s", pages)
                    .contains("IOVA mode 'VA'")
                    .contains("\nok\n");
        }
    }

    @Test
    void shouldRefuseMoreMemoryThanThereIs() {
        assertThat(ChildProcess.run(List.of(), "ring:", "hugepages=NONE", "memory=1000000000"))
                .startsWith("MEMORY: 1000000000 MB are wanted")
                .contains("memoryMb");
    }

    @Test
    void shouldPassOnWhatDpdkSaysOfAnArgumentItRefuses() {
        assertThat(ChildProcess.run(List.of(), "ring:", "eal=--iova-mode=nonesuch"))
                .contains("INVALID_ARGUMENT: DPDK refuses to start")
                .contains("--iova-mode=nonesuch");
    }

    @Test
    void shouldNameTheMissingPrivilege() {
        Prerequisite.rootWithNamespaces();

        assertThat(
                        ChildProcess.run(
                                List.of("setpriv", "--bounding-set", "-net_raw,-net_admin"),
                                "af_packet:lo"))
                .startsWith("PERMISSION: port dpdk0: af_packet:lo needs CAP_NET_RAW");
        assertThat(
                        ChildProcess.run(
                                List.of("setpriv", "--bounding-set", "-net_raw,-net_admin"),
                                "tap:fntap1"))
                .startsWith("PERMISSION: port dpdk0: tap:fntap1 needs CAP_NET_ADMIN");
    }
}
