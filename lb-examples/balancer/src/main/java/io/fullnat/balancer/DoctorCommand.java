// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Pages;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.doctor.Doctor;
import io.fullnat.balancer.doctor.Level;
import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.doctor.Report;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat doctor`: what is wrong, and what to do about it.
@Command(
        name = "doctor",
        description = {
            "Says what is wrong with the running balancer, its configuration and its machine, why it",
            "matters and what to do. Changes nothing."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat doctor                          what is wrong now?",
            "  fullnat doctor --strict --json          for a monitor",
            "  fullnat doctor --config /etc/fullnat/fullnat.yaml    before a start",
            "",
            "The exit status is 60 if there is a fault, with --strict also if there is a warning.",
            "All findings and thresholds: docs/doctor.md"
        })
final class DoctorCommand implements Callable<Integer> {
    private final Remote remote;
    private final Pages pages;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = {
                "A configuration to look at, whether a balancer runs or not; without it that of",
                "the running one."
            })
    private Optional<Path> file = Optional.empty();

    @Mixin private final IntervalOption interval = new IntervalOption();

    @Option(names = "--strict", description = "Fail for warnings, too.")
    private boolean strict;

    @Option(
            names = {"-v", "--verbose"},
            description = "Also say what was looked at and is fine.")
    private boolean verbose;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    @Mixin private final SocketOption socket = new SocketOption();

    DoctorCommand(Remote remote, Pages pages) {
        this.remote = remote;
        this.pages = pages;
    }

    @Override
    public Integer call() {
        Report report =
                Doctor.examine(
                        new Doctor(remote, pages, Path.of("/"), Programs.ofMachine())
                                .read(socket.path(), file, interval.duration()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Visible.lines(report.json().toPrettyString()));
        } else {
            report.lines(verbose).forEach(line -> out.println(Visible.of(line)));
        }
        out.flush();
        boolean wrong =
                report.count(Level.FAULT) > 0 || (strict && report.count(Level.WARNING) > 0);
        return wrong ? ErrorCode.CHECK_FAILED.exitStatus() : 0;
    }
}
