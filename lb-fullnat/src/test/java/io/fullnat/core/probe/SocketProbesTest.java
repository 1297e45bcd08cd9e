// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.health.TlsProbe;
import io.fullnat.api.health.TlsSettings;
import io.fullnat.api.health.UdpProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class SocketProbesTest {
    private static final List<ProbeSpec> SPECS =
            List.of(
                    new TcpProbe(Payload.EMPTY, Payload.parse("x")),
                    new TlsProbe(TlsSettings.UNVERIFIED),
                    HttpProbe.builder().build(),
                    HttpProbe.builder().version(HttpProbe.Version.HTTP_2).build(),
                    HttpProbe.builder().tls(TlsSettings.UNVERIFIED).build(),
                    new UdpProbe(Payload.parse("x"), Payload.EMPTY, false),
                    new DnsProbe(".", DnsProbe.Type.NS, DnsProbe.ResponseCode.NOERROR),
                    new CommandProbe(List.of("/bin/sleep", "600")));

    @Test
    void anApplicationsOwnIsNotMadeHere() {
        assertThatThrownBy(() -> new SocketProbes().create(NamedProbe.of("mine")))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("no probe \"mine\"; there are tcp, tls")
                .extracting(wrong -> ((BalancerException) wrong).code())
                .isEqualTo(ErrorCode.UNSUPPORTED);
    }

    private static long open() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(file -> !Files.exists(file) || isSocketOrPipe(file)).count();
        }
    }

    private static boolean isSocketOrPipe(Path file) {
        try {
            return !Files.isRegularFile(file);
        } catch (SecurityException hidden) {
            return true;
        }
    }

    /// Each is tried with a peer that never answers, till its time is over and till it is
    /// interrupted.
    @Test
    void leavesNothingOpenWhateverEndsIt() throws Exception {
        try (Peer silent = Peer.saying("")) {
            everyWay(silent.endpoint());
        }
        long before = open();
        for (int round = 0; round < 3; round++) {
            try (Peer silent = Peer.saying("")) {
                everyWay(silent.endpoint());
            }
        }
        for (long left = open(); left > before + SPECS.size(); left = open()) {
            Thread.sleep(20); // what the peer accepted is closed by its own threads
        }
    }

    private static void everyWay(Endpoint silent) throws Exception {
        for (ProbeSpec spec : SPECS) {
            HealthProbe probe = new SocketProbes().create(spec);
            assertThat(
                            probe.probe(
                                            new ProbeTarget(
                                                    silent,
                                                    Optional.empty(),
                                                    Duration.ofMillis(50)))
                                    .passed())
                    .isFalse();
            interrupt(probe, silent, spec);
        }
    }

    private static void interrupt(HealthProbe probe, Endpoint silent, ProbeSpec spec)
            throws Exception {
        CompletableFuture<Object> ended = new CompletableFuture<>();
        Thread thread =
                Thread.ofVirtual()
                        .start(() -> {
                            try {
                                ended.complete(
                                        probe.probe(
                                                new ProbeTarget(
                                                        silent,
                                                        Optional.empty(),
                                                        Duration.ofMinutes(10))));
                            } catch (IOException | InterruptedException interrupted) {
                                ended.complete(interrupted);
                            }
                        });
        Thread.sleep(30);
        thread.interrupt();
        if (!(spec instanceof UdpProbe) && !(spec instanceof DnsProbe)) {
            assertThat(ended.get(60, TimeUnit.SECONDS))
                    .as(spec.toString())
                    .isInstanceOf(InterruptedException.class);
        } else {
            ended.get(60, TimeUnit.SECONDS); // a closed port, heard of before
        }
    }
}
