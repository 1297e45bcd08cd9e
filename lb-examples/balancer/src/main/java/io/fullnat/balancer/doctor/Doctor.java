// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Pages;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.doctor.Observation.Unseen;
import io.fullnat.balancer.host.HostFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Finds out what is wrong with a balancer and its machine. It only asks and reads. For one thread.
public final class Doctor {
    /// Where packages keep the configuration.
    static final Path USUAL_FILE = Path.of("/etc/fullnat/fullnat.yaml");

    private static final Duration EACH = Duration.ofSeconds(10);
    private static final Duration ALL = Duration.ofSeconds(40);
    private static final int EXPORT = 64 << 20;

    private static final List<Check> CHECKS =
            List.of(
                    new PresenceCheck(),
                    new ConditionCheck(),
                    new LinkCheck(),
                    new DeviceCheck(),
                    new NeighbourCheck(),
                    new ServiceCheck(),
                    new LocalPortsCheck(),
                    new WorkerCheck(),
                    new DropCheck(),
                    new PortCheck(),
                    new ConfigurationCheck(),
                    new FileCheck(),
                    new CertificateCheck(),
                    new ProcessCheck(),
                    new JvmCheck(),
                    new HostCheck(),
                    new ClockCheck(),
                    new CookieClockCheck(),
                    new OffloadCheck());

    private final Remote remote;
    private final Pages pages;
    private final HostFiles files;
    private final Programs programs;

    /// @param remote carries out commands of a running balancer
    /// @param pages reads pages of it
    /// @param root the folder that holds `proc` and `sys`: `/`, but for tests
    /// @param programs of the machine
    public Doctor(Remote remote, Pages pages, Path root, Programs programs) {
        this.remote = remote;
        this.pages = pages;
        this.programs = programs;
        files = new HostFiles(root);
    }

    /// Reads everything.
    ///
    /// @param socket where a balancer may listen
    /// @param file the configuration to look at; empty for that of the running balancer, or else
    ///   the one where packages keep it
    /// @param interval between the two readings of the counters
    /// @return what was read; takes the interval and 40 seconds at most
    public Observation read(Path socket, Optional<Path> file, Duration interval) {
        List<Unseen> unseen = new ArrayList<>();
        Inquiry inquiry = new Inquiry(socket, remote, pages, EACH, ALL.plus(interval));
        RunningReader reader = new RunningReader(inquiry, unseen);
        RunningReader.First first = reader.first();
        Optional<Running> running = Optional.empty();
        Optional<String> silence = Optional.empty();
        if (first.failure().isEmpty()) {
            pause(interval);
            running = Optional.of(reader.second(first));
        } else if (first.code() == ErrorCode.PERMISSION) {
            unseen.add(new Unseen("the running balancer", first.failure()));
        } else {
            silence = Optional.of(first.failure());
        }
        OptionalLong pid = running.map(each -> pid(each, unseen)).orElse(OptionalLong.empty());
        Optional<Path> known = file.or(() -> fileOf(pid)).or(Doctor::usual);
        Configurations configurations = new Configurations(inquiry, unseen);
        Optional<Configuration> configuration =
                running.isPresent() && file.isEmpty()
                        ? configurations.exported()
                        : known.flatMap(configurations::read);
        return new Observation(
                interval,
                socket,
                known,
                file.isPresent(),
                new MachineReader(files, programs, unseen)
                        .read(configuration, known, running.isPresent(), pid, socket),
                configuration,
                configurations.wrong,
                running,
                silence,
                unseen);
    }

    /// Empty if that number means another process here.
    private OptionalLong pid(Running running, List<Unseen> unseen) {
        Optional<String> doubt = ProcessNumber.doubt(files, running.pid());
        doubt.ifPresent(why ->
                unseen.add(new Unseen("the process, its cgroup and its kernel interfaces", why)));
        return doubt.isPresent() ? OptionalLong.empty() : OptionalLong.of(running.pid());
    }

    private static void pause(Duration interval) {
        try {
            Thread.sleep(interval);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Path> usual() {
        return Optional.of(USUAL_FILE).filter(Files::exists);
    }

    /// As the process was told.
    private Optional<Path> fileOf(OptionalLong pid) {
        if (pid.isEmpty()) {
            return Optional.empty();
        }
        List<String> words =
                List.of(
                        files.text("proc/" + pid.getAsLong() + "/cmdline")
                                .orElse("")
                                .split("\0", -1));
        for (int i = words.indexOf("run"); i >= 0 && i + 1 < words.size(); i++) {
            if (List.of("--config", "-c").contains(words.get(i))
                    && words.get(i + 1).startsWith("/")) {
                return Optional.of(Path.of(words.get(i + 1)));
            }
        }
        return Optional.empty();
    }

    /// Where a configuration comes from.
    private static final class Configurations {
        private final Inquiry inquiry;
        private final List<Unseen> unseen;
        private Optional<String> wrong = Optional.empty();

        Configurations(Inquiry inquiry, List<Unseen> unseen) {
            this.inquiry = inquiry;
            this.unseen = unseen;
        }

        Optional<Configuration> exported() {
            Inquiry.Answer answer = inquiry.command(EXPORT, "config", "export");
            if (!answer.isWhole()) {
                unseen.add(new Unseen("the configuration that runs", answer.failure()));
                return Optional.empty();
            }
            return parse(() -> ConfigurationFile.parse("exported", answer.text()));
        }

        Optional<Configuration> read(Path file) {
            return parse(() -> ConfigurationFile.read(file));
        }

        private Optional<Configuration> parse(Supplier<Configuration> reader) {
            try {
                return Optional.of(reader.get());
            } catch (BalancerException e) {
                wrong = Optional.of(String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        }
    }

    /// Finds what is wrong. The same reading gives the same report.
    ///
    /// @param reading any
    /// @return the worst first
    public static Report examine(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        List<String> fine = new ArrayList<>();
        List<Unseen> unseen = new ArrayList<>(reading.unseen());
        for (Check check : CHECKS) {
            try {
                List<Finding> found = check.findings(reading);
                findings.addAll(found);
                if (found.isEmpty() && check.sees(reading)) {
                    fine.add(check.what());
                }
            } catch (RuntimeException e) {
                unseen.add(new Unseen(check.what(), "a fault in this check: " + e));
            }
        }
        findings.sort(Comparator.comparing(Finding::level));
        return new Report(reading, findings, fine, unseen);
    }
}
