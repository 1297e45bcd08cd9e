// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.health.TlsProbe;
import io.fullnat.api.health.TlsSettings;
import io.fullnat.core.probe.UnthreadedProbe.Question;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is wanting on this machine is no server's fault.
@Timeout(60)
final class CannotAskTest {
    private static final List<ProbeSpec> SPECS =
            List.of(
                    new TcpProbe(),
                    new TcpProbe(Payload.EMPTY, Payload.parse("+PONG")),
                    new TlsProbe(TlsSettings.UNVERIFIED),
                    new DnsProbe("example.net", DnsProbe.Type.A, DnsProbe.ResponseCode.NOERROR));

    /// Asks as the balancer does: what needs no thread of its own without one.
    private static ProbeResult ask(ProbeSpec spec, ProbeTarget target) throws Exception {
        if (!(new SocketProbes().create(spec) instanceof UnthreadedProbe probe)) {
            return new SocketProbes().create(spec).probe(target);
        }
        CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        Question question =
                new Question() {
                    @Override
                    public boolean begins() {
                        return true;
                    }

                    @Override
                    public boolean isWanted() {
                        return true;
                    }

                    @Override
                    public void ends(ProbeResult found) {
                        result.complete(found);
                    }

                    @Override
                    public void breaks(Throwable fault) {
                        result.completeExceptionally(fault);
                    }
                };
        probe.begin(target, task -> new Thread(task).start(), question);
        return result.get(30, TimeUnit.SECONDS);
    }

    @Test
    void anAddressThatIsNotHereSaysNothingOfTheServer() throws Exception {
        try (Peer peer = Peer.saying("+PONG")) {
            ProbeTarget target =
                    new ProbeTarget(
                            peer.endpoint(), Optional.of(IpAddress.parse("192.0.2.77")), Peer.LONG);
            for (ProbeSpec spec : SPECS) {
                ProbeResult result = ask(spec, target);
                assertThat(result.known()).as(spec.toString()).isFalse();
                assertThat(result.passed()).isFalse();
                assertThat(result.detail()).startsWith("cannot ask from 192.0.2.77: ");
            }
        }
    }

    /// A program that is not there is the check's fault.
    @Test
    void aCommandThatIsNotThereHasFailed() throws Exception {
        try (Peer peer = Peer.saying("")) {
            ProbeTarget target = new ProbeTarget(peer.endpoint(), Optional.empty(), Peer.LONG);
            ProbeResult result =
                    ask(new CommandProbe(List.of("/etc/fullnat/checks/not-there")), target);
            assertThat(result.known()).isTrue();
        }
    }

    /// A process that has used up its files asks, and asks again when it has some.
    @Test
    void withoutFilesNothingIsKnown() throws Exception {
        Process process =
                new ProcessBuilder(
                                "/bin/sh",
                                "-c",
                                "ulimit -n 400; exec \"$@\"",
                                "sh",
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                WithoutFiles.class.getName())
                        .redirectErrorStream(true)
                        .start();
        try (InputStream output = process.getInputStream()) {
            String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said.lines().filter(line -> line.startsWith("without files")))
                    .as(said)
                    .hasSize(SPECS.size())
                    .allMatch(line ->
                            line.startsWith(
                                    "without files: ProbeResult[known=false, passed=false,"
                                            + " detail=cannot ask from this machine: "));
            assertThat(said).contains("again: " + ProbeResult.passed("connected"));
        } finally {
            process.destroyForcibly();
        }
    }

    /// That process.
    static final class WithoutFiles {
        private WithoutFiles() {}

        /// All classes are loaded before there is nothing to load them by.
        public static void main(String[] arguments) throws Exception {
            try (Peer peer = Peer.saying("+PONG")) {
                ProbeTarget target = new ProbeTarget(peer.endpoint(), Optional.empty(), Peer.SHORT);
                ProbeTarget elsewhere =
                        new ProbeTarget(
                                peer.endpoint(),
                                Optional.of(IpAddress.parse("192.0.2.77")),
                                Peer.SHORT);
                for (ProbeSpec spec : SPECS) {
                    say("with files", ask(spec, target));
                    say("elsewhere", ask(spec, elsewhere));
                }
                List<InputStream> files = new ArrayList<>();
                useUp(files);
                List<ProbeResult> results = new ArrayList<>();
                for (ProbeSpec spec : SPECS) {
                    results.add(ask(spec, target));
                }
                for (InputStream file : files) {
                    file.close();
                }
                results.forEach(result -> say("without files", result));
                say("again", ask(new TcpProbe(), target));
            }
            System.exit(0);
        }

        private static void say(String when, ProbeResult result) {
            System.out.println(when + ": " + result);
        }

        private static void useUp(List<InputStream> files) {
            while (true) {
                try {
                    files.add(Files.newInputStream(Path.of("/dev/null")));
                } catch (IOException full) {
                    return;
                }
            }
        }
    }
}
