// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.bundle.SupportBundle;
import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.client.Pages;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fullnat support-bundle`: an archive for who is to help.
@Command(
        name = "support-bundle",
        description = {
            "Writes what is needed to find out what is wrong into a tar.gz: configuration, state,",
            "counters, the doctor's report, JVM, kernel, journal; no secrets. Changes nothing."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat support-bundle                          into the current folder",
            "  fullnat support-bundle --anonymize -o /tmp/case.tar.gz",
            "",
            "Look at it before you give it away: tar xzf FILE. What is in it: docs/doctor.md"
        })
final class SupportBundleCommand implements Callable<Integer> {
    private static final int KEY_BYTES = 32;
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("'fullnat-support-'yyyyMMdd-HHmmss'.tar.gz'", Locale.ROOT);

    private final Remote remote;
    private final Pages pages;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "The archive; fullnat-support-TIME.tar.gz in the current folder if not said.")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--overwrite", description = "Replace a file that is there.")
    private boolean overwrite;

    @Option(
            names = "--anonymize",
            description = {
                "Put other addresses into the place of those that are there, the same for the",
                "same; networks stay networks."
            })
    private boolean anonymize;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The configuration to look at; without it that of the running balancer.")
    private Optional<Path> file = Optional.empty();

    @Mixin private final IntervalOption interval = new IntervalOption();

    @Mixin private final SocketOption socket = new SocketOption();

    SupportBundleCommand(Remote remote, Pages pages) {
        this.remote = remote;
        this.pages = pages;
    }

    @Override
    public Integer call() {
        Path to = output.orElseGet(() -> Path.of(NAME.format(LocalDateTime.now(ZoneOffset.UTC))));
        String manifest =
                new SupportBundle(
                                remote,
                                pages,
                                Client::pastEvents,
                                Path.of("/"),
                                Programs.ofMachine())
                        .write(
                                to,
                                overwrite,
                                new SupportBundle.Settings(
                                        socket.path(), file, interval.duration(), key()));
        PrintWriter out = spec.commandLine().getOut();
        manifest.lines().forEach(line -> out.println(Visible.of(line)));
        out.println(Visible.of(to.toString()));
        out.flush();
        return 0;
    }

    /// Thrown away with the process: nobody can undo the names.
    private Optional<byte[]> key() {
        if (!anonymize) {
            return Optional.empty();
        }
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return Optional.of(key);
    }
}
