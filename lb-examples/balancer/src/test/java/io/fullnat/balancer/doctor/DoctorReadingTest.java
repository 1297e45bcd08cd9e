// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.host.HostFiles;
import io.fullnat.balancer.server.ApiServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is read of a balancer in memory, over its socket, and of a machine made of files.
@Timeout(60)
final class DoctorReadingTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final String MAIN = "java\0-Xmx1g\0io.fullnat.balancer.Main\0run\0";
    private static final String EXPORTED =
            """
            workers: {count: 1, cpus: [0]}
            ports:
              - {name: wan, device: 'af_packet:nosuch0'}
              - {name: lan, device: '0000:01:00.0'}
            """;

    @TempDir Path folder;
    private final ApiRig rig = new ApiRig().serving();
    private String exported = EXPORTED;
    private String reload = "{\"dryRun\": true, \"changes\": []}";
    private int reloadStatus;

    @AfterEach
    void close() {
        rig.close();
    }

    private int own(List<String> words, PrintWriter out, PrintWriter err) {
        switch (words.getFirst()) {
            case "host" ->
                    out.print("{\"findings\": [{\"name\": \"NOT_PINNED\", \"detail\": \"\"}]}");
            case "config" -> out.print(exported);
            default -> {
                (reloadStatus == 0 ? out : err).print(reload);
                return reloadStatus;
            }
        }
        return 0;
    }

    /// As the kernel shows a process.
    private void process(String number, String commandLine, String namespace) throws IOException {
        Path shown = Files.createDirectories(folder.resolve("proc/" + number));
        Files.writeString(shown.resolve("cmdline"), commandLine);
        Files.createDirectories(shown.resolve("ns"));
        Files.deleteIfExists(shown.resolve("ns/pid"));
        Files.createSymbolicLink(shown.resolve("ns/pid"), Path.of(namespace));
    }

    private static String own() {
        return String.valueOf(ProcessHandle.current().pid());
    }

    /// In a container the balancer is process 1, which is another one outside.
    @Test
    void aProcessOfAnotherNamespaceIsNotLookedAt() throws IOException {
        process("self", "java\0x\0", "pid:[1]");
        process(own(), "/sbin/init\0", "pid:[1]");
        Observation reading = read();
        assertThat(reading.running()).isPresent();
        assertThat(reading.pid()).isEmpty();
        assertThat(reading.unseen().toString()).contains("in another PID namespace");
        process(own(), MAIN, "pid:[2]");
        assertThat(read().pid()).isEmpty();
        process(own(), MAIN, "pid:[1]");
        assertThat(read().pid()).hasValue(ProcessHandle.current().pid());
    }

    @Test
    void aSignalIsOnlyForWhoIsCertainlyTheBalancer() throws IOException {
        HostFiles files = new HostFiles(folder);
        process("self", "java\0x\0", "pid:[1]");
        process("7", MAIN, "pid:[1]");
        assertThat(ProcessNumber.isCertain(files, 7)).isTrue();
        Files.delete(folder.resolve("proc/7/ns/pid"));
        assertThat(ProcessNumber.doubt(files, 7)).isEmpty();
        assertThat(ProcessNumber.isCertain(files, 7)).isFalse();
        process("7", "/sbin/init\0", "pid:[1]");
        assertThat(ProcessNumber.isCertain(files, 7)).isFalse();
    }

    private Observation read() {
        Path socket = folder.resolve("fullnat.sock");
        rig.runner =
                (words, input, out, err) ->
                        List.of("host", "config", "reload").contains(words.getFirst())
                                ? own(words, out, err)
                                : Commands.over(rig).run(words, input, out, err);
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        try (ApiServer server = ApiServer.start(settings, rig, rig.runner)) {
            assertThat(server.tcpPort()).isEmpty();
            return new Doctor(Client::run, Client::get, folder, nothing())
                    .read(socket, Optional.empty(), SHORT);
        }
    }

    private static Programs nothing() {
        return (words, limit, most) -> new Programs.Said("", "there is no such program");
    }

    private static List<String> names(Observation reading) {
        return Doctor.examine(reading).findings().stream()
                .map(finding -> finding.level() + " " + finding.name() + " " + finding.subject())
                .toList();
    }

    @Test
    void everythingIsRead() throws IOException {
        process("self", "java\0x\0", "pid:[1]");
        process(own(), MAIN, "pid:[1]");
        Observation reading = read();
        Running running = reading.running().orElseThrow();

        assertThat(running.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(running.status()).isEqualTo("UP");
        assertThat(running.health()).containsOnlyKeys("wan", "lan");
        assertThat(running.workers()).isOne();
        assertThat(running.after().of(0, Counter.CONNECTION_CAPACITY)).isEqualTo(256);
        assertThat(running.ports().stream().map(Running.Port::name)).contains("wan", "lan");
        assertThat(running.portsBefore()).hasSameSizeAs(running.ports());
        assertThat(running.services()).hasSize(1);
        Running.Service service = running.services().getFirst();
        assertThat(service.words()).isEqualTo("tcp 192.0.2.80:80");
        assertThat(service.servers().getFirst().endpoint()).isEqualTo("10.0.1.11:8080");
        assertThat(service.servers().getFirst().up()).isTrue();
        assertThat(service.locals().getFirst().address()).isEqualTo("10.0.1.100");
        assertThat(service.locals().getFirst().device()).isEqualTo("lan");
        assertThat(running.addresses().stream().map(Running.Address::address))
                .contains("10.0.1.1", "192.0.2.1");
        assertThat(running.routes()).isNotEmpty();
        assertThat(running.advice()).containsExactly(new Running.Advice("NOT_PINNED", ""));
        assertThat(running.heap())
                .hasValueSatisfying(share -> assertThat(share).isBetween(0.0, 1.0));
        assertThat(reading.configuration()).isPresent();
        assertThat(reading.unseen().stream().map(Observation.Unseen::what))
                .containsExactly(
                        "open files of process " + running.pid()); // of the machine of files
        assertThat(names(reading))
                .contains(
                        "FAULT INTERFACE_MISSING port wan",
                        "FAULT DEVICE_MISSING port lan",
                        "HINT NOT_PINNED machine",
                        "HINT NEIGHBOUR_UNKNOWN real server 10.0.1.11 of tcp 192.0.2.80:80");
    }

    @Test
    void whatAReloadWouldDo() {
        reload = "{\"changes\": [{\"sign\": \"+\", \"object\": \"service\", \"text\": \"TCP a\"}]}";
        assertThat(read().running().orElseThrow().drift().changes())
                .containsExactly("+ service TCP a");
    }

    @Test
    void whyAReloadWouldBeRefused() {
        reload = "reload: workers.count: 1 -> 2 needs a restart";
        reloadStatus = ErrorCode.UNSUPPORTED.exitStatus();
        assertThat(read().running().orElseThrow().drift().refusal()).contains(reload);
        reloadStatus = ErrorCode.WORKER_TIMEOUT.exitStatus();
        Observation reading = read();
        assertThat(reading.running().orElseThrow().drift()).isEqualTo(Running.Drift.NONE);
        assertThat(reading.unseen().stream().map(Observation.Unseen::what))
                .contains("what a reload would change");
    }

    @Test
    void filesThatTheConfigurationNames() throws IOException {
        Path token = Files.writeString(folder.resolve("token"), "secret");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        Path none = folder.resolve("none");
        exported =
                EXPORTED
                        + "api: {tcp: {listen: '192.0.2.1:1', token-file: %s, key: %s, certificate: %s}}%n"
                                .formatted(token, none, token);
        Observation reading = read();
        assertThat(names(reading))
                .contains("FAULT SECRET_OPEN " + token, "FAULT FILE_MISSING " + none);
        assertThat(reading.unseen())
                .contains(
                        new Observation.Unseen(
                                "certificate " + token, "it is no certificate in PEM"));
    }

    private Observation without(String message, ErrorCode code, Optional<Path> file) {
        return new Doctor(
                        (socket, words, input, out, err) -> {
                            throw new AssertionError(words.toString());
                        },
                        (socket, path, most) -> {
                            throw new BalancerException(code, message);
                        },
                        folder,
                        nothing())
                .read(folder.resolve("s"), file, SHORT);
    }

    @Test
    void whoMayNotAskIsTold() {
        Observation reading = without("you may not talk", ErrorCode.PERMISSION, Optional.empty());
        assertThat(reading.silence()).isEmpty();
        assertThat(reading.unseen())
                .contains(new Observation.Unseen("the running balancer", "you may not talk"));
        assertThat(names(reading)).isEmpty();
    }

    @Test
    void aFileIsLookedAtWithoutABalancer() throws IOException {
        Path file = Files.writeString(folder.resolve("f.yaml"), EXPORTED);
        Observation reading = without("nobody", ErrorCode.NO_BALANCER, Optional.of(file));
        assertThat(names(reading))
                .contains(
                        "FAULT DEVICE_MISSING port lan", "HINT NO_BALANCER " + folder.resolve("s"));
        Files.writeString(file, "prots: []\n");
        Observation wrong = without("nobody", ErrorCode.NO_BALANCER, Optional.of(file));
        assertThat(names(wrong)).contains("FAULT CONFIGURATION_WRONG " + file);
    }

    /// Each question has a limit, and the first that is not answered is the last.
    @Test
    void aBalancerThatHangsHangsNobody() {
        long start = System.nanoTime();
        Inquiry inquiry =
                new Inquiry(
                        folder.resolve("s"),
                        (socket, words, input, out, err) -> hang(),
                        (socket, path, most) -> new byte[hang()],
                        Duration.ofMillis(200),
                        Duration.ofMillis(300));
        assertThat(inquiry.page(10, "/v2/health").failure()).contains("did not answer within");
        assertThat(inquiry.command(10, "service", "list").isWhole()).isFalse();
        assertThat(inquiry.command(10, "link", "list").failure())
                .isEqualTo("no time was left for it");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(45));
    }

    private static int hang() {
        try {
            Thread.sleep(Duration.ofSeconds(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    @Test
    void anAnswerThatIsTooLongIsCut() {
        Inquiry inquiry =
                new Inquiry(
                        folder.resolve("s"),
                        (socket, words, input, out, err) -> {
                            out.print("0123456789");
                            return 0;
                        },
                        (socket, path, most) -> new byte[0],
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5));
        assertThat(inquiry.command(10, "x"))
                .isEqualTo(new Inquiry.Answer("0123456789", "", ErrorCode.INTERNAL));
        assertThat(inquiry.command(9, "x"))
                .isEqualTo(
                        new Inquiry.Answer(
                                "012345678", "cut after 9 characters", ErrorCode.CAPACITY));
    }
}
