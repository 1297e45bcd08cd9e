// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.client.Pages;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.doctor.Doctor;
import io.fullnat.balancer.doctor.Inquiry;
import io.fullnat.balancer.doctor.Observation;
import io.fullnat.balancer.doctor.Programs;
import io.fullnat.balancer.doctor.Report;
import io.fullnat.balancer.host.HostFiles;
import io.fullnat.balancer.text.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All that others need to find out what is wrong with a balancer, without its secrets. Only asks
/// and reads. For one thread.
public final class SupportBundle {
    private static final Duration EACH = Duration.ofSeconds(10);
    private static final Duration ALL = Duration.ofSeconds(60);

    private final Remote remote;
    private final Pages pages;
    private final PastEvents events;
    private final Path root;
    private final Programs programs;
    private final Limits limits;

    /// How much is kept, characters.
    ///
    /// @param part of one part
    /// @param all of all parts together
    /// @param connections of the list of connections
    record Limits(int part, int all, int connections) {
        static final Limits USUAL = new Limits(8 << 20, 64 << 20, 1 << 20);
    }

    /// Reads what a balancer keeps of events. Thread-safe.
    @FunctionalInterface
    public interface PastEvents {
        /// Reads them.
        ///
        /// @param socket where the balancer listens
        /// @return text
        /// @throws BalancerException if they cannot be had
        String read(Path socket);
    }

    /// @param remote carries out commands of a running balancer
    /// @param pages reads pages of it
    /// @param events reads events of it
    /// @param root the folder that holds `proc` and `sys`: `/`, but for tests
    /// @param programs of the machine
    public SupportBundle(
            Remote remote, Pages pages, PastEvents events, Path root, Programs programs) {
        this(remote, pages, events, root, programs, Limits.USUAL);
    }

    /// With other limits.
    SupportBundle(
            Remote remote,
            Pages pages,
            PastEvents events,
            Path root,
            Programs programs,
            Limits limits) {
        this.limits = limits;
        this.remote = remote;
        this.pages = pages;
        this.events = events;
        this.root = root;
        this.programs = programs;
    }

    /// How a bundle is made.
    ///
    /// @param socket where a balancer may listen
    /// @param configuration the file to look at; empty for that of the running balancer
    /// @param interval between two readings of the counters
    /// @param key other addresses are put into their places by it; empty to leave them
    public record Settings(
            Path socket, Optional<Path> configuration, Duration interval, Optional<byte[]> key) {}

    /// Makes one.
    ///
    /// @param file its name
    /// @param overwrite whether a file that is there may be replaced
    /// @param settings how
    /// @return the manifest, for people
    /// @throws BalancerException if it cannot be written; nothing is left of it then
    public String write(Path file, boolean overwrite, Settings settings) {
        Archive.require(file, overwrite); // before all the work
        Instant now = Instant.now();
        List<Part> parts = parts(settings, now);
        Archive.write(file, overwrite, folder(file), parts, now);
        return parts.getFirst().text();
    }

    /// The archive's own name, so that it unpacks into a folder.
    private static String folder(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.(tar\\.gz|tgz)$", "");
        return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}") ? name : "fullnat-support";
    }

    /// All parts, the manifest first.
    List<Part> parts(Settings settings, Instant now) {
        Inquiry inquiry =
                new Inquiry(settings.socket(), remote, pages, EACH, ALL.plus(settings.interval()));
        List<Part> raw = new ArrayList<>();
        raw.add(Part.of("version.txt", version()));
        raw.add(TreeText.json("counters-1.json", inquiry.page(limits.part(), "/v2/counters")));
        Observation observation =
                new Doctor(remote, pages, root, programs)
                        .read(settings.socket(), settings.configuration(), settings.interval());
        raw.addAll(doctor(Doctor.examine(observation)));
        raw.addAll(running(inquiry));
        raw.add(events(settings.socket()));
        List<String> configurations = new ArrayList<>();
        raw.add(exported(inquiry, configurations));
        observation.file().map(file -> file(file, configurations)).ifPresent(raw::add);
        raw.addAll(
                new Facts(new HostFiles(root), programs)
                        .parts(observation.pid(), observation.interfaces()));
        KnownSecrets secrets = KnownSecrets.of(observation.configuration(), configurations);
        Optional<Pseudonyms> pseudonyms = settings.key().map(Pseudonyms::new);
        List<Part> parts = new ArrayList<>();
        int room = limits.all();
        for (Part part : raw) {
            Part safe = part.map(text -> secrets.removed(SafeText.of(text)));
            Part shown = pseudonyms.map(each -> safe.map(each::of)).orElse(safe);
            Part kept = shown.atMost(Math.min(limits.part(), room));
            room -= kept.text().length();
            parts.add(kept);
        }
        parts.addFirst(Manifest.of(parts, pseudonyms.isPresent(), now));
        return parts;
    }

    private Part events(Path socket) {
        Pages kept = (at, path, most) -> events.read(at).getBytes(StandardCharsets.UTF_8);
        Inquiry.Answer answer =
                new Inquiry(socket, remote, kept, EACH, EACH).page(limits.part(), "/v2/events");
        return new Part("events.txt", SafeText.ofLog(answer.text()), answer.failure());
    }

    /// What was seen may have command lines in it: differences of services, errors of files.
    private static List<Part> doctor(Report report) {
        StringBuilder text = new StringBuilder();
        for (String line : report.lines(true)) {
            boolean quotes = line.startsWith("  seen") || line.startsWith("not seen");
            text.append(quotes ? SafeText.ofLog(line) : line).append('\n');
        }
        ObjectNode json = report.json();
        for (JsonNode finding : json.path("findings")) {
            ((ObjectNode) finding).put("seen", SafeText.ofLog(finding.path("seen").asText()));
        }
        for (JsonNode unseen : json.path("unseen")) {
            ((ObjectNode) unseen).put("why", SafeText.ofLog(unseen.path("why").asText()));
        }
        return List.of(
                Part.of("doctor.txt", text.toString()),
                Part.of("doctor.json", json.toPrettyString() + "\n"));
    }

    private static String version() {
        return "fullnat "
                + ProductVersion.text()
                + "\nJava "
                + Runtime.version()
                + ", "
                + System.getProperty("java.vm.name")
                + "\n"
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + " "
                + System.getProperty("os.arch")
                + "\n";
    }

    private List<Part> running(Inquiry inquiry) {
        List<Part> parts = new ArrayList<>();
        parts.add(TreeText.json("counters-2.json", inquiry.page(limits.part(), "/v2/counters")));
        parts.add(TreeText.json("health.json", inquiry.page(limits.part(), "/v2/health")));
        parts.add(TreeText.json("overview.json", inquiry.page(limits.part(), "/v2/overview")));
        Inquiry.Answer metrics = inquiry.page(4 * limits.part(), "/metrics");
        parts.add(new Part("metrics.txt", metrics.text(), metrics.failure()).atMost(limits.part()));
        parts.add(TreeText.json("host.json", inquiry.command(limits.part(), "host", "--json")));
        for (String list :
                List.of("link", "service", "laddr", "address", "route", "neighbour", "ipset")) {
            parts.add(
                    TreeText.list(
                            "lists/" + list + ".json",
                            inquiry.command(4 * limits.part(), list, "list", "--json"),
                            limits.part()));
        }
        parts.add(
                TreeText.list(
                        "lists/connection.json",
                        inquiry.command(limits.connections(), "connection", "list", "--json"),
                        limits.connections()));
        Inquiry.Answer timeouts = inquiry.command(limits.part(), "timeout", "list", "--json");
        parts.add(TreeText.json("lists/timeout.json", timeouts));
        return parts;
    }

    /// @param texts gets what was read, with its secrets
    private Part exported(Inquiry inquiry, List<String> texts) {
        Inquiry.Answer answer = inquiry.command(limits.all(), "config", "export");
        String name = "configuration/running.yaml";
        if (!answer.isWhole()) {
            return new Part(name, "", answer.failure());
        }
        texts.add(answer.text());
        return TreeText.yaml(name, answer.text());
    }

    /// Only one without errors: of keys that are not known it is not known whether they are secret.
    ///
    /// @param texts gets what was read, with its secrets
    private static Part file(Path file, List<String> texts) {
        String name = "configuration/file.yaml";
        try {
            ConfigurationFile.read(file);
            String text = Files.readString(file);
            texts.add(text);
            return TreeText.yaml(name, text);
        } catch (BalancerException e) {
            return new Part(name, "", file + " has an error, or cannot be read");
        } catch (IOException e) {
            return new Part(name, "", file + ": " + Reason.of(e));
        }
    }
}
