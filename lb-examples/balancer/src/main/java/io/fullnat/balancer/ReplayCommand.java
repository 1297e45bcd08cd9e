// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.replay.ReplayRun;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fullnat replay`: what a configuration does with the packets of a capture.
@Command(
        name = "replay",
        description = {
            "Runs captured packets through a configuration, in memory and by the capture's clock,",
            "and shows how each one ends and what leaves."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat replay --config fullnat.yaml report.pcapng",
            "  fullnat replay -c fullnat.yaml -w replayed.pcapng wan=wan.pcap lan=lan.pcap",
            "",
            "No packet leaves the process, health checks pass, and neighbours answer. Without",
            "--config the state of the running balancer is what they run through. More:",
            "docs/capture.md"
        })
final class ReplayCommand implements Callable<Integer> {
    private final Remote remote;

    @Spec private CommandSpec spec;

    @Option(
            names = {Run.SHORT_CONFIG, Run.CONFIG},
            paramLabel = "FILE",
            description = "The configuration, YAML; that of the running balancer if not said.")
    private Optional<Path> file = Optional.empty();

    @Option(
            names = {"-w", "--write"},
            paramLabel = "FILE",
            description = "Also write what comes in and what leaves, as pcapng.")
    private Optional<Path> write = Optional.empty();

    @Parameters(
            paramLabel = "[PORT=]CAPTURE",
            arity = "1..*",
            description = {
                "Captures of Ethernet, pcap or pcapng; with the port's name in front where the",
                "capture has not the name of a port."
            })
    private List<String> captures = List.of();

    @Mixin private final SocketOption socket = new SocketOption();

    ReplayCommand(Remote remote) {
        this.remote = remote;
    }

    @Override
    public Integer call() {
        Configuration configuration = file.map(ConfigurationFile::read).orElseGet(this::running);
        PrintWriter out = spec.commandLine().getOut();
        if (write.isEmpty()) {
            ReplayRun.run(configuration, captures, out, Optional.empty());
            return 0;
        }
        try (OutputStream to = Files.newOutputStream(write.get())) {
            ReplayRun.run(configuration, captures, out, Optional.of(to));
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.OUTPUT, write.get() + " cannot be written: " + Reason.of(e), e);
        }
        return 0;
    }

    private Configuration running() {
        StringWriter yaml = new StringWriter();
        StringWriter complaints = new StringWriter();
        int status =
                remote.run(
                        socket.path(),
                        List.of("config", "export"),
                        "",
                        new PrintWriter(yaml),
                        new PrintWriter(complaints));
        if (status != 0) {
            throw new BalancerException(
                    ErrorCode.NO_BALANCER,
                    complaints.toString().strip() + "; or say --config FILE");
        }
        return ConfigurationFile.parse("the running balancer", yaml.toString());
    }
}
