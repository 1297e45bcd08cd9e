// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.balancer.doctor.ProcessNumber;
import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.host.HostFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What the machine tells: files of the kernel, and programs that are there on most. For one
/// thread.
final class Facts {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Of one part, bytes of a program, characters of a file.
    static final int LONG = 1 << 20;

    private static final int LINES_OF_JOURNAL = 2000;

    private final HostFiles files;
    private final Programs programs;
    private final List<Part> parts = new ArrayList<>();

    Facts(HostFiles files, Programs programs) {
        this.files = files;
        this.programs = programs;
    }

    /// Gathers them.
    ///
    /// @param pid of the running balancer
    /// @param interfaces of the kernel that ports take
    List<Part> parts(OptionalLong pid, List<String> interfaces) {
        kernel();
        network(interfaces);
        if (pid.isPresent()) {
            process(pid.getAsLong());
            jvm(pid.getAsLong());
        }
        journal();
        return parts;
    }

    /// It has command lines in it.
    private void journal() {
        Programs.Said said =
                programs.run(
                        List.of(
                                "journalctl",
                                "--unit=fullnat",
                                "--lines=" + LINES_OF_JOURNAL,
                                "--no-pager",
                                "--quiet",
                                "--output=short-iso"),
                        PATIENCE,
                        LONG);
        boolean nothing = said.text().isBlank() && said.failure().isEmpty();
        parts.add(
                new Part(
                                "journal.txt",
                                said.text(),
                                nothing
                                        ? "no line of fullnat.service, or this user may not read it"
                                        : said.failure())
                        .wholeLines(said.isCut())
                        .map(SafeText::ofLog));
    }

    private void kernel() {
        program("kernel/uname.txt", "uname", "-srvmo");
        for (String name : List.of("meminfo", "cmdline", "interrupts", "softirqs", "loadavg")) {
            file("kernel/" + name + ".txt", "proc/" + name);
        }
        file("kernel/os-release.txt", "etc/os-release");
        file(
                "kernel/clocksource.txt",
                "sys/devices/system/clocksource/clocksource0/current_clocksource");
        program("kernel/lscpu.txt", "lscpu");
        program("kernel/lspci.txt", "lspci", "-Dnnk");
        program("kernel/timedatectl.txt", "timedatectl", "show");
        program(
                "kernel/sysctl.txt",
                "sysctl",
                "-a",
                "--pattern",
                "^(vm|net\\.core|net\\.ipv[46]\\.conf)\\.");
    }

    private void network(List<String> interfaces) {
        program("network/link.txt", "ip", "-details", "-statistics", "link", "show");
        program("network/address.txt", "ip", "address", "show");
        program("network/route.txt", "ip", "route", "show", "table", "all");
        program("network/route6.txt", "ip", "-6", "route", "show", "table", "all");
        program("network/neighbour.txt", "ip", "neighbour", "show");
        for (String name : interfaces) {
            program("network/" + name + "-driver.txt", "ethtool", "-i", name);
            program("network/" + name + "-features.txt", "ethtool", "-k", name);
            program("network/" + name + "-statistics.txt", "ethtool", "-S", name);
        }
    }

    private void process(long pid) {
        for (String name : List.of("status", "limits", "cgroup", "schedstat", "numa_maps")) {
            file("process/" + name + ".txt", "proc/" + pid + "/" + name);
        }
        files.text("proc/" + pid + "/cmdline")
                .ifPresentOrElse(
                        text ->
                                parts.add(
                                        Part.of(
                                                        "process/cmdline.txt",
                                                        text.replace('\0', '\n') + "\n")
                                                .atMost(LONG)),
                        () -> parts.add(new Part("process/cmdline.txt", "", "it cannot be read")));
    }

    /// By the JVM's own tool, which answers the user who runs the balancer, and root. Nothing is
    /// asked that goes through the heap: workers would stand still meanwhile.
    private void jvm(long pid) {
        // It sends a signal to who does not answer, and another process might end by that.
        if (!ProcessNumber.isCertain(files, pid)) {
            parts.add(
                    new Part(
                            "jvm/version.txt",
                            "",
                            "it is not certain that process "
                                    + pid
                                    + " is the balancer: run this where it runs, as root or its"
                                    + " user"));
            return;
        }
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String process = String.valueOf(pid);
        program("jvm/version.txt", jcmd, process, "VM.version");
        program("jvm/flags.txt", jcmd, process, "VM.flags", "-all");
        program("jvm/command-line.txt", jcmd, process, "VM.command_line");
        program("jvm/threads.txt", jcmd, process, "Thread.print", "-l");
        program("jvm/heap.txt", jcmd, process, "GC.heap_info");
    }

    private void file(String name, String path) {
        parts.add(
                files.text(path)
                        .map(text -> Part.of(name, text + "\n").atMost(LONG))
                        .orElseGet(() -> new Part(name, "", "/" + path + " cannot be read")));
    }

    private void program(String name, String... words) {
        Programs.Said said = programs.run(List.of(words), PATIENCE, LONG);
        parts.add(new Part(name, said.text(), said.failure()).wholeLines(said.isCut()));
    }
}
